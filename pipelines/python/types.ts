import { type DataType, isParameter, type ParameterKind } from "../language/types.ts";
import type { Annotation } from "./parse.ts";

/** The types of Python that kfp takes for parameters. */
const PARAMETERS: Readonly<Record<string, ParameterKind>> = {
  str: "STRING",
  int: "NUMBER_INTEGER",
  float: "NUMBER_DOUBLE",
  bool: "BOOLEAN",
  list: "LIST",
  List: "LIST",
  dict: "STRUCT",
  Dict: "STRUCT",
  PipelineTaskFinalStatus: "TASK_FINAL_STATUS",
};

/** kfp's classes of artifacts. */
const ARTIFACTS: Readonly<Record<string, string>> = {
  Artifact: "system.Artifact",
  Dataset: "system.Dataset",
  Model: "system.Model",
  Metrics: "system.Metrics",
  ClassificationMetrics: "system.ClassificationMetrics",
  SlicedClassificationMetrics: "system.SlicedClassificationMetrics",
  HTML: "system.HTML",
  Markdown: "system.Markdown",
};

/** What a parameter of a function is for. */
export type Role = "input" | "output" | "output file";

/** What a parameter's type says: what it is for, and the type of the value. */
export function roleOf(annotation: Annotation): { readonly role: Role; readonly type: Annotation } {
  const bare = withoutNone(annotation);
  const [inner] = bare.of;
  if (inner && bare.name === "Output") return { role: "output", type: inner };
  if (bare.name === "OutputPath") return { role: "output file", type: inner ?? { name: "str", of: [], text: "str" } };
  if (inner && (bare.name === "Input" || bare.name === "InputPath")) return { role: "input", type: inner };
  return { role: "input", type: bare };
}

/** The type without what says that nothing may be given, too. */
function withoutNone(annotation: Annotation): Annotation {
  const { name, of } = annotation;
  if (name === "Optional" && of[0]) return of[0];
  const others = name === "Union" ? of.filter((each) => each.name !== "None") : [];
  return others.length === 1 && others[0] ? others[0] : annotation;
}

/** Whether a type of Python is that of a port. */
export function isTypeOf({ name, of }: Annotation, type: DataType): boolean {
  const [item] = of;
  if (isParameter(type)) return PARAMETERS[name] === type.kind && !(item && isArtifactClass(item.name));
  if (type.kind === "ARTIFACTS") {
    return PARAMETERS[name] === "LIST" && item !== undefined && isClassOf(item.name, type.schema);
  }
  return isClassOf(name, type.schema);
}

/** What the type of a port is called in Python. */
export function pythonName(type: DataType): string {
  if (!isParameter(type)) {
    const [known] = Object.entries(ARTIFACTS).find(([, schema]) => schema === type.schema) ?? ["Artifact"];
    return type.kind === "ARTIFACTS" ? `list[${known}]` : known;
  }
  const [name] = Object.entries(PARAMETERS).find(([, kind]) => kind === type.kind) ?? ["str"];
  return name;
}

/** A class of one's own stands for a schema of one's own. */
function isClassOf(name: string, schema: string): boolean {
  if (ARTIFACTS[name]) return ARTIFACTS[name] === schema || !Object.values(ARTIFACTS).includes(schema);
  return !PARAMETERS[name] && !Object.values(ARTIFACTS).includes(schema);
}

function isArtifactClass(name: string): boolean {
  return name in ARTIFACTS;
}
