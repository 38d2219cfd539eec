import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { messageOf, type Problem } from "../../constructs/kernel/errors.ts";
import type { Graph } from "../graph/graph.ts";
import type { Container } from "../language/container-step.ts";
import type { PythonStep } from "../language/python-step.ts";
import { pythonContainer } from "../python/boot.ts";
import { checkSignature } from "../python/check.ts";

/** A step's source is one argument of its command, and this much is what Linux takes: MAX_ARG_STRLEN, and a zero. */
const MOST_BYTES = 131_071;

/** Python steps while pipelines are compiled: their files are read, and their functions compared with their ports, once. */
export class PythonSteps {
  readonly #isInstalled: boolean;
  readonly #sources = new Map<string, string | Error>();
  readonly #checked = new Map<PythonStep, readonly string[]>();

  constructor(isInstalled: boolean) {
    this.#isInstalled = isInstalled;
  }

  /** What is wrong with the Python steps of a pipeline. */
  check(graph: Graph): readonly Problem[] {
    return [...graph.tasks.values()].flatMap(({ name, step }) =>
      step.kind === "python" ? this.#check(step).map((message) => ({ path: `${graph.name}/${name}`, message })) : [],
    );
  }

  /** The container of a Python step. */
  container(step: PythonStep): Container {
    const source = this.#source(step.file);
    const text = typeof source === "string" ? source : "";
    return pythonContainer(text, step.function, step.image, this.#isInstalled ? undefined : step.packages);
  }

  #check(step: PythonStep): readonly string[] {
    const done = this.#checked.get(step);
    if (done) return done;
    const source = this.#source(step.file);
    const messages =
      typeof source === "string"
        ? [...checkLength(source, step.file), ...checkSignature(source, step)]
        : [`found no file that can be read at ${step.file}: ${messageOf(source)}`];
    this.#checked.set(step, messages);
    return messages;
  }

  #source(file: string): string | Error {
    const known = this.#sources.get(file);
    if (known !== undefined) return known;
    const source = read(file);
    this.#sources.set(file, source);
    return source;
  }
}

function checkLength(source: string, file: string): readonly string[] {
  const bytes = Buffer.byteLength(source);
  return bytes <= MOST_BYTES
    ? []
    : [`found ${bytes} bytes in ${basename(file)}: Linux starts a step with at most ${MOST_BYTES}; put data elsewhere`];
}

function read(file: string): string | Error {
  try {
    // a mark of its encoding, as editors on Windows write it, is no part of the program
    return readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    return error instanceof Error ? error : new Error(messageOf(error));
  }
}
