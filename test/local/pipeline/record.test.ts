import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lockFor } from "../../../local/pipeline/packages.ts";
import { RunFolder, type RunRecord, readRun } from "../../../local/pipeline/record.ts";
import { pipeline } from "../../../pipelines/index.ts";
import { folder } from "../../support/filiera.ts";

const record: RunRecord = {
  pipeline: "cards",
  id: "1",
  state: "running",
  started: "2026-01-01T00:00:00Z",
  parameters: {},
  spec: "",
  packages: "",
  tasks: {},
};

test("the last run is the last that has a record: one may have been killed before", () => {
  const project = folder();
  const run = RunFolder.make(project, "cards", new Date("2026-01-01T00:00:00Z"));
  run.write(record);
  RunFolder.make(project, "cards", new Date("2026-01-02T00:00:00Z"));
  expect(readRun(project, "cards", "last")).toEqual(record);
  expect(() => readRun(project, "cards", "2")).toThrow(`[cards] found no run "2": there are ${run.id}`);
});

test("a record that cannot be written is said, and leaves no half of one", () => {
  const run = RunFolder.make(folder(), "cards", new Date());
  mkdirSync(join(run.path, "run.json"));
  expect(() => run.write(record)).toThrow(
    new RegExp(
      `^\\[${run.path}\\] cannot be written \\(EISDIR: .*\\): a run keeps its record there, run it elsewhere by -C$`,
    ),
  );
  expect(readdirSync(run.path).sort()).toEqual(["artifacts", "logs", "run.json", "tmp"]);
});

test("pipelines that have one lock share what is installed", () => {
  const [one, other] = ["one", "other"].map((name) => pipeline({ name }, () => {}));
  expect(one && lockFor(one, "requirements.txt")).toEqual(other && lockFor(other, "requirements.txt"));
});
