import { describe, expect, test } from "vitest";
import {
  artifact,
  artifactOf,
  artifactsOf,
  boolean,
  dataset,
  double,
  finalStatus,
  integer,
  list,
  metrics,
  model,
  type Ports,
  pythonStep,
  string,
  struct,
} from "../../../pipelines/index.ts";
import { checkSignature } from "../../../pipelines/python/check.ts";

/** What a user is told about a function `train` with these ports. */
function told(source: string, inputs: Ports = {}, outputs: Ports = {}): readonly string[] {
  return checkSignature(source, pythonStep({ file: "/steps/train.py", inputs, outputs }));
}

describe("a signature that agrees with its ports", () => {
  test.each([
    [
      "parameters",
      "def train(a: str, b: int, c: float, d: bool, e: list, f: dict): ...",
      { a: string(), b: integer(), c: double(), d: boolean(), e: list(), f: struct() },
      {},
    ],
    [
      "generic lists and dictionaries",
      "def train(a: List[int], b: list[str], c: Dict[str, int], d: dict[str, str]): ...",
      { a: list(), b: list(), c: struct(), d: struct() },
      {},
    ],
    [
      "what may be left out",
      "def train(a: Optional[str] = None, b: int = 3, c: Union[str, None] = None): ...",
      { a: string({ optional: true }), b: integer({ default: 3 }), c: string({ optional: true }) },
      {},
    ],
    [
      "a parameter that has a default and is no port",
      "def train(a: str, verbose: bool = False): ...",
      { a: string() },
      {},
    ],
    [
      "artifacts",
      "def train(a: Input[Dataset], b: dsl.Model, c: Output[Metrics]): ...",
      { a: dataset(), b: model() },
      { c: metrics() },
    ],
    [
      "lists of artifacts",
      "def train(a: Input[List[Dataset]], b: list[Model]): ...",
      { a: artifactsOf(dataset()), b: artifactsOf(model()) },
      {},
    ],
    [
      "a class for a schema of one's own",
      "class Scan(Artifact): ...\ndef train(a: Input[Scan], b: Input[Artifact]): ...",
      { a: artifactOf("system.Scan"), b: artifactOf("system.Scan") },
      {},
    ],
    ["an output file", "def train(a: OutputPath(int), b: OutputPath()): ...", {}, { a: integer(), b: string() }],
    ["a value that is returned", "def train() -> float: ...", {}, { Output: double() }],
    [
      "a named tuple of its own",
      "class Sizes(NamedTuple):\n    rows: int\n    columns: int\n\ndef train() -> Sizes: ...",
      {},
      { rows: integer(), columns: integer() },
    ],
    [
      "a named tuple that is written out",
      'def train() -> NamedTuple("Sizes", rows=int, name=str): ...',
      {},
      { rows: integer(), name: string() },
    ],
    [
      "a named tuple of pairs",
      'Sizes = NamedTuple("Sizes", [("rows", int), ("table", Dataset)])\ndef train() -> Sizes: ...',
      {},
      { rows: integer(), table: dataset() },
    ],
    ["a final status", "def train(status: PipelineTaskFinalStatus): ...", { status: finalStatus() }, {}],
    [
      "comments, decorators and a star",
      "@cached\ndef train(\n    a: str,  # the first, of several\n    *,\n    b: int,\n) -> None:\n    pass",
      { a: string(), b: integer() },
      {},
    ],
  ])("%s", (_, source, inputs, outputs) => {
    expect(told(source, inputs, outputs)).toEqual([]);
  });
});

describe("a signature that differs", () => {
  test("no such function", () => {
    expect(told("def fit(): ...\ndef test(): ...")).toEqual([
      "found no function train in train.py: it has fit, test; name one of its top level",
    ]);
    expect(told("rate = 3")).toEqual(["found no function train in train.py: it has none; name one of its top level"]);
  });

  test("a head that is no Python", () => {
    expect(told("import os\n\ndef train(a: str,, b): ...", { a: string() })).toEqual([
      "found a head of train in train.py that is no Python, in line 3: mend it",
    ]);
  });

  test("what kfp cannot call", () => {
    expect(told("async def train(a: str): ...", { a: string() })).toEqual([
      "found async in train of train.py: kfp calls it and does not wait for it: make it a plain function",
    ]);
    expect(told("def train(a: str,  # the first\n  /): ...", { a: string() })).toEqual([
      "found / in train of train.py: kfp calls it by the names of its parameters: leave the slash out",
    ]);
  });

  test("types that are texts, which kfp cannot read", () => {
    expect(told("from __future__ import annotations\ndef train(a: str): ...", { a: string() })).toEqual([
      "found from __future__ import annotations in train.py: kfp reads the types when it runs the step: leave it out",
    ]);
    expect(
      told('def train(a: "str", b: str | None = None): ...', { a: string(), b: string({ optional: true }) }),
    ).toEqual([
      'found a: "str" in train of train.py, where the port is a string: write a: str',
      "found b: str | None in train of train.py, where the port is a string: write b: str",
    ]);
  });

  test("inputs", () => {
    expect(
      told("def train(a: int, b, c: Input[Model], d: Output[Dataset], extra: str): ...", {
        a: double(),
        b: string(),
        c: dataset(),
        d: dataset(),
        e: integer(),
      }),
    ).toEqual([
      "found b without a type in train of train.py: give it the type of its port",
      "found a: int in train of train.py, where the port is a double: write a: float",
      "found c: Input[Model] in train of train.py, where the port is a system.Dataset: write c: Input[Dataset]",
      "found d: Output[Dataset], which is an output, in train of train.py, where the port is a system.Dataset: write d: Input[Dataset]",
      "found no e in train of train.py, where the port is an integer: write e: int",
      "found extra in train of train.py, which is no port: declare it, or give it a default",
    ]);
  });

  test("an input that may be left out, and Python does not know", () => {
    expect(told("def train(a: Optional[str]): ...", { a: string({ optional: true }) })).toEqual([
      "found a without a default in train of train.py, where the port may be left out: write a: str = None",
    ]);
  });

  test("an artifact of another class", () => {
    expect(told("def train(a: Input[Artifact]): ...", { a: dataset() })).toEqual([
      "found a: Input[Artifact] in train of train.py, where the port is a system.Dataset: write a: Input[Dataset]",
    ]);
    expect(told("def train(a: Input[Dataset]): ...", { a: artifactsOf(dataset()) })).toEqual([
      "found a: Input[Dataset] in train of train.py, where the port is a list of system.Dataset: write a: Input[list[Dataset]]",
    ]);
    expect(told("def train(a: Input[Dataset]): ...", { a: artifact() })).toEqual([
      "found a: Input[Dataset] in train of train.py, where the port is a system.Artifact: write a: Input[Artifact]",
    ]);
  });

  test("outputs", () => {
    expect(
      told(
        "def train(a: Output[Dataset], b: OutputPath(str), c: Input[Model]) -> str: ...",
        {},
        {
          a: model(),
          b: integer(),
          c: model(),
          d: double(),
        },
      ),
    ).toEqual([
      "found a: Output[Dataset] in train of train.py, where the port is a system.Model: write a: Output[Model]",
      "found b: OutputPath(str) in train of train.py, where the port is an integer: write b: OutputPath(int), or return it",
      "found c: Input[Model], which is an input, in train of train.py, where the output is a system.Model: write c: Output[Model]",
      "found no d in train of train.py, where the output is a double: write d: OutputPath(float), or return it",
      "found that train of train.py returns Output, which is no output: declare it",
    ]);
  });
});
