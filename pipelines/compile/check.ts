import { closest } from "fastest-levenshtein";
import type { Problem } from "../../constructs/kernel/errors.ts";
import type { Argument, Graph, Group, Source, TaskNode } from "../graph/graph.ts";
import type { Ports } from "../language/ports.ts";
import { Ref, Template } from "../language/refs.ts";
import { type DataType, isParameter, nameOf, type ParameterType } from "../language/types.ts";
import { checkCount, checkSettings } from "./check-settings.ts";

const NAME = "give it letters, digits and underscores, the first no digit";

/** What TypeScript cannot see, or what a program without types has wrong: everything that is wrong, at once. */
export function checkGraph(graph: Graph): readonly Problem[] {
  return [
    ...checkName(graph.name),
    ...checkPorts(graph.inputs, graph.name),
    ...checkPorts(graph.outputs, graph.name),
    ...[...graph.tasks.values()].flatMap((task) => checkTask(task, `${graph.name}/${task.name}`)),
    ...checkGroups(graph.root),
    ...checkResults(graph),
  ];
}

function checkName(name: string): readonly Problem[] {
  if (/^[a-z0-9][a-z0-9-]{0,127}$/.test(name)) return [];
  const message =
    "found a name that Kubeflow does not take: give it lower-case letters, digits and dashes, the first no dash, at most 128";
  return [{ path: name, message }];
}

/** Names that steps' Python and conditions can say, and defaults of their type. */
function checkPorts(ports: Ports, path: string): readonly Problem[] {
  return Object.entries(ports).flatMap(([name, { type, default: value }]) => {
    const isName = /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name);
    const found = value === undefined ? undefined : misfit(value, type);
    return [
      ...(isName ? [] : [{ path, message: `found the name ${JSON.stringify(name)}: ${NAME}` }]),
      ...(found ? [{ path: `${path}.${name}`, message: `found the default ${found}: ${wanted(type)}` }] : []),
    ];
  });
}

function checkTask(task: TaskNode, path: string): readonly Problem[] {
  const { inputs } = task.step;
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(task.arguments)) {
    if (value === undefined) continue;
    const port = inputs[name];
    if (!port) problems.push({ path: `${path}.${name}`, message: unknown("input", name, inputs) });
    else if (port.need === "given" && !(value instanceof Ref && value.type.kind === "TASK_FINAL_STATUS")) {
      problems.push({ path: `${path}.${name}`, message: "found a value for what Kubeflow gives itself: leave it out" });
    } else {
      const found = misfit(value, port.type);
      if (found) problems.push({ path: `${path}.${name}`, message: `found ${found}: ${wanted(port.type)}` });
    }
  }
  for (const [name, { type, need }] of Object.entries(inputs)) {
    if (need === "required" && task.arguments[name] === undefined) {
      problems.push({ path: `${path}.${name}`, message: `found nothing: ${wanted(type)}` });
    }
  }
  return [...problems, ...checkSettings(task, path)];
}

function checkGroups(group: Group): readonly Problem[] {
  const path = `${group.graph.name}/${group.name}`;
  const problems: Problem[] = [];
  if (group.kind === "loop" && group.parallelism !== undefined) {
    problems.push(...checkCount(group.parallelism, 1, `${path}.parallelism`));
  }
  if (group.kind === "loop" && "values" in group.items && group.items.values.length === 0) {
    problems.push({ path, message: "found an empty list to go through: give it at least one item" });
  }
  if (group.kind === "exit" && group.parent?.kind !== "root") {
    problems.push({ path, message: `found onExit inside of ${group.parent?.name}: use it in the pipeline itself` });
  }
  if (group.kind === "exit") {
    const { exitTask } = group;
    const late = Object.entries(exitTask.arguments).find(
      ([, value]) => value instanceof Ref && value.source.from !== "input",
    );
    if (late || exitTask.after.size > 0) {
      problems.push({
        path: `${group.graph.name}/${exitTask.name}`,
        message:
          "found that it waits for a task: what runs at the end can be given values and inputs of the pipeline only",
      });
    }
  }
  return [...problems, ...group.groups.flatMap(checkGroups)];
}

function checkResults({ name, outputs, results }: Graph): readonly Problem[] {
  const problems: Problem[] = [];
  for (const [output, ref] of Object.entries(results)) {
    const port = outputs[output];
    const path = `${name}.${output}`;
    if (!port) problems.push({ path, message: unknown("output", output, outputs) });
    else if (!(ref instanceof Ref))
      problems.push({ path, message: "found a value of now: give it an output of a task" });
    else if (ref.source.from === "input" || ref.source.from === "item") {
      problems.push({ path, message: "found an input of the pipeline: give it an output of a task" });
    } else if (!fits(ref, port.type)) {
      problems.push({ path, message: `found ${article(nameOf(ref.type))}: give it ${article(nameOf(port.type))}` });
    }
  }
  for (const [output, { type }] of Object.entries(outputs)) {
    if (!results[output]) {
      problems.push({ path: `${name}.${output}`, message: `found nothing: return ${article(nameOf(type))}` });
    }
  }
  return problems;
}

function unknown(what: string, name: string, ports: Ports): string {
  const known = Object.keys(ports);
  if (known.length === 0) return `found an ${what} where there is none: leave it out`;
  const nearest = closest(name, known);
  return `found an unknown ${what}: known are ${known.join(", ")}; did you mean ${nearest}?`;
}

function wanted(type: DataType): string {
  return `give it ${article(nameOf(type))}`;
}

/** What is wrong with a value for the type, in words for `found …`. */
function misfit(value: Argument, type: DataType): string | undefined {
  if (value instanceof Ref) return fits(value, type) ? undefined : article(nameOf(value.type));
  if (!isParameter(type)) return `${describe(value)} of now`;
  if (value instanceof Template) return type.kind === "STRING" && !type.choices ? undefined : "a text";
  return isOf(value, type) ? undefined : describe(value);
}

/** Whether the value of a reference may go where the type is asked for. */
function fits({ type: given, source }: Ref, wanted: DataType): boolean {
  if (!isParameter(given) || !isParameter(wanted)) {
    if (isParameter(given) || isParameter(wanted)) return false;
    const isAny = given.schema === "system.Artifact" || wanted.schema === "system.Artifact";
    return given.kind === wanted.kind && (isAny || given.schema === wanted.schema);
  }
  return given.kind === wanted.kind || (given.kind === "STRING" && isUndeclared(source));
}

/** Whether it is an item of a list of which nothing is declared, or a field of one: as in the SDK, it fits everywhere. */
function isUndeclared(source: Source): boolean {
  if (source.from === "field") return isUndeclared(source.of.source);
  return source.from === "item" && "ref" in source.loop.items;
}

function isOf(value: Argument, { kind, choices }: ParameterType): boolean {
  switch (kind) {
    case "STRING":
      return typeof value === "string" && (!choices || choices.includes(value));
    case "NUMBER_INTEGER":
      return Number.isInteger(value);
    case "NUMBER_DOUBLE":
      return Number.isFinite(value);
    case "BOOLEAN":
      return typeof value === "boolean";
    case "LIST":
      return Array.isArray(value);
    default:
      return typeof value === "object" && value !== null && !Array.isArray(value);
  }
}

function describe(value: Argument): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a struct";
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}

function article(name: string): string {
  if (name.startsWith('"')) return name;
  return /^[aeiou]/.test(name) ? `an ${name}` : `a ${name}`;
}
