import { FilieraError } from "../../constructs/kernel/errors.ts";
import type { PlainGroup } from "../graph/graph.ts";
import { Ref } from "./refs.ts";
import {
  type ArtifactsType,
  type ArtifactType,
  type DataType,
  isParameter,
  type ListType,
  type ParameterKind,
  type ParameterType,
} from "./types.ts";

/** The outputs of a task in a loop, of all its rounds, as a list. */
export function collected<Schema extends string>(output: Ref<ArtifactType<Schema>>): Ref<ArtifactsType<Schema>>;
export function collected<Value>(output: Ref<ParameterType<ParameterKind, Value>>): Ref<ListType<Value>>;
export function collected(output: Ref): Ref {
  const { type } = output;
  const list: DataType = isParameter(type) ? { kind: "LIST", items: type } : { ...type, kind: "ARTIFACTS" };
  return new Ref(list, { from: "collected", ref: output });
}

/** The output of whichever branch was taken; each branch of a `when` that ends in `otherwise` gives one. */
export function oneOf<Type extends DataType>(first: Ref<Type>, ...others: readonly Ref<NoInfer<Type>>[]): Ref<Type> {
  const refs = [first, ...others];
  const branches = branchesOf(first);
  for (const ref of refs) if (branchesOf(ref) !== branches) refuse(ref, "an output of another `when`");
  if (!branches.complete) refuse(first, "branches without `otherwise`, so that none may be taken");
  branches.oneOfs += 1;
  return new Ref(first.type, { from: "oneOf", branches, refs, index: branches.oneOfs });
}

function branchesOf(ref: Ref): PlainGroup {
  const { source } = ref;
  if (source.from !== "task") return refuse(ref, "something other than a task's output");
  const branches = source.task.group.parent;
  if (source.task.group.kind !== "condition") return refuse(ref, "an output of a task that is in no branch");
  if (branches?.kind !== "branches") return refuse(ref, "branches without `otherwise`, so that none may be taken");
  return branches;
}

function refuse({ source }: Ref, found: string): never {
  const path = source.from === "task" ? `${source.task.group.graph.name}/${source.task.name}` : "pipeline";
  throw FilieraError.at(path, `found ${found}, in oneOf: give it one output of a task in each branch of one \`when\``);
}
