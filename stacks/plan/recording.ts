import { setImmediate } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import resource from "@pulumi/pulumi/proto/resource_pb.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import { FilieraError, isFilieraError } from "../../constructs/kernel/errors.ts";
import { isObject, type Json } from "../../constructs/kernel/json.ts";

/** What stands in a recording for a value that must not be shown. */
export const SECRET = "[secret]";
/** What stands in a recording for a value that is known only after `up`. */
export const UNKNOWN = "[known after up]";

/** One resource as the program asked for it. */
export interface RecordedResource {
  readonly urn: string;
  /** For example `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  readonly name: string;
  /** URN of the parent; undefined for the stack itself. */
  readonly parent: string | undefined;
  /** Whether a provider makes it; components only group. */
  readonly custom: boolean;
  /** The inputs, `SECRET` and `UNKNOWN` in place of what they hide. */
  readonly inputs: { readonly [key: string]: Json };
  /** URNs that it waits for. */
  readonly dependsOn: readonly string[];
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly ignoreChanges: readonly string[];
  /** The provider, as `urn::id`; empty for the default one. */
  readonly provider: string;
}

/** A whole program's requests. */
export interface Recording {
  readonly resources: readonly RecordedResource[];
  readonly outputs: { readonly [key: string]: Json };
}

/** @see record */
export interface RecordOptions {
  readonly project: string;
  readonly stack: string;
  /** Whether to answer like a preview, which leaves unknown what only a provider can say. @default true */
  readonly preview?: boolean;
  /** What a provider says of a resource besides its inputs, once it is made. @default - nothing */
  readonly says?: (type: string, name: string) => Readonly<Record<string, string>>;
}

// Pulumi's wire format: proto/go and sdk/nodejs/runtime/rpc.ts
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * Runs a Pulumi program against a monitor that notes every request and makes nothing: the plan is the program.
 * One at a time in a process, since Pulumi's runtime is one.
 */
export async function record(program: () => unknown, options: RecordOptions): Promise<Recording> {
  const { project, stack, preview = true, says = () => ({}) } = options;
  await pulumi.runtime.setMocks(
    { newResource: ({ inputs }) => ({ id: "", state: inputs }), call: () => ({}) },
    project,
    stack,
    preview,
  );
  const resources: RecordedResource[] = [];
  const outputs: { [key: string]: Json } = {};
  const monitor: object = pulumi.runtime.getMonitor() ?? {};
  Reflect.set(monitor, "registerResource", (request: resource.RegisterResourceRequest, answer: Answer) => {
    const registered = read(request, project, stack);
    resources.push(registered);
    const said = preview ? {} : says(registered.type, registered.name);
    answer(null, response(request, registered.urn, { preview, said }));
  });
  Reflect.set(
    monitor,
    "registerResourceOutputs",
    (request: resource.RegisterResourceOutputsRequest, answer: Answer) => {
      if (request.getUrn().includes("::pulumi:pulumi:Stack::"))
        Object.assign(outputs, shownFields(fields(request.getOutputs())));
      answer(null, {});
    },
  );
  const failures: unknown[] = [];
  const collect = (reason: unknown): void => void failures.push(reason);
  // what fails inside an Output is nobody's promise to await
  process.on("unhandledRejection", collect);
  try {
    await pulumi.runtime.runInPulumiStack(async () => program()).catch(collect);
    await pulumi.runtime.disconnect();
    await setImmediate();
  } finally {
    process.off("unhandledRejection", collect);
  }
  if (failures.length > 0) throw failureOf(failures);
  return { resources, outputs };
}

/** All that users can mend, or else the first failure. */
function failureOf(failures: readonly unknown[]): unknown {
  const problems = failures.flatMap((failure) => (isFilieraError(failure) ? failure.problems : []));
  const distinct = new Map(problems.map((problem) => [`${problem.path} ${problem.message}`, problem]));
  return distinct.size > 0 ? new FilieraError([...distinct.values()]) : failures[0];
}

type Answer = (error: Error | null, response: unknown) => void;

function read(request: resource.RegisterResourceRequest, project: string, stack: string): RecordedResource {
  const parent = request.getParent() || undefined;
  const type = request.getType();
  const parentType = parent?.split("::")[2];
  // the stack is nobody's parent as far as URNs go
  const qualified = parentType && parentType !== "pulumi:pulumi:Stack" ? `${parentType}$${type}` : type;
  return {
    urn: `urn:pulumi:${stack}::${project}::${qualified}::${request.getName()}`,
    type,
    name: request.getName(),
    parent,
    custom: request.getCustom(),
    inputs: shownFields(fields(request.getObject())),
    dependsOn: request.getDependenciesList(),
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    ignoreChanges: request.getIgnorechangesList(),
    provider: request.getProvider(),
  };
}

function fields(struct: structs.Struct | undefined): Readonly<Record<string, unknown>> {
  return struct?.toJavaScript() ?? {};
}

/** What an engine would answer: the inputs, and secrets that the provider generates but nobody knows yet. */
function response(
  request: resource.RegisterResourceRequest,
  urn: string,
  { preview, said }: { readonly preview: boolean; readonly said: Readonly<Record<string, string>> },
): resource.RegisterResourceResponse {
  const state: Record<string, structs.JavaScriptValue> = { ...request.getObject()?.toJavaScript(), ...said };
  for (const output of request.getAdditionalsecretoutputsList()) {
    const value = preview ? UNKNOWN_VALUE : `${output} of ${urn}`;
    state[output] ??= { [SIGNATURE]: SECRET_SIGNATURE, value };
  }
  const answered = new resource.RegisterResourceResponse();
  answered.setUrn(urn);
  answered.setId(request.getCustom() && !preview ? `id of ${urn}` : "");
  answered.setObject(structs.Struct.fromJavaScript(state));
  return answered;
}

function shownFields(values: Readonly<Record<string, unknown>>): { [key: string]: Json } {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, shown(value)]));
}

function shown(value: unknown): Json {
  if (value === UNKNOWN_VALUE) return UNKNOWN;
  if (Array.isArray(value)) return value.map(shown);
  if (isObject(value)) return value[SIGNATURE] === SECRET_SIGNATURE ? SECRET : shownFields(value);
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return null;
}
