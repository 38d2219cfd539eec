import * as pulumi from "@pulumi/pulumi";
import type resource from "@pulumi/pulumi/proto/resource_pb.js";
import type { Chart } from "cdk8s";
import { at, isObject } from "../../constructs/kernel/json.ts";
import { type Lowered, lower } from "../../stacks/bridge/lower.ts";
import { type RecordedResource, record } from "../../stacks/plan/recording.ts";
import { chart } from "./chart.ts";

// Pulumi's wire format: sdk/nodejs/runtime/rpc.ts
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
export const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A leaf of what was sent to the engine. */
export interface Sent {
  readonly value: unknown;
  readonly secret: boolean;
  readonly known: boolean;
}

/** One object as the program asked the engine for it. */
export interface Asked extends RecordedResource {
  /** The leaf at a path of keys. */
  sent(...path: readonly string[]): Sent;
  readonly aliases: readonly { readonly name: string; readonly type: string }[];
  readonly additionalSecretOutputs: readonly string[];
  readonly version: string;
}

/** How a test's tree is lowered. @default preview: false */
export interface RecordedOptions {
  readonly preview?: boolean;
  readonly cluster?: string;
  /** @default - a secret of the test's own */
  readonly checksumKey?: () => pulumi.Output<string>;
  /** Called with what became of the tree. */
  readonly observe?: (lowered: Lowered) => void;
}

/** Both runs of a program: what it plans, and what it does. */
export const RUNS = [
  { run: "preview", preview: true },
  { run: "up", preview: false },
] as const;

/** Builds a tree of constructs, lowers it in a real Pulumi program, and returns what the engine was asked for. */
export async function recorded(
  build: (root: Chart) => void,
  { preview = false, cluster = "main", checksumKey = () => pulumi.secret("key"), observe }: RecordedOptions = {},
): Promise<{ objects: Asked[]; all: readonly RecordedResource[] }> {
  const requests = new Map<string, resource.RegisterResourceRequest>();
  const { resources } = await record(
    () => {
      listen((request) => requests.set(`${request.getType()} ${request.getName()}`, request));
      const root = chart();
      build(root);
      const lowered = lower(root, { cluster, provider: new Provider(cluster), checksumKey: checksumKey() });
      observe?.(lowered);
    },
    { project: "project", stack: "stack", preview },
  );
  const objects = resources.flatMap((each): Asked[] => {
    const request = requests.get(`${each.type} ${each.name}`);
    if (!request || !each.custom || !each.type.startsWith("kubernetes:")) return [];
    const inputs: unknown = request.getObject()?.toJavaScript();
    return [
      {
        ...each,
        sent: (...path) => sentAt(inputs, path),
        aliases: request.getAliasesList().map((alias) => ({
          name: alias.getSpec()?.getName() ?? "",
          type: alias.getSpec()?.getType() ?? "",
        })),
        additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
        version: request.getVersion(),
      },
    ];
  });
  return { objects, all: resources };
}

/** The one object of a kind. */
export function only(objects: readonly Asked[], type: string): Asked {
  const [found, ...others] = objects.filter((object) => object.type === type);
  if (!found || others.length > 0) throw new Error(`${others.length + (found ? 1 : 0)} objects are ${type}, not one`);
  return found;
}

class Provider extends pulumi.ProviderResource {
  constructor(name: string) {
    super("kubernetes", name, {});
  }
}

/** Hears every request for a resource, as it goes over the wire. */
export function listen(hear: (request: resource.RegisterResourceRequest) => void): void {
  const monitor: object = pulumi.runtime.getMonitor() ?? {};
  const inner: unknown = Reflect.get(monitor, "registerResource");
  if (typeof inner !== "function") throw new Error("there is no monitor to listen to");
  Reflect.set(monitor, "registerResource", (request: resource.RegisterResourceRequest, answer: unknown) => {
    hear(request);
    inner(request, answer);
  });
}

/** Follows a path through what was sent, through secrets too. */
function sentAt(root: unknown, path: readonly string[]): Sent {
  let secret = false;
  let value = root;
  for (const key of [undefined, ...path]) {
    if (key !== undefined) value = at(value, key);
    while (isObject(value) && value[SIGNATURE] === SECRET_SIGNATURE) {
      secret = true;
      value = value["value"];
    }
  }
  return { value: value === UNKNOWN_VALUE ? undefined : value, secret, known: value !== UNKNOWN_VALUE };
}
