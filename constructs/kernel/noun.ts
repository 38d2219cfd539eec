import { Construct, type IConstruct } from "constructs";
import { FilieraError } from "./errors.ts";

/** Where in the code a construct was made. */
export interface Origin {
  /** Name of its class. */
  readonly noun: string;
  /** Absolute path or URL of the file, as the engine gives it. */
  readonly file: string;
  readonly line: number;
}

const ORIGIN = Symbol.for("filiera.origin");

/** A construct that remembers where it was made, so that each object of a plan can say where it comes from. */
export abstract class Noun extends Construct {
  readonly [ORIGIN]: Origin | undefined;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this[ORIGIN] = callerOf(new.target);
  }

  /** Refuses what it was asked for, under its own path. */
  protected refuse(message: string): never {
    throw FilieraError.at(this.node.path, message);
  }
}

/** The origin of the nearest noun around a construct. */
export function originOf(construct: IConstruct): Origin | undefined {
  for (const scope of construct.node.scopes.reverse()) {
    const holder: { [ORIGIN]?: Origin } & IConstruct = scope;
    if (holder[ORIGIN]) return holder[ORIGIN];
  }
  return undefined;
}

function callerOf(noun: { readonly name: string }): Origin | undefined {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  const trace: { stack?: string } = {};
  Error.captureStackTrace(trace, noun instanceof Function ? noun : undefined);
  Error.stackTraceLimit = before;
  const place = /\(?([^\s(]+):(\d+):\d+\)?\s*$/.exec(trace.stack ?? "");
  return place?.[1] ? { noun: noun.name, file: place[1], line: Number(place[2]) } : undefined;
}
