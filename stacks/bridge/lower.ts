import * as pulumi from "@pulumi/pulumi";
import type { IConstruct } from "constructs";
import { bind } from "../../constructs/kernel/bind.ts";
import { withChecksums } from "../../constructs/kernel/checksum.ts";
import { FilieraError, messageOf } from "../../constructs/kernel/errors.ts";
import { evaluate, type Interpreter } from "../../constructs/kernel/evaluate.ts";
import { settled } from "../../constructs/kernel/here.ts";
import { kindOf } from "../../constructs/kernel/identity.ts";
import { type Json, type JsonObject, objectAt } from "../../constructs/kernel/json.ts";
import { late, type Text } from "../../constructs/kernel/late.ts";
import { collect, type Manifest as KubernetesManifest } from "../../constructs/kernel/objects.ts";
import { type OrderedObject, order } from "../../constructs/kernel/order.ts";
import { HELM_RELEASE } from "../../constructs/operator/operator.ts";
import { Manifest, typeOf } from "./manifest.ts";
import { helmRelease, RELEASE_TYPE } from "./release.ts";

/** @see lower */
export interface LowerOptions {
  /** Name of the cluster: the first part of every resource's name. */
  readonly cluster: string;
  /** The cluster's own provider. */
  readonly provider: pulumi.ProviderResource;
  /** Key of the checksums that restart pods when a Secret changes. */
  readonly checksumKey: pulumi.Output<string>;
  /** @default - the stack */
  readonly parent?: pulumi.Resource;
  /** Resources that an object comes after, besides those of the tree. @default - none */
  readonly before?: (object: OrderedObject) => readonly pulumi.Resource[];
  /** Is told of every object before it becomes a resource, with that resource's type and name. @default - nobody is told */
  readonly observe?: (type: string, name: string, object: OrderedObject) => void;
}

/** What became of a tree of constructs. */
export interface Lowered {
  /** The resources by the identity of their objects. */
  readonly resources: ReadonlyMap<string, pulumi.CustomResource>;
  /** What a late value turns out to be. */
  output(value: Text): pulumi.Output<string>;
}

/**
 * Turns the objects below a construct into Pulumi resources, one each, in order. A resource's name and type follow
 * from the object's identity alone: where in the tree of constructs it is defined changes nothing.
 */
export function lower(scope: IConstruct, options: LowerOptions): Lowered {
  const objects = order(scope, withChecksums(collect(scope), late.from(options.checksumKey)));
  const parent = new Objects(options.cluster, { parent: options.parent });
  const resources = new Map<string, pulumi.CustomResource>();
  const byConstruct = new Map<IConstruct, pulumi.CustomResource>();
  for (const object of objects) {
    const name = nameOf(object.manifest, options.cluster);
    options.observe?.(kindOf(object.manifest) === HELM_RELEASE ? RELEASE_TYPE : typeOf(object.manifest), name, object);
    const world = outputs(byConstruct, object.construct.node.path);
    const resource = create(object, name, world, optionsOf(object, options, parent, resources));
    resources.set(object.identity, resource);
    byConstruct.set(object.construct, resource);
  }
  return {
    resources,
    output: (value) => {
      const world = outputs(byConstruct, scope.node.path);
      const bound = bind(settled({ value: String(value) }).value, (expression) => evaluate(expression, world));
      return pulumi.Output.isInstance<unknown>(bound) ? bound.apply(String) : pulumi.output(String(bound));
    },
  };
}

/** The parent of a cluster's objects: of constant type, so that it says nothing about the program's structure. */
class Objects extends pulumi.ComponentResource {
  constructor(cluster: string, options: pulumi.ComponentResourceOptions) {
    super("filiera:kubernetes:Objects", cluster, {}, options);
    this.registerOutputs({});
  }
}

function create(
  { construct, manifest, options: { skipAwait, waitFor } }: OrderedObject,
  name: string,
  world: Interpreter<pulumi.OutputInstance<unknown>>,
  options: pulumi.CustomResourceOptions,
): pulumi.CustomResource {
  const annotations = {
    ...(skipAwait && { "pulumi.com/skipAwait": "true" }),
    ...(waitFor && { "pulumi.com/waitFor": waitFor }),
    // a Job that failed would be waited for again, and fail every update after it
    ...(kindOf(manifest) === "batch/Job" && { "pulumi.com/replaceUnready": "true" }),
  };
  try {
    const { apiVersion, kind, metadata, ...fields } = withoutStringData(withAnnotations(manifest, annotations));
    const properties = mapValues({ apiVersion, kind, metadata, ...fields }, (value) =>
      bind(value, (expression) => evaluate(expression, world)),
    );
    return kindOf(manifest) === HELM_RELEASE
      ? helmRelease(name, manifest, properties["spec"], options)
      : new Manifest(name, manifest, properties, options);
  } catch (error) {
    throw FilieraError.at(construct.node.path, messageOf(error));
  }
}

function withAnnotations(manifest: KubernetesManifest, added: JsonObject): KubernetesManifest {
  if (Object.keys(added).length === 0) return manifest;
  const annotations = { ...objectAt(manifest.metadata, "annotations"), ...added };
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}

/**
 * Writes a Secret's `stringData` as `data`, as the API server does: only then is a key that leaves the program
 * removed from the cluster, and a change by somebody else seen.
 */
function withoutStringData(manifest: KubernetesManifest): KubernetesManifest {
  if (kindOf(manifest) !== "/Secret" || manifest["stringData"] === undefined) return manifest;
  const { stringData: _, ...rest } = manifest;
  const encoded = mapValues(objectAt(manifest, "stringData"), (text) => String(late.base64(String(text))));
  return { ...rest, metadata: manifest.metadata, data: { ...objectAt(manifest, "data"), ...encoded } };
}

function mapValues<V>(values: JsonObject, map: (value: Json) => V): Record<string, V> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, map(value)]])),
  );
}

/** `cluster/namespace/name`: with the type, the object's identity. */
function nameOf({ metadata }: KubernetesManifest, cluster: string): string {
  return [cluster, metadata.namespace, metadata.name].filter((part) => part !== undefined).join("/");
}

function optionsOf(
  object: OrderedObject,
  { cluster, provider, before }: LowerOptions,
  parent: pulumi.Resource,
  resources: ReadonlyMap<string, pulumi.CustomResource>,
): pulumi.CustomResourceOptions {
  const { dependsOn, options, manifest } = object;
  const inTree = [...dependsOn.keys()].flatMap(({ identity }) => resources.get(identity) ?? []);
  return {
    parent,
    provider,
    dependsOn: [...inTree, ...(before?.(object) ?? [])],
    protect: options.protect,
    retainOnDelete: options.retainOnDelete,
    ...(options.timeoutSeconds && { customTimeouts: timeouts(options.timeoutSeconds) }),
    ignoreChanges: [...(options.ignoreChanges ?? [])],
    aliases: (options.aliases ?? []).map((alias) => {
      const [namespace, name] = alias.split("/").slice(2);
      return {
        name: nameOf({ ...manifest, metadata: { name: name ?? "", ...(namespace && { namespace }) } }, cluster),
      };
    }),
  };
}

function timeouts(seconds: number): pulumi.CustomTimeouts {
  return { create: `${seconds}s`, update: `${seconds}s`, delete: `${seconds}s` };
}

/** Late values as Outputs: secret and unknown leaf by leaf, which is Pulumi's own doing. */
function outputs(
  resources: ReadonlyMap<IConstruct, pulumi.CustomResource>,
  path: string,
): Interpreter<pulumi.OutputInstance<unknown>> {
  return {
    source(source) {
      if (source.kind === "output") return pulumi.output<unknown>(source.output);
      if (source.kind === "named")
        throw new Error(`the late value "${source.name}" was not provisioned: give it as an Output with late.from(…)`);
      const resource = resources.get(source.object);
      if (resource instanceof Manifest) return resource.field(source.path);
      throw new Error(`a late value is read from ${source.object.node.path}, which is not an object of this platform`);
    },
    map: (values, compute) =>
      pulumi.all([...values]).apply((known) => {
        try {
          return compute(known);
        } catch (error) {
          throw FilieraError.at(path, messageOf(error));
        }
      }),
    disclose: (value) => pulumi.unsecret(value),
  };
}
