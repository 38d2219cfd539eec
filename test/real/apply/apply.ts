import { messageOf } from "../../../constructs/kernel/errors.ts";
import { textAt } from "../../../constructs/kernel/json.ts";
import { type KubeObject, Refusal } from "../control-plane/client.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { isReady } from "./readiness.ts";
import { nameOf, type Step } from "./steps.ts";

/** Installs an operator, or what stands for one, by the name of its Helm release. */
export type Install = (release: string) => Promise<void>;

/** What came of an object that was applied. */
export interface Outcome {
  readonly object: string;
  /** Whether it is another than before, or was not there. */
  readonly changed: boolean;
  readonly warnings: readonly string[];
}

/** Does one step after the other, in the order given, each once. What is refused, or does not become ready, ends it. */
export async function applyInOrder(plane: ControlPlane, steps: readonly Step[], install: Install): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const done = new Set<string>();
  for (const step of steps) {
    const early = step.after.filter((other) => !done.has(other));
    if (early.length > 0) throw new Error(`${step.id} comes before ${early.join(", ")}, which it needs`);
    outcomes.push(...(await doStep(plane, step, install)));
    done.add(step.id);
  }
  return outcomes;
}

/** Does each step as soon as those before it are done and ready, as Pulumi's engine does: many at once, each once. */
export async function applyAtOnce(plane: ControlPlane, steps: readonly Step[], install: Install): Promise<Outcome[]> {
  const started = new Map<string, Promise<Outcome[]>>();
  for (const step of steps) {
    const before = step.after.map((other) => {
      const promise = started.get(other);
      if (!promise) throw new Error(`${step.id} comes before ${other}, which it needs`);
      return promise;
    });
    started.set(
      step.id,
      Promise.all(before).then(() => doStep(plane, step, install)),
    );
  }
  // what does not depend on a failure goes on, and ends before the failure is told
  await Promise.allSettled(started.values());
  return (await Promise.all(started.values())).flat();
}

async function doStep(plane: ControlPlane, { id, does }: Step, install: Install): Promise<Outcome[]> {
  if (does.kind === "nothing") return [];
  if (does.kind === "install") {
    await install(does.release);
    return [];
  }
  const { object, waitFor, skipAwait } = does;
  const before = await versionOf(plane, object);
  const { object: answer, warnings } = await plane.client.apply(object).catch((error: unknown) => {
    throw new Error(`${nameOf(object)} was refused: ${messageOf(error)}`, { cause: error });
  });
  if (!skipAwait)
    await plane.until("kube-apiserver", `${waitFor ?? "ready"}: ${id}`, object, (found) =>
      isReady(object, found, waitFor),
    );
  return [{ object: nameOf(object), changed: before !== textAt(answer, "metadata", "resourceVersion"), warnings }];
}

async function versionOf({ client }: ControlPlane, object: KubeObject): Promise<string | undefined> {
  try {
    return textAt(await client.get(object), "metadata", "resourceVersion");
  } catch (error) {
    // its kind comes with an operator that is still to be installed, or should have been: the apply will tell
    if (error instanceof Refusal && error.reason === "NotServed") return undefined;
    throw error;
  }
}
