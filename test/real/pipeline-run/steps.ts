import { join } from "node:path";
import {
  artifactsOf,
  dataset,
  finalStatus,
  integer,
  listOf,
  metrics,
  model,
  type Ports,
  pythonStep,
  string,
  struct,
} from "../../../pipelines/index.ts";

/** A step that runs a function of `steps.py`. */
function step<const Inputs extends Ports, const Outputs extends Ports>(name: string, inputs: Inputs, outputs: Outputs) {
  return pythonStep({ file: join(import.meta.dirname, "steps.py"), function: name, inputs, outputs });
}

export const add = step("add", { one: integer(), other: integer() }, { Output: integer() });
export const double = step("double", { number: integer() }, { Output: integer() });
export const name = step("name", { total: integer(), word: string() }, { total: integer(), word: string() });
export const numbers = step("numbers", { count: integer() }, { Output: listOf(integer()) });
export const total = step("total", { numbers: listOf(integer()) }, { Output: integer() });
export const join_ = step("join", { words: listOf(string()), mark: string({ default: "-" }) }, { Output: string() });
export const say = step("say", { text: string(), options: struct({ optional: true }) }, { Output: string() });
export const write = step("write", { text: string() }, { file: dataset(), metrics: metrics() });
export const read = step("read", { file: dataset() }, { Output: string() });
export const fit = step("fit", { file: dataset() }, { model: model() });
export const concatenate = step("concatenate", { files: artifactsOf(dataset()) }, { Output: string() });
export const whose = step("whose", { model: model() }, { Output: string() });
export const content = step("content", { path: string() }, { Output: string() });
export const fail = step("fail", { reason: string() }, { Output: string() });
export const worksAtLast = step("works_at_last", { counter: string(), tries: integer() }, { Output: integer() });
export const tell = step("tell", { status: finalStatus(), file: string() }, {});
export const noNumber = step("no_number", { text: string() }, { Output: integer() });
export const nothing = step("nothing", { text: string() }, { Output: integer() });
export const wait = step("wait", { mark: string() }, {});
