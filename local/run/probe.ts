import { execFile } from "node:child_process";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { connect } from "node:net";
import { isObject, type JsonObject, listAt, objectAt, textAt } from "../../constructs/kernel/json.ts";
import { LOOPBACK } from "./ports.ts";
import type { Command } from "./prepare.ts";

/** How the kubelet would ask a container how it is. */
export interface Probe {
  readonly ask: () => Promise<boolean>;
  readonly periodMs: number;
  readonly failures: number;
  readonly delayMs: number;
}

/** What a probe needs to know of its container. */
export interface Asked {
  readonly command: Command;
  /** The port of this machine behind a port of the container, by name or number. */
  port(port: string | number): number;
  text(value: string): string;
}

/** A probe of a container's manifest, if it has that one. */
export function probeOf(
  spec: JsonObject,
  kind: "startupProbe" | "readinessProbe" | "livenessProbe",
  asked: Asked,
): Probe | undefined {
  const probe = spec[kind];
  if (!isObject(probe)) return undefined;
  const number = (field: string, otherwise: number): number => {
    const value = probe[field];
    return typeof value === "number" ? value : otherwise;
  };
  const timeoutMs = number("timeoutSeconds", 1) * 1000;
  return {
    ask: askOf(probe, asked, timeoutMs),
    periodMs: number("periodSeconds", 10) * 1000,
    failures: number("failureThreshold", 3),
    delayMs: number("initialDelaySeconds", 0) * 1000,
  };
}

function askOf(probe: JsonObject, asked: Asked, timeoutMs: number): () => Promise<boolean> {
  const portOf = (of: JsonObject) => asked.port(typeof of["port"] === "number" ? of["port"] : String(of["port"]));
  if (isObject(probe["httpGet"])) {
    const get = probe["httpGet"];
    const headers = listAt(get, "httpHeaders").map(({ name, value }): [string, string] => [
      String(name),
      asked.text(String(value)),
    ]);
    const secure = textAt(get, "scheme") === "HTTPS";
    const path = textAt(get, "path") ?? "/";
    return () => http(portOf(get), path, Object.fromEntries(headers), secure, timeoutMs);
  }
  if (isObject(probe["tcpSocket"])) {
    const socket = probe["tcpSocket"];
    return () => tcp(portOf(socket), timeoutMs);
  }
  const command = objectAt(probe, "exec")["command"];
  if (Array.isArray(command)) {
    const [program = "", ...args] = command.map((part) => asked.text(String(part)));
    return () => exec(program, args, asked.command, timeoutMs);
  }
  throw new Error(
    `a probe asks by ${Object.keys(probe).join(", ")}, which does not run here: use httpGet, tcpSocket or exec`,
  );
}

function http(
  port: number,
  path: string,
  headers: Record<string, string>,
  secure: boolean,
  timeout: number,
): Promise<boolean> {
  return new Promise((done) => {
    const options = {
      host: LOOPBACK,
      port,
      path,
      headers,
      timeout,
      agent: false,
      signal: AbortSignal.timeout(timeout),
    };
    // as the kubelet, which verifies no certificate
    const asking = secure ? requestHttps({ ...options, rejectUnauthorized: false }) : requestHttp(options);
    asking.on("response", (response) => {
      response.resume();
      done((response.statusCode ?? 500) >= 200 && (response.statusCode ?? 500) < 400);
    });
    asking.on("error", () => done(false));
    asking.end();
  });
}

function tcp(port: number, timeout: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host: LOOPBACK, port, timeout });
    const answer = (connected: boolean) => {
      socket.destroy();
      done(connected);
    };
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
    socket.once("timeout", () => answer(false));
  });
}

function exec(program: string, args: readonly string[], { env, folder }: Command, timeout: number): Promise<boolean> {
  return new Promise((done) => {
    execFile(program, [...args], { env, cwd: folder, timeout, killSignal: "SIGKILL" }, (error) => done(!error));
  });
}
