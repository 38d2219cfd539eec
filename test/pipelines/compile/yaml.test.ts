import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { compile, containerStep, pipeline, toPipelineYaml } from "../../../pipelines/index.ts";

/** Texts that some YAML reads as a number, a boolean, a date, nothing or a key of its own. */
const TRAPS = [
  ...[
    "yes",
    "No",
    "on",
    "OFF",
    "y",
    "N",
    "true",
    "null",
    "~",
    "",
    "=",
    "<<",
    "-",
    "?",
    ":",
    "!x",
    "&a",
    "*a",
    "@",
    "`",
  ],
  ...["010", "0o10", "0x1F", "0b11", "1_000", "1e3", "1.0e+3", ".5", "-.inf", ".NaN", "1:30", "190:20:30", "+1", "1."],
  ...[
    "2026-11-28",
    "2026-1-2",
    "2026-11-28T01:02:03Z",
    "# no",
    "a # b",
    "a: b",
    "a:",
    " a",
    "a ",
    "\ta",
    "{a",
    "[a",
    "|",
    ">",
    "%a",
  ],
  ...[
    "---",
    "...",
    "--- a",
    "a\nb",
    "a\n",
    " a\n \n",
    "\n",
    "\n\na\n\n",
    "  a\n b",
    "a\r\nb",
    "\u0085",
    "\u2028",
    "\ufeff",
    "\u0007",
    "😀",
  ],
];

function written(args: readonly string[]): string {
  const step = containerStep({ name: "step", container: { image: "python:3.12", args } });
  const made = pipeline({ name: "texts" }, (steps) => {
    steps.run(step, {}, { kubernetes: { nodeSelector: { gpu: args[0] ?? "" } } });
  });
  return toPipelineYaml(compile(made));
}

/** The arguments as a reader of a version of YAML finds them: Kubeflow's Python reads 1.1, its Go 1.2. */
function read(text: string, version: "1.1" | "1.2"): unknown {
  const [spec, platform] = parseAllDocuments(text, { version }).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
  const { args } = spec.deploymentSpec.executors["exec-step"].container;
  const { gpu } = platform.platforms.kubernetes.deploymentSpec.executors["exec-step"].nodeSelector.labels;
  return [args, gpu];
}

describe("the YAML of a pipeline", () => {
  test.each(["1.1", "1.2"] as const)("is read as it was meant by YAML %s, whatever a text looks like", (version) => {
    for (const trap of TRAPS) expect(read(written([trap]), version)).toEqual([[trap], trap]);
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 5 }), (args) => {
        expect(read(written(args), version)).toEqual([args, args[0]]);
      }),
      { numRuns: 300 },
    );
    const figures = fc.array(
      fc.string({ unit: fc.constantFrom(..."0123456789_.:+-exbofn"), minLength: 1, maxLength: 8 }),
      {
        minLength: 50,
        maxLength: 50,
      },
    );
    // the reader of this test, unlike KFP's, loses a first line of blanks, however it is written
    const text = fc
      .string({ unit: fc.constantFrom(..."ab \t\n#:-"), maxLength: 9 })
      .filter((each) => !/^[ \t\n]*\n/.test(each));
    const blanks = fc.array(text, { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(fc.oneof(figures, blanks), (args) => {
        expect(read(written(args), version)).toEqual([args, args[0]]);
      }),
      { numRuns: 400 },
    );
  });

  test("has its keys in order, and no line that was folded", () => {
    const text = written(["word ".repeat(100)]);
    expect(text.split("\n").filter((line) => /^\S/.test(line))).toEqual([
      "components:",
      "deploymentSpec:",
      "pipelineInfo:",
      "root:",
      "schemaVersion: 2.1.0",
      expect.stringMatching(/^sdkVersion: /),
      "---",
      "platforms:",
    ]);
    expect(text).toContain("word ".repeat(100));
  });
});
