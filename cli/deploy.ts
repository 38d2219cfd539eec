import { FilieraError, isFilieraError, throwProblems } from "../constructs/kernel/errors.ts";
import { unresolvedProblems } from "../constructs/platform/images.ts";
import { accessCluster, type ClusterAccess, versionProblem } from "../stacks/cluster/access.ts";
import { Deployment, type Operation } from "../stacks/engine/deployment.ts";
import { type Engine, findEngine } from "../stacks/engine/find.ts";
import { projectName, Stack } from "../stacks/engine/stack.ts";
import { formatWaiting, waitingOf } from "../stacks/engine/stopped.ts";
import type { Environment } from "../stacks/environment/index.ts";
import { type Plan, planEnvironment } from "../stacks/plan/index.ts";
import { readEnvironment } from "./environment.ts";
import { formatProblems } from "./problems.ts";

/** What is said of a run that did not come about. */
const NOTHING: Readonly<Record<Operation | "pulumi", string>> = {
  up: "not deployed",
  preview: "not previewed",
  destroy: "not destroyed",
  pulumi: "not run",
};

/** @see deploy */
export interface DeployOptions {
  /** Whether a store that is gone from the file may go with its data. @default false */
  readonly allowDataLoss?: boolean;
}

/** `filiera up`, `preview` and `destroy`: looks first, and then runs the engine. Exit status 2: nothing was begun. */
export async function deploy(
  operation: Operation,
  name: string,
  flags: readonly string[],
  options: DeployOptions = {},
): Promise<void> {
  const environment = readEnvironment(name);
  const prepared = await orNothing(operation, () => prepare(operation, name, environment, options));
  if (!prepared) return;
  const { deployment, plan, access } = prepared;
  const run = await deployment.run(operation, flags);
  if (!run) {
    console.log(`nothing is deployed of ${name}`);
    return;
  }
  if (run.code === 0) return;
  process.exitCode = 1;
  // the cluster itself may be what went away: then the engine has said so
  const waiting = await waitingOf(run.events, plan, access).catch((error: unknown) => {
    if (isFilieraError(error)) return [];
    throw error;
  });
  const lines = waiting.length > 0 ? ["stopped before these were done:", ...formatWaiting(waiting)] : [];
  console.error(
    ["", ...lines, `what was done is in the state: mend the cause, and npx filiera ${operation} ${name} goes on`].join(
      "\n",
    ),
  );
}

/** `filiera pulumi`: any command of Pulumi, with the environment's stack, backend and passphrase. */
export async function pulumi(name: string, args: readonly string[]): Promise<void> {
  const environment = readEnvironment(name);
  const stack = await orNothing("pulumi", async () => stackOf(name, environment, await engineOf(process.cwd())));
  if (!stack) return;
  const code = await stack.pulumi([...args, "--stack", stack.name]);
  if (code !== 0) process.exitCode = 1;
}

/** Prints why nothing comes of it, if that is so. */
async function orNothing<T>(operation: Operation | "pulumi", action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (!isFilieraError(error)) throw error;
    console.error(formatProblems(error.problems, NOTHING[operation]));
    process.exitCode = 2;
    return undefined;
  }
}

async function prepare(
  operation: Operation,
  name: string,
  environment: Environment,
  { allowDataLoss }: DeployOptions,
): Promise<{ deployment: Deployment; plan: Plan; access: ClusterAccess }> {
  const project = process.cwd();
  if (operation === "up" && environment.profile === "production") throwProblems(unresolvedProblems(environment));
  projectName(project);
  const [engine, access] = await both(engineOf(project), accessCluster(environment.cluster));
  throwProblems(versionProblem(access, environment.cluster));
  const plan = await planEnvironment(name, environment);
  const stack = stackOf(name, environment, engine);
  const takeOver = process.env["PULUMI_K8S_UPSERT_EXISTING_OBJECTS"] === "true";
  const say = (line: string): void => console.log(line);
  const deployment = new Deployment({ project, name, environment, stack, plan, access, takeOver, allowDataLoss, say });
  await deployment.prepare(operation);
  return { deployment, plan, access };
}

function engineOf(project: string): Promise<Engine> {
  return findEngine({ path: process.env["PATH"] ?? "", project });
}

function stackOf(name: string, { state }: Environment, engine: Engine): Stack {
  return new Stack({ engine, project: process.cwd(), environment: name, state, env: process.env });
}

/** What both come to, or the problems of both. */
async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === "fulfilled" && b.status === "fulfilled") return [a.value, b.value];
  const reasons: unknown[] = [a, b].flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
  const strange = reasons.find((reason) => !isFilieraError(reason));
  if (strange !== undefined) throw strange;
  throw new FilieraError(reasons.flatMap((reason) => (isFilieraError(reason) ? reason.problems : [])));
}
