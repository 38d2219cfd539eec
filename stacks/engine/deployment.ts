import { FilieraError, throwProblems } from "../../constructs/kernel/errors.ts";
import { textAt } from "../../constructs/kernel/json.ts";
import type { ClusterAccess } from "../cluster/access.ts";
import type { Environment } from "../environment/index.ts";
import type { Plan } from "../plan/index.ts";
import { stateFolder } from "./backend.ts";
import { lockProblem, locksOf } from "./lock.ts";
import { permissionProblems } from "./permissions.ts";
import { contextProblems, type Preflight, preflight } from "./preflight.ts";
import { busyProblems, forget, type ReleaseRevision, releaseRevisions } from "./releases.ts";
import { projectName, type Run, type Stack } from "./stack.ts";
import { identityIn, nameOf, type PendingOperation, type StackState } from "./state.ts";

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
    const { stack, plan, access, takeOver } = this.#props;
    await this.#unlock();
    this.#state = await stack.read();
    if (operation === "destroy") return;
    const state = this.#state ?? NOTHING;
    throwProblems(contextProblems(access, state));
    throwProblems(await permissionProblems(access, plan));
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
    const creating = state.pending.filter((each) => each.operation === "creating");
    if (operation === "preview") return stack.run(operation, ["--refresh", ...flags]);
    if (operation === "destroy") {
      if (state.resources.length === 0 && creating.length === 0) return undefined;
      await this.#adopt(creating);
      return stack.run(operation, flags);
    }
    for (const revision of this.#found.leftBehind) await this.#clear(revision);
    const planned = new Set(this.#props.plan.resources.map(({ urn }) => nameOf(urn)));
    const gone = creating.filter(({ resource }) => !planned.has(nameOf(resource.urn)));
    if (gone.length > 0) await this.#adopt(gone);
    for (const { kind, title } of this.#found.halfMade)
      this.#props.say(`a killed run had made the ${kind} ${title}: it is taken over`);
    const takesOver = this.#found.halfMade.length > 0 || this.#props.takeOver;
    const run = await stack.run(operation, ["--refresh", ...flags], takesOver ? TAKE_OVER : {});
    if (run.code === 0 && creating.length > 0) await stack.settle();
    return run;
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

  /** Takes what a killed run was creating into the state, where it is in the cluster; the rest is forgotten. */
  async #adopt(creating: readonly PendingOperation[]): Promise<void> {
    if (creating.length === 0) return;
    const { access, stack, say } = this.#props;
    const found: { urn: string; id: string }[] = [];
    for (const { resource } of creating) {
      const { apiVersion, kind, metadata } = resource.inputs;
      if (identityIn(resource) === undefined) continue;
      const header = { apiVersion: String(apiVersion), kind: String(kind), metadata: headerOf(metadata) };
      if (!(await access.find(access.objects.read(header)))) continue;
      const { namespace, name } = header.metadata;
      found.push({ urn: resource.urn, id: namespace === undefined ? name : `${namespace}/${name}` });
      say(`a killed run had made the ${kind} ${name}: it is taken into the state`);
    }
    const code = await stack.refresh([
      ...found.flatMap(({ urn, id }) => ["--import-pending-creates", urn, "--import-pending-creates", id]),
      "--clear-pending-creates",
    ]);
    if (code !== 0)
      throw FilieraError.at(
        "filiera:state",
        `what a killed run had begun cannot be taken into the state: npx filiera pulumi ${this.#props.name} -- refresh asks about each`,
      );
  }
}

function headerOf(metadata: unknown): { name: string; namespace?: string } {
  const namespace = textAt(metadata, "namespace");
  return { name: textAt(metadata, "name") ?? "", ...(namespace !== undefined && { namespace }) };
}
