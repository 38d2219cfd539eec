import { pathToFileURL } from "node:url";
import { type Bound, bind } from "../../constructs/kernel/bind.ts";
import { evaluate, type Interpreter } from "../../constructs/kernel/evaluate.ts";
import { type Place, type PlaceResolver, settle, settled } from "../../constructs/kernel/here.ts";
import { identity } from "../../constructs/kernel/identity.ts";
import { isObject, type Json, objectAt } from "../../constructs/kernel/json.ts";
import { type Expression, expressionOf, type Text } from "../../constructs/kernel/late.ts";
import type { Manifest } from "../../constructs/kernel/objects.ts";
import { matches } from "../../constructs/kernel/pods.ts";
import type { Program } from "../programs/index.ts";
import type { FolderInstead } from "../programs/program.ts";
import { type Container, type Pod, portKey, type Service } from "./pod.ts";
import { LOOPBACK } from "./ports.ts";

/** What there is on this machine in place of the cluster: what late values are read from. */
export interface World {
  readonly pods: readonly Pod[];
  readonly services: readonly Service[];
  /** Programs by image. */
  readonly programs: ReadonlyMap<string, Program | FolderInstead>;
  /** Ports of this machine by `portKey`. */
  readonly ports: ReadonlyMap<string, number>;
  /** Secrets and ConfigMaps by identity, those that stand-ins made among them. */
  readonly data: Map<string, Manifest>;
  secret(name: string): string;
  /** Where the buckets or databases are of a server that a folder stands for. */
  instead(server: Pod, of: "buckets" | "databases"): string;
}

/** Who reads: a container, whose folders are its own; or nobody in particular. */
export interface Reader {
  readonly pod: Pod;
  readonly container: Container;
  /** A folder of the container on this machine. */
  folder(path: string): string;
}

/** What a late value is for a reader. */
export function valueFor(world: World, expression: Expression, reader?: Reader): unknown {
  const of = settle(expression, placesFor(world, reader));
  return typeof of === "string" ? of : evaluate(of, interpreterOf(world));
}

/** A document as a reader sees it. */
export function boundFor(world: World, document: Json, reader?: Reader): Bound<unknown> {
  return bind<unknown>(document, (expression) => valueFor(world, expression, reader));
}

/** A text as a reader sees it. */
export function textFor(world: World, text: Text | Json, reader?: Reader): string {
  const bound = boundFor(world, typeof text === "object" ? String(text) : text, reader);
  return String(bound);
}

/** The value of a key in a Secret or ConfigMap; undefined where there is none. */
export function dataOf(world: World, kind: "Secret" | "ConfigMap", namespace: string, name: string) {
  return (key: string, reader?: Reader): Buffer | undefined => {
    const manifest = world.data.get(identity(`/${kind}`, namespace, name));
    if (!manifest) return undefined;
    const plain = objectAt(manifest, kind === "Secret" ? "stringData" : "data")[key];
    if (plain !== undefined) return Buffer.from(textFor(world, plain, reader), "utf8");
    const binary = objectAt(manifest, kind === "Secret" ? "data" : "binaryData")[key];
    return binary === undefined ? undefined : Buffer.from(textFor(world, binary, reader), "base64");
  };
}

/**
 * The text of a key in a Secret.
 *
 * @throws Error where it is not there
 */
export function secretValue(world: World, namespace: string, name: string, key: string): string {
  const value = dataOf(world, "Secret", namespace, name)(key);
  if (!value) throw new Error(`the Secret ${namespace}/${name} has no key "${key}"`);
  return value.toString("utf8");
}

/** The keys of a Secret or ConfigMap; undefined where that is not there. */
export function keysOf(
  world: World,
  kind: "Secret" | "ConfigMap",
  namespace: string,
  name: string,
): string[] | undefined {
  const manifest = world.data.get(identity(`/${kind}`, namespace, name));
  if (!manifest) return undefined;
  return ["data", "stringData", "binaryData"].flatMap((field) => Object.keys(objectAt(manifest, field)));
}

/** Where a port of a Service is on this machine; undefined where no pod here stands behind it. */
export function portOf(world: World, namespace: string, name: string, port: number): number | undefined {
  const service = serviceNamed(world, namespace, name);
  const target = service?.ports.get(port);
  const pod = service && podBehind(world, service);
  if (target === undefined || !pod) return undefined;
  const number =
    typeof target === "number" ? target : pod.containers.flatMap(({ ports }) => ports.get(target) ?? [])[0];
  return number === undefined ? undefined : world.ports.get(portKey(pod, number));
}

/** The pod behind a Service, by its name. */
export function podAt(world: World, namespace: string, name: string): Pod | undefined {
  const service = serviceNamed(world, namespace, name);
  return service && podBehind(world, service);
}

export function podBehind({ pods }: World, { namespace, selector }: Service): Pod | undefined {
  if (Object.keys(selector).length === 0) return undefined;
  return pods.find((pod) => pod.namespace === namespace && matches(selector, pod.labels));
}

function serviceNamed({ services }: World, namespace: string, name: string): Service | undefined {
  return services.find((each) => each.namespace === namespace && each.name === name);
}

function placesFor(world: World, reader: Reader | undefined): PlaceResolver {
  return (place, inCluster) => {
    switch (place.kind) {
      case "listen":
        return LOOPBACK;
      case "port":
        return String(ownPort(world, place.port, reader));
      case "folder":
        if (!reader) throw new Error(`the folder ${place.path} is a container's, and no container reads it here`);
        return reader.folder(place.path);
      case "service-host":
        return serviceNamed(world, place.namespace, place.name) ? LOOPBACK : inCluster;
      case "service-port": {
        const port = portOf(world, place.namespace, place.name, place.port);
        return port === undefined ? inCluster : String(port);
      }
      case "bucket":
        return bucketIn(world, place) ?? inCluster;
      case "database":
        return databaseIn(world, place) ?? inCluster;
    }
  };
}

function ownPort(world: World, port: number, reader: Reader | undefined): number {
  const local = reader && world.ports.get(portKey(reader.pod, port));
  if (local === undefined) throw new Error(`port ${port} is none of the pod's: declare it in the container's ports`);
  return local;
}

/** The bucket's folder, where the store is one. */
function bucketIn(world: World, { store, bucket, prefix }: Extract<Place, { kind: "bucket" }>): string | undefined {
  const instead = insteadOf(world, store, "buckets");
  if (instead === undefined) return undefined;
  const folder = [instead, textFor(world, bucket), ...(prefix ? [prefix] : [])].join("/");
  return pathToFileURL(folder).href;
}

/** The database's file as SQLAlchemy names it, where files stand for the server. */
function databaseIn(world: World, { host, name }: Extract<Place, { kind: "database" }>): string | undefined {
  const instead = insteadOf(world, host, "databases");
  return instead && `sqlite:///${instead}/${textFor(world, name)}.db`;
}

/** The folder that stands for the server which a text leads to, if one does. */
function insteadOf(world: World, text: Text, of: "buckets" | "databases"): string | undefined {
  const host = placeIn(expressionOf(text));
  const pod = host && podAt(world, host.namespace, host.name);
  return pod && isFolder(world, pod) ? world.instead(pod, of) : undefined;
}

/** Whether a folder stands for what the pod runs. */
export function isFolder({ programs }: World, { containers }: Pod): boolean {
  return containers.some(({ image }) => {
    const program = programs.get(image);
    return program !== undefined && "folder" in program;
  });
}

/** The Service that a text leads to. */
function placeIn(of: string | Expression): Extract<Place, { kind: "service-host" }> | undefined {
  if (typeof of === "string") return undefined;
  if (of.op === "here") return of.place.kind === "service-host" ? of.place : undefined;
  if (of.op === "encode") return placeIn(of.of);
  if (of.op === "text") for (const part of of.parts) if (placeIn(part)) return placeIn(part);
  return undefined;
}

function interpreterOf(world: World): Interpreter<unknown> {
  return {
    source(source) {
      if (source.kind === "named") return world.secret(source.name);
      if (source.kind === "output")
        throw new Error("a late value comes from Pulumi, which does not run here: give it with late.named(…)");
      throw new Error(
        `a late value is read from ${source.object.node.path}, which only a cluster fills in: nothing here stands for it`,
      );
    },
    map: (values, compute) => compute(values),
    disclose: (value) => value,
  };
}

/** A manifest as nobody in particular sees it. */
export function plain(world: World, manifest: Manifest): Json {
  const bound = boundFor(world, settled(manifest, placesFor(world, undefined)));
  const text: Json = JSON.parse(JSON.stringify(bound));
  return isObject(text) ? text : {};
}
