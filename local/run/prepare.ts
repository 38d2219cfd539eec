import { chmodSync, mkdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { FilieraError, messageOf } from "../../constructs/kernel/errors.ts";
import { at, isObject, type Json, type JsonObject, listAt, objectAt, textAt } from "../../constructs/kernel/json.ts";
import { readLeaf } from "../../constructs/kernel/marker.ts";
import { findCommand, searchPath } from "../programs/find.ts";
import type { Program } from "../programs/program.ts";
import { expand } from "./expand.ts";
import type { RunFolder } from "./folder.ts";
import type { Container, Pod } from "./pod.ts";
import { LOOPBACK } from "./ports.ts";
import { dataOf, keysOf, type Reader, textFor, type World } from "./world.ts";

/** All that it takes to start a container's process. */
export interface Command {
  /** The program's full path, and its arguments. */
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** The program itself, where links lead to it. */
  readonly program: string;
  readonly folder: string;
  readonly log: string;
  readonly signal: NodeJS.Signals;
  /** Who reads late values for it: probes ask as it does. */
  readonly reader: Reader;
  /** Folders in which what the process starts may work. */
  readonly folders: readonly string[];
}

/** The folders of a pod by the names of its volumes, made and filled. */
export type Volumes = ReadonlyMap<string, string>;

/** Makes the folders of a pod: what it had while it lived before is gone, what it claims stays. */
export function makeVolumes(folder: RunFolder, pod: Pod): Volumes {
  const own = folder.pod(pod.namespace, pod.name);
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own, { recursive: true });
  const claimed = pod.claims.map((claim): [string, string] => [
    claim,
    folder.volume(pod.namespace, `${claim}-${pod.name}-0`),
  ]);
  const others = listAt(pod.spec, "volumes").map((volume): [string, string] => {
    const name = textAt(volume, "name") ?? "";
    const claim = textAt(volume, "persistentVolumeClaim", "claimName");
    return [name, claim === undefined ? join(own, "volumes", name) : folder.volume(pod.namespace, claim)];
  });
  for (const [, path] of [...claimed, ...others]) mkdirSync(path, { recursive: true });
  return new Map([...claimed, ...others]);
}

/** The container's command, environment and files, as they are on this machine. */
export function prepare(
  world: World,
  {
    run,
    pod,
    container,
    volumes,
    program,
  }: {
    readonly run: RunFolder;
    readonly pod: Pod;
    readonly container: Container;
    readonly volumes: Volumes;
    readonly program: Program;
  },
): Command {
  const folder = join(run.pod(pod.namespace, pod.name), container.name);
  mkdirSync(folder, { recursive: true });
  const reader = readerOf(pod, container, volumes, folder);
  const problem = (message: string) => FilieraError.at(pod.object, `container ${container.name}: ${message}`);
  try {
    for (const mount of listAt(container.spec, "volumeMounts")) fill(world, reader, mount, volumes);
    const env = environmentOf(world, reader, program, folder);
    const given = (field: string) =>
      textsAt(container.spec, field).map((text) => expand(textFor(world, text, reader), env));
    const [command, ...rest] = [
      ...(textsAt(container.spec, "command").length > 0 ? given("command") : (program.entry ?? [])),
      ...given("args"),
    ];
    const path = [...program.path, ...searchPath()];
    const found = command === undefined ? undefined : findCommand(command, path);
    if (found === undefined)
      throw problem(
        `the command "${command ?? ""}" is not there: it is looked for in ${[...program.path, "PATH"].join(", ")}, where ${program.says} should be`,
      );
    return {
      argv: argvOf([...(program.before ?? []), found, ...rest]),
      env: { ...Object.fromEntries(env), PATH: path.join(":") },
      reader,
      program: realpathSync(found),
      folder,
      log: join(run.logs, `${pod.namespace}.${pod.name}.${container.name}.log`),
      signal: signalOf(textAt(container.spec, "lifecycle", "stopSignal")) ?? program.stopSignal ?? "SIGTERM",
      folders: [
        folder,
        ...listAt(container.spec, "volumeMounts").flatMap((mount) => volumes.get(textAt(mount, "name") ?? "") ?? []),
      ],
    };
  } catch (error) {
    const known = run.explained(error, pod.object);
    throw known instanceof FilieraError ? known : problem(messageOf(known));
  }
}

function argvOf([first = "", ...rest]: readonly string[]): readonly [string, ...string[]] {
  return [first, ...rest];
}

function signalOf(name: string | undefined): NodeJS.Signals | undefined {
  const known: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGKILL"];
  return known.find((signal) => signal === name);
}

function textsAt(spec: JsonObject, field: string): Json[] {
  const found = at(spec, field);
  return Array.isArray(found) ? found : [];
}

/** A container sees its mounts, and where it has none an own folder in place of the image's. */
function readerOf(pod: Pod, container: Container, volumes: Volumes, folder: string): Reader {
  const mounts = listAt(container.spec, "volumeMounts").flatMap((mount): [string, string][] => {
    const path = textAt(mount, "mountPath");
    const volume = volumes.get(textAt(mount, "name") ?? "");
    return path && volume ? [[path, join(volume, textAt(mount, "subPath") ?? "")]] : [];
  });
  // the longest first: one may be mounted inside another
  mounts.sort(([a], [b]) => b.length - a.length);
  return {
    pod,
    container,
    folder(path) {
      const inside = mounts.find(([mount]) => path === mount || path.startsWith(`${mount}/`));
      if (inside) return join(inside[1], path.slice(inside[0].length));
      const own = join(folder, "root", path);
      mkdirSync(own, { recursive: true });
      return own;
    },
  };
}

/** Writes the files of a Secret or ConfigMap, as this container sees them. */
function fill(world: World, reader: Reader, mount: JsonObject, volumes: Volumes): void {
  const { namespace, spec } = reader.pod;
  const name = textAt(mount, "name");
  const volume = listAt(spec, "volumes").find((each) => each["name"] === name);
  const folder = volumes.get(name ?? "");
  if (!volume || folder === undefined) return;
  const sources = isObject(volume["projected"]) ? listAt(volume, "projected", "sources") : [volume];
  for (const source of sources) {
    const secret = textAt(source, "secret", "secretName") ?? textAt(source, "secret", "name");
    const configMap = textAt(source, "configMap", "name");
    if (secret !== undefined)
      write(world, reader, folder, ["Secret", namespace, secret], listAt(source, "secret", "items"));
    else if (configMap !== undefined)
      write(world, reader, folder, ["ConfigMap", namespace, configMap], listAt(source, "configMap", "items"));
    else if (!KNOWN.some((kind) => kind in source))
      throw new Error(
        `volume ${name} is of a kind that does not run here (${Object.keys(source).filter((key) => key !== "name")})`,
      );
  }
}

const KNOWN = ["emptyDir", "persistentVolumeClaim"] as const;

function write(
  world: World,
  reader: Reader,
  folder: string,
  [kind, namespace, name]: readonly ["Secret" | "ConfigMap", string, string],
  items: readonly JsonObject[],
): void {
  const keys = keysOf(world, kind, namespace, name);
  if (!keys) throw new Error(`the ${kind} ${namespace}/${name} is not there`);
  const files =
    items.length > 0
      ? items.map((item): [string, string] => [textAt(item, "key") ?? "", textAt(item, "path") ?? ""])
      : keys.map((key): [string, string] => [key, key]);
  for (const [key, file] of files) {
    const content = dataOf(world, kind, namespace, name)(key, reader);
    if (!content) throw new Error(`the ${kind} ${namespace}/${name} has no key "${key}": it has ${keys.join(", ")}`);
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    writeFileSync(path, content, { mode: kind === "Secret" ? 0o600 : 0o644 });
    chmodSync(path, kind === "Secret" ? 0o600 : 0o644);
  }
}

function environmentOf(world: World, reader: Reader, program: Program, folder: string): Map<string, string> {
  const { namespace } = reader.pod;
  const env = new Map<string, string>([["HOME", folder], ...Object.entries(program.env)]);
  const required = (kind: "Secret" | "ConfigMap", source: JsonObject): string | undefined => {
    const [name, key] = [textAt(source, "name") ?? "", textAt(source, "key") ?? ""];
    const value = dataOf(world, kind, namespace, name)(key, reader);
    if (value === undefined && source["optional"] !== true)
      throw new Error(`the ${kind} ${namespace}/${name} has no key "${key}"`);
    return value?.toString("utf8");
  };
  for (const from of listAt(reader.container.spec, "envFrom"))
    for (const [kind, field] of [
      ["Secret", "secretRef"],
      ["ConfigMap", "configMapRef"],
    ] as const) {
      const name = textAt(from, field, "name");
      for (const key of name === undefined ? [] : (keysOf(world, kind, namespace, name) ?? []))
        env.set(
          `${textAt(from, "prefix") ?? ""}${key}`,
          dataOf(world, kind, namespace, name ?? "")(key, reader)?.toString("utf8") ?? "",
        );
    }
  for (const variable of listAt(reader.container.spec, "env")) {
    const name = textAt(variable, "name") ?? "";
    const from = objectAt(variable, "valueFrom");
    const value = isObject(from["secretKeyRef"])
      ? required("Secret", from["secretKeyRef"])
      : isObject(from["configMapKeyRef"])
        ? required("ConfigMap", from["configMapKeyRef"])
        : isObject(from["fieldRef"])
          ? fieldOf(reader.pod, textAt(from, "fieldRef", "fieldPath") ?? "")
          : literal(world, reader, name, variable["value"], env);
    if (value !== undefined) env.set(name, value);
  }
  return env;
}

function literal(
  world: World,
  reader: Reader,
  name: string,
  value: Json | undefined,
  env: ReadonlyMap<string, string>,
): string {
  if (value === undefined) return "";
  // a path of the container means nothing on this machine, where it would be somebody else's
  const mounts = listAt(reader.container.spec, "volumeMounts").flatMap((mount) => textAt(mount, "mountPath") ?? []);
  const path = readLeaf(value).kind === "plain" ? mounts.find((each) => isPathIn(String(value), each)) : undefined;
  if (path !== undefined)
    throw new Error(
      `the variable ${name} has ${path}, a folder of the container, as plain text: write here.folder("${path}")`,
    );
  return expand(textFor(world, value, reader), env);
}

function isPathIn(text: string, mount: string): boolean {
  return text === mount || text.startsWith(`${mount}/`);
}

function fieldOf({ name, namespace, labels, kind }: Pod, path: string): string {
  const fields: Readonly<Record<string, string>> = {
    "metadata.name": kind === "StatefulSet" ? `${name}-0` : name,
    "metadata.namespace": namespace,
    "metadata.uid": `${namespace}.${name}`,
    "spec.nodeName": "localhost",
    "status.podIP": LOOPBACK,
    "status.hostIP": LOOPBACK,
  };
  const label = /^metadata\.labels\['(.*)'\]$/.exec(path)?.[1];
  const value = label === undefined ? fields[path] : textAt(labels, label);
  if (value === undefined) throw new Error(`the field ${path} of a pod is not known here`);
  return value;
}
