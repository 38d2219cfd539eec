import { basename } from "node:path";
import type { Port } from "../language/ports.ts";
import type { PythonStep } from "../language/python-step.ts";
import { type DataType, isParameter, nameOf } from "../language/types.ts";
import { type Annotation, type Module, type Parameter, parseModule, type Signature, tupleFields } from "./parse.ts";
import { isTypeOf, pythonName, type Role, roleOf } from "./types.ts";

const CALLED = {
  async: "kfp calls it and does not wait for it: make it a plain function",
  "/": "kfp calls it by the names of its parameters: leave the slash out",
} as const;

/** What in the function of a Python step differs from the ports that it is declared with. */
export function checkSignature(source: string, step: PythonStep): readonly string[] {
  const module = parseModule(source);
  const signature = module.functions.get(step.function);
  const file = basename(step.file);
  if (!signature) {
    const names = [...module.functions.keys()];
    const known = names.length === 0 ? "it has none" : `it has ${names.join(", ")}`;
    return [`found no function ${step.function} in ${file}: ${known}; name one of its top level`];
  }
  if (module.hasTextTypes) {
    return [
      `found from __future__ import annotations in ${file}: kfp reads the types when it runs the step: leave it out`,
    ];
  }
  if (signature.unreadable !== undefined) {
    return [`found a head of ${step.function} in ${file} that is no Python, in line ${signature.unreadable}: mend it`];
  }
  if (signature.uncallable)
    return [`found ${signature.uncallable} in ${step.function} of ${file}: ${CALLED[signature.uncallable]}`];
  return new Comparison(step, signature, module, `${step.function} of ${file}`).messages();
}

/** A parameter with what its type says. */
interface Typed {
  readonly parameter: Parameter;
  readonly role: Role;
  readonly type: Annotation;
}

class Comparison {
  readonly #step: PythonStep;
  readonly #signature: Signature;
  readonly #module: Module;
  readonly #where: string;
  readonly #messages: string[] = [];

  constructor(step: PythonStep, signature: Signature, module: Module, where: string) {
    this.#step = step;
    this.#signature = signature;
    this.#module = module;
    this.#where = where;
  }

  messages(): readonly string[] {
    const typed = this.#typed();
    for (const [name, port] of Object.entries(this.#step.inputs)) this.#input(name, port, typed.get(name));
    const returned = this.#returned();
    for (const [name, port] of Object.entries(this.#step.outputs)) {
      this.#output(name, port.type, typed.get(name), returned.get(name));
    }
    this.#undeclared(typed, returned);
    return this.#messages;
  }

  #typed(): ReadonlyMap<string, Typed> {
    const typed = new Map<string, Typed>();
    for (const parameter of this.#signature.parameters) {
      const { name, annotation } = parameter;
      if (annotation) typed.set(name, { parameter, ...roleOf(annotation) });
      else this.#messages.push(`found ${name} without a type in ${this.#where}: give it the type of its port`);
    }
    return typed;
  }

  #input(name: string, { type, need }: Port, typed: Typed | undefined): void {
    const wanted = `${name}: ${isParameter(type) ? pythonName(type) : `Input[${pythonName(type)}]`}`;
    if (typed?.role !== "input") {
      if (this.#isUntyped(name)) return;
      const found = typed ? `${name}: ${typed.parameter.annotation?.text}, which is an output,` : `no ${name}`;
      this.#messages.push(`found ${found} in ${this.#where}, where the port is ${article(type)}: write ${wanted}`);
    } else if (!isTypeOf(typed.type, type)) this.#differs(name, type, typed.parameter.annotation, wanted);
    else if (need === "optional" && !this.#hasValue(name) && !typed.parameter.hasDefault) {
      this.#messages.push(
        `found ${name} without a default in ${this.#where}, where the port may be left out: write ${wanted} = None`,
      );
    }
  }

  #output(name: string, type: DataType, typed: Typed | undefined, returned: Annotation | undefined): void {
    const wanted = isParameter(type)
      ? `${name}: OutputPath(${pythonName(type)}), or return it`
      : `${name}: Output[${pythonName(type)}]`;
    const isOutput = typed !== undefined && typed.role !== "input";
    if (isOutput ? !isTypeOf(typed.type, type) : returned && !isTypeOf(returned, type)) {
      const written = isOutput ? typed.parameter.annotation : returned;
      this.#differs(name, type, written, wanted);
    } else if (!isOutput && !returned && !this.#isUntyped(name)) {
      const found = typed ? `${name}: ${typed.parameter.annotation?.text}, which is an input,` : `no ${name}`;
      this.#messages.push(`found ${found} in ${this.#where}, where the output is ${article(type)}: write ${wanted}`);
    }
  }

  #differs(name: string, type: DataType, found: Annotation | undefined, wanted: string): void {
    this.#messages.push(
      `found ${name}: ${found?.text} in ${this.#where}, where the port is ${article(type)}: write ${wanted}`,
    );
  }

  /** What the function returns by the name of its output: one value is called `Output`. */
  #returned(): ReadonlyMap<string, Annotation> {
    const { returns } = this.#signature;
    if (!returns || returns.name === "None") return new Map();
    if (returns.name === "NamedTuple") return tupleFields(returns.text);
    return this.#module.tuples.get(returns.name) ?? new Map([["Output", returns]]);
  }

  #undeclared(typed: ReadonlyMap<string, Typed>, returned: ReadonlyMap<string, Annotation>): void {
    const { inputs, outputs } = this.#step;
    for (const [name, { parameter }] of typed) {
      if (name in inputs || name in outputs || parameter.hasDefault) continue;
      this.#messages.push(`found ${name} in ${this.#where}, which is no port: declare it, or give it a default`);
    }
    for (const name of returned.keys()) {
      if (name in outputs) continue;
      this.#messages.push(`found that ${this.#where} returns ${name}, which is no output: declare it`);
    }
  }

  #hasValue(name: string): boolean {
    return this.#step.inputs[name]?.default !== undefined;
  }

  #isUntyped(name: string): boolean {
    return this.#signature.parameters.some((parameter) => parameter.name === name && !parameter.annotation);
  }
}

function article(type: DataType): string {
  const name = nameOf(type);
  return /^[aeiou]/.test(name) ? `an ${name}` : name.startsWith('"') ? name : `a ${name}`;
}
