import type { Problem } from "../../constructs/kernel/errors.ts";
import { throwProblems } from "../../constructs/kernel/errors.ts";
import type { JsonObject } from "../../constructs/kernel/json.ts";
import type { ExitGroup, Graph, Group, TaskNode } from "../graph/graph.ts";
import type { Pipeline } from "../language/pipeline.ts";
import { type Assembled, Parts } from "./assemble.ts";
import { checkGraph } from "./check.ts";
import { refsOfConditions } from "./condition.ts";
import { defined, definitionsOf, ifAny } from "./definitions.ts";
import { dependenciesOf, exitGroupsOf, isExitTask } from "./dependencies.ts";
import { containerExecutor, importerExecutor } from "./executors.ts";
import { dagOutputs, groupComponent, groupTask, outputsOf } from "./groups.ts";
import type { ComponentSpec, Dag, ParameterBinding, TaskInputs } from "./ir.ts";
import { pathOf } from "./places.ts";
import { platformOf } from "./platform.ts";
import type { PythonSteps } from "./python-steps.ts";
import { type GroupOutput, Resolution } from "./resolve.ts";
import { taskInputs, taskSpec } from "./task-spec.ts";

/** Compiles pipelines, each once, with those that they run inside of them. */
export class GraphCompiler {
  readonly #python: PythonSteps;
  readonly #done = new Map<Pipeline, Assembled>();
  readonly #open: Pipeline[] = [];

  constructor(python: PythonSteps) {
    this.#python = python;
  }

  /** The pipeline without its head. */
  compile(pipeline: Pipeline): Assembled {
    const done = this.#done.get(pipeline);
    if (done) return done;
    const at = this.#open.indexOf(pipeline);
    if (at >= 0) {
      const cycle = [...this.#open.slice(at), pipeline].map(({ name }) => name).join(" runs ");
      throwProblems([
        { path: pipeline.name, message: `found a pipeline that runs itself: ${cycle}: leave one of them out` },
      ]);
    }
    this.#open.push(pipeline);
    const assembled = this.#assemble(pipeline.describe());
    this.#open.pop();
    this.#done.set(pipeline, assembled);
    return assembled;
  }

  #assemble(graph: Graph): Assembled {
    throwProblems([...checkGraph(graph), ...this.#python.check(graph)]);
    const resolved = resolve(graph);
    const { dependencies, problems } = dependenciesOf(graph);
    const tasks = [...graph.tasks.values()];
    throwProblems([...resolved.resolution.problems, ...problems, ...statusProblems(tasks, dependencies)]);
    const parts = new Parts();
    const rootDag: Dag = defined({ tasks: {}, outputs: dagOutputs(resolved.results) });
    const dags = new Map<Group, Dag>([[graph.root, rootDag]]);
    const after = (node: TaskNode | Group) => dependencies.get(node) ?? [];
    for (const group of allGroups(graph.root)) {
      const { tasks } = dags.get(group) ?? rootDag;
      for (const inner of group.groups) {
        const dag: Dag = defined({ tasks: {}, outputs: dagOutputs(outputsOf(inner, resolved.resolution)) });
        dags.set(inner, dag);
        const component = parts.addComponent(inner.name, groupComponent(inner, dag, resolved.resolution));
        tasks[inner.name] = groupTask(inner, component, resolved.resolution, after(inner));
      }
      for (const task of group.tasks) {
        const component = parts.addComponent(task.name, this.#component(task, parts, resolved));
        const inputs = withStatus(task, resolved.inputs.get(task), after(task)[0]);
        tasks[task.name] = taskSpec(task, component, inputs, after(task));
      }
    }
    for (const group of exitGroupsOf(graph.root)) this.#exit(group, rootDag, parts, resolved);
    const root: ComponentSpec = defined({
      dag: rootDag,
      inputDefinitions: definitionsOf(graph.inputs, "input"),
      outputDefinitions: definitionsOf(graph.outputs, "output"),
    });
    return { root, components: parts.components, executors: parts.executors, platform: parts.platform };
  }

  /** What runs after all that is in the group, however it ended. */
  #exit({ name, exitTask }: ExitGroup, { tasks }: Dag, parts: Parts, resolved: Resolved): void {
    const component = parts.addComponent(exitTask.name, this.#component(exitTask, parts, resolved));
    const inputs = withStatus(exitTask, resolved.inputs.get(exitTask), name);
    const triggerPolicy = { strategy: "ALL_UPSTREAM_TASKS_COMPLETED" };
    tasks[exitTask.name] = { ...taskSpec(exitTask, component, inputs, [name]), triggerPolicy };
  }

  #component(task: TaskNode, parts: Parts, { platform }: Resolved): ComponentSpec {
    const { step } = task;
    if (step.kind === "pipeline") return parts.merge(this.compile(step));
    const executor =
      step.kind === "importer"
        ? importerExecutor(task, step)
        : containerExecutor(task, step.kind === "container" ? step.container : this.#python.container(step));
    return defined({
      executorLabel: parts.addExecutor(task.name, executor, platform.get(task)),
      inputDefinitions: definitionsOf(step.inputs, "input"),
      outputDefinitions: definitionsOf(step.outputs, "output"),
    });
  }
}

/** Where everything in a pipeline comes from. */
interface Resolved {
  readonly resolution: Resolution;
  readonly inputs: ReadonlyMap<TaskNode, TaskInputs | undefined>;
  readonly platform: ReadonlyMap<TaskNode, JsonObject | undefined>;
  readonly results: ReadonlyMap<string, GroupOutput>;
}

function resolve(graph: Graph): Resolved {
  const resolution = new Resolution(graph);
  const inputs = new Map<TaskNode, TaskInputs | undefined>();
  const platform = new Map<TaskNode, JsonObject | undefined>();
  for (const task of graph.tasks.values()) {
    const path = `${graph.name}/${task.name}`;
    inputs.set(task, taskInputs(task, resolution, path));
    platform.set(task, platformOf(task, resolution, path));
    // as in the SDK, what a condition reads is an input of everything that is under the condition
    if (isExitTask(task)) continue;
    for (const group of pathOf(task.group)) {
      if (group.kind !== "condition") continue;
      for (const ref of refsOfConditions(group.conditions)) resolution.bind(ref, task.group, path);
    }
  }
  for (const group of allGroups(graph.root)) {
    const path = `${graph.name}/${group.name}`;
    if (group.kind === "condition")
      for (const ref of refsOfConditions(group.conditions)) resolution.give(ref, group, path);
    if (group.kind === "loop" && "ref" in group.items) resolution.give(group.items.ref, group, path);
  }
  return { resolution, inputs, platform, results: resultsOf(graph, resolution) };
}

/** Where a pipeline's outputs come from. */
function resultsOf(graph: Graph, resolution: Resolution): ReadonlyMap<string, GroupOutput> {
  const results = new Map<string, GroupOutput>();
  for (const [name, ref] of Object.entries(graph.results)) {
    const binding = resolution.bind(ref, graph.root, graph.name);
    const type = graph.outputs[name]?.type;
    if (binding && type && "task" in binding.at) results.set(name, { type, from: [binding.at], isOneOf: false });
  }
  return results;
}

/** The inputs of a task with the status of what it comes after, where it asks for it. */
function withStatus(
  { step, arguments: given }: TaskNode,
  inputs: TaskInputs | undefined,
  producer: string | undefined,
): TaskInputs | undefined {
  const parameters: Record<string, ParameterBinding> = { ...inputs?.parameters };
  for (const [name, { type }] of Object.entries(step.inputs)) {
    if (type.kind === "TASK_FINAL_STATUS" && producer && !given[name])
      parameters[name] = { taskFinalStatus: { producerTask: producer } };
  }
  return ifAny({ parameters: ifAny(parameters), artifacts: inputs?.artifacts });
}

/** Tasks that ask for the status of what they come after, and come after nothing, or after several. */
function statusProblems(
  tasks: readonly TaskNode[],
  dependencies: ReadonlyMap<TaskNode | Group, readonly string[]>,
): readonly Problem[] {
  return tasks.flatMap((task) => {
    const asks = Object.entries(task.step.inputs).some(
      ([name, { type }]) => type.kind === "TASK_FINAL_STATUS" && !task.arguments[name],
    );
    if (!asks || isExitTask(task)) return [];
    const path = `${task.group.graph.name}/${task.name}`;
    if (!task.settings.ignoreUpstreamFailure) {
      const message =
        "found a final status that nobody gives it: run it by onExit, or after one task with ignoreUpstreamFailure";
      return [{ path, message }];
    }
    const before = dependencies.get(task) ?? [];
    if (before.length === 1) return [];
    const found = before.length === 0 ? "nothing" : before.join(", ");
    return [
      {
        path,
        message: `found that it comes after ${found} and asks for one final status: have it come after one task`,
      },
    ];
  });
}

/** All groups, the outer before the inner, in the order in which they were added. */
function allGroups(group: Group): readonly Group[] {
  return [group, ...group.groups.flatMap(allGroups)];
}
