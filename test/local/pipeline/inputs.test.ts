import { expect, test } from "vitest";
import { readInputs } from "../../../local/pipeline/parameters.ts";
import {
  boolean,
  choice,
  dataset,
  double,
  integer,
  list,
  listOf,
  pipeline,
  string,
  struct,
  structOf,
} from "../../../pipelines/index.ts";
import { complaint } from "../../support/errors.ts";
import { folder, write } from "../../support/filiera.ts";

const training = pipeline(
  {
    name: "training",
    inputs: {
      rate: double({ default: 0.5 }),
      rounds: integer({ default: 3 }),
      name: string({ optional: true }),
      optimizer: choice(["adam", "sgd"], { default: "adam" }),
      fast: boolean({ default: false }),
      layers: listOf(integer(), { default: [8] }),
      tags: list({ default: [] }),
      options: struct({ default: {} }),
      shape: structOf({ width: integer() }, { default: { width: 1 } }),
      source: string({ default: "none" }),
    },
  },
  () => {},
);
const scoring = pipeline({ name: "scoring", inputs: { table: dataset(), rate: double(), label: string() } }, () => {});
const nothing = pipeline({ name: "nothing" }, () => {});

test("what is given is read by the input's type, and the rest is what the pipeline says", () => {
  const values = ["rate=1e-3", "rounds=7", "name=a=b", "optimizer=sgd", "fast=true", "layers=[1,2]", 'tags=["x",1]'];
  expect(readInputs(training, [...values, 'options={"a":null}', 'shape={"width":2}'], [])).toEqual({
    parameters: {
      rate: 0.001,
      rounds: 7,
      name: "a=b",
      optimizer: "sgd",
      fast: true,
      layers: [1, 2],
      tags: ["x", 1],
      options: { a: null },
      shape: { width: 2 },
      source: "none",
    },
    artifacts: {},
    data: [],
  });
});

test("a file is data: an artifact, or a text whose content counts", () => {
  const here = folder();
  write(here, { "table.csv": "a\n1\n" });
  const path = `${here}/table.csv`;
  expect(readInputs(scoring, ["rate=1", "label="], [`table=${path}`])).toEqual({
    parameters: { rate: 1, label: "" },
    artifacts: { table: { schema: "system.Dataset", path } },
    data: [],
  });
  expect(readInputs(training, [], [`source=${path}`])).toMatchObject({ parameters: { source: path }, data: [path] });
});

test.each([
  ["rate=fast", '[training.rate] found "fast": give it a double'],
  ["rate=", '[training.rate] found "": give it a double'],
  ["rounds=1.5", "[training.rounds] found 1.5: give it an integer"],
  ["rounds=true", "[training.rounds] found true: give it an integer"],
  ["fast=1", "[training.fast] found 1: give it true or false"],
  ["optimizer=adm", '[training.optimizer] found "adm": give it "adam" or "sgd"'],
  ["layers=8", "[training.layers] found 8: give it a list of integers, in JSON"],
  ['layers=["8"]', '[training.layers] found ["8"]: give it a list of integers, in JSON'],
  ["tags={}", "[training.tags] found {}: give it a list, in JSON"],
  ["options=[]", "[training.options] found []: give it a struct, in JSON"],
  ["shape={}", "[training.shape] found {}: give it a struct with width: integer, in JSON"],
  [
    "ratee=1",
    "[training.ratee] found an unknown input: known are rate, rounds, name, optimizer, fast, layers, tags, options, shape, source; did you mean rate?",
  ],
  ["rate", '[--param] found "rate": write it as name=value'],
])("%s is refused", (text, message) => {
  expect(complaint(() => readInputs(training, [text], []))).toBe(message);
});

test("what is missing, what is no text and what is no path are told at once", () => {
  expect(complaint(() => readInputs(scoring, ["table=x"], ["label=/no/where", "rate=/"]))).toBe(
    [
      '[scoring.table] found the text "x": give it a system.Dataset, as a file or folder',
      "[scoring.label] found no file or folder at /no/where",
      "[scoring.rate] found a file for what takes no path: give it a double",
    ].join("\n"),
  );
  expect(complaint(() => readInputs(scoring, ["label=x"], []))).toBe(
    [
      "[scoring.table] found nothing: give it a system.Dataset, as a file or folder, by --file table=…",
      "[scoring.rate] found nothing: give it a double, by --param rate=…",
    ].join("\n"),
  );
  expect(complaint(() => readInputs(nothing, ["rate=1"], []))).toBe(
    "[nothing.rate] found an input where there is none: leave it out",
  );
});
