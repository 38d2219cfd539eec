import { throwProblems } from "../../constructs/kernel/errors.ts";
import { textAt } from "../../constructs/kernel/json.ts";
import type { ClusterAccess } from "../cluster/access.ts";
import type { Environment } from "../environment/index.ts";
import type { Plan } from "../plan/index.ts";
import { stateFolder } from "./backend.ts";
import { interrupted } from "./events.ts";
import { fixedProblems, lostStores } from "./fixed.ts";
import { generationProblems } from "./generations.ts";
import { lockProblem, locksOf } from "./lock.ts";
import { permissionProblems } from "./permissions.ts";
import { contextProblems, type Preflight, preflight } from "./preflight.ts";
import { recoveryProblems } from "./recoveries.ts";
import { busyProblems, forget, hasRevisions, isRelease, type ReleaseRevision, releaseRevisions } from "./releases.ts";
import { projectName, type Run, type Stack } from "./stack.ts";
import { identityIn, nameOf, type PendingOperation, resourceOf, type StackState, type StateResource } from "./state.ts";

export type Operation = "up" | "preview" | "destroy";

/** @see Deployment */
export interface DeploymentProps {
  /** Folder of the project. */
  readonly project: string;
  readonly name: string;
  readonly environment: Environment;
  readonly stack: Stack;
  readonly plan: Plan;
  readonly access: ClusterAccess;
  /** Whether objects that somebody else made are taken over. */
  readonly takeOver: boolean;
  /** Whether a store that is gone from the file may go with its data. @default false */
  readonly allowDataLoss?: boolean;
  /** Is told what is done besides the engine's own work. */
  readonly say: (line: string) => void;
}

const NOTHING: StackState = { resources: [], pending: [] };

/** Makes the provider update what is there already where it would create. */
const TAKE_OVER = { PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true" } as const;

/** An environment on its way into a cluster, or out of it; what a killed run left is put in order first. */
export class Deployment {
  readonly #props: DeploymentProps;
  #found: Preflight = { problems: [], halfMade: [], leftBehind: [] };
  #state: StackState | undefined;

  constructor(props: DeploymentProps) {
    this.#props = props;
  }

  /**
   * Looks at state and cluster, and changes nothing but an empty stack, made where there is none.
   *
   * @throws FilieraError with all that stands in the way
   */
  async prepare(operation: Operation): Promise<void> {
    const { stack, plan, access, takeOver, allowDataLoss } = this.#props;
    await this.#unlock();
    this.#state = await stack.read();
    if (operation === "destroy") return;
    const state = this.#state ?? NOTHING;
    const lost = allowDataLoss ? [] : lostStores(plan, state);
    throwProblems([
      ...contextProblems(access, state),
      ...fixedProblems(plan, state),
      ...generationProblems(plan, state),
      ...lost,
    ]);
    throwProblems(await permissionProblems(access, plan));
    throwProblems(await recoveryProblems(access, this.#props.environment));
    const revisions = await releaseRevisions(access, plan);
    this.#found = await preflight({ access, plan, state, revisions, takeOver });
    // another machine may be at work on a release, where the state is shared and its lock cannot be seen
    const shared = this.#props.environment.state.backend.kind !== "local";
    const busy = shared && operation === "up" ? busyProblems(this.#found.leftBehind, new Date()) : [];
    throwProblems([...this.#found.problems, ...busy]);
    if (!this.#state) await stack.create();
  }

  /** Runs the engine; undefined where there is nothing to destroy. */
  async run(operation: Operation, flags: readonly string[]): Promise<Run | undefined> {
    const { stack } = this.#props;
    const state = this.#state ?? NOTHING;
    const creating = creatingIn(state.pending);
    if (operation === "preview") return stack.run(operation, ["--refresh", ...flags]);
    if (operation === "destroy") {
      if (state.resources.length === 0 && creating.length === 0) return undefined;
      await this.#adopt(creating);
      return stack.run(operation, flags);
    }
    for (const revision of this.#found.leftBehind) await this.#clear(revision);
    const planned = new Set(this.#props.plan.resources.map(({ urn }) => nameOf(urn)));
    const gone = creating.filter(({ urn }) => !planned.has(nameOf(urn)));
    if (gone.length > 0) await this.#adopt(gone);
    for (const { kind, title } of this.#found.halfMade)
      this.#props.say(`a killed run had made the ${kind} ${title}: it is taken over`);
    const takesOver = this.#found.halfMade.length > 0 || this.#props.takeOver;
    const run = await stack.run(operation, ["--refresh", ...flags], takesOver ? TAKE_OVER : {});
    if (run.code === 0 && creating.length > 0) await stack.settle();
    if (run.code !== 0) await this.#adoptInterrupted(run);
    return run;
  }

  /**
   * What was being created when a run was stopped may be in the cluster, and the engine has forgotten it: the next run
   * would take it for somebody else's. Releases are not among it: Helm takes back what it cannot finish.
   */
  async #adoptInterrupted({ events }: Run): Promise<void> {
    const { resources, pending } = (await this.#props.stack.read()) ?? NOTHING;
    const before = creatingIn(pending);
    const known = new Set([...resources, ...before].map(({ urn }) => urn));
    const begun = interrupted(events)
      .map(({ urn, resource }) => withHeadAlone(resourceOf({ ...resource, urn })))
      .filter((each) => !known.has(each.urn) && !isRelease(each));
    // what is adopted is written over all of the state: what an earlier run left would be forgotten
    if (begun.length > 0) await this.#adopt([...before, ...begun]);
  }

  /** A lock on this machine whose process is gone is let go. */
  async #unlock(): Promise<void> {
    const { project, name, environment, stack, say } = this.#props;
    const { backend } = environment.state;
    if (backend.kind !== "local") return;
    const locks = locksOf(stateFolder(backend, project), projectName(project), name);
    throwProblems(locks.filter(({ stale }) => !stale).map((lock) => lockProblem(lock, name)));
    for (const { pid, since } of locks)
      say(`the state was locked by process ${pid} since ${since}, which is gone: it is unlocked`);
    if (locks.length > 0) await stack.unlock();
  }

  async #clear(revision: ReleaseRevision): Promise<void> {
    const { name, namespace, status, secret } = revision;
    await forget(this.#props.access, revision);
    this.#props.say(
      `a killed run left the Helm release ${namespace}/${name} ${status}: its revision is cleared (Secret ${secret})`,
    );
  }

  /** Takes what was being created as a run was stopped into the state, where it is in the cluster; the rest is forgotten. */
  async #adopt(creating: readonly StateResource[]): Promise<void> {
    if (creating.length === 0) return;
    const { stack, say } = this.#props;
    const adopted: StateResource[] = [];
    for (const resource of creating) {
      const made = await this.#madeOf(resource);
      if (!made) continue;
      adopted.push({ ...resource, id: made.id });
      say(`the ${made.title} was made as a run was stopped: it is taken into the state`);
    }
    await stack.adopt(adopted);
  }

  /** What was being created, where it is in the cluster: an object, or the release of a chart. */
  async #madeOf(resource: StateResource): Promise<{ readonly id: string; readonly title: string } | undefined> {
    const { access } = this.#props;
    const { apiVersion, kind, metadata, name, namespace } = resource.inputs;
    if (isRelease(resource) && typeof name === "string" && typeof namespace === "string") {
      const id = `${namespace}/${name}`;
      return (await hasRevisions(access, namespace, name)) ? { id, title: `Helm release ${id}` } : undefined;
    }
    if (identityIn(resource) === undefined) return undefined;
    const header = { apiVersion: String(apiVersion), kind: String(kind), metadata: headerOf(metadata) };
    if (!(await access.find(access.objects.read(header)))) return undefined;
    const id = [header.metadata.namespace, header.metadata.name].filter((part) => part !== undefined).join("/");
    return { id, title: `${kind} ${id}` };
  }
}

function creatingIn(pending: readonly PendingOperation[]): StateResource[] {
  return pending.filter(({ operation }) => operation === "creating").map(({ resource }) => resource);
}

function headerOf(metadata: unknown): { name: string; namespace?: string } {
  const namespace = textAt(metadata, "namespace");
  return { name: textAt(metadata, "name") ?? "", ...(namespace !== undefined && { namespace }) };
}

/** Without what an event does not tell as it is, such as secrets. */
function withHeadAlone({ inputs: { apiVersion, kind, metadata }, ...resource }: StateResource): StateResource {
  return { ...resource, inputs: { apiVersion, kind, metadata: headerOf(metadata) } };
}
