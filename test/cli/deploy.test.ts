import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { contents, filiera, project } from "../support/filiera.ts";

const LOCAL = readFileSync("environments/Pulumi.local.yaml", "utf8");
const PROD = readFileSync("environments/Pulumi.prod.yaml", "utf8");
const NO_ENGINE =
  "  pulumi: is not on PATH, and the project has no npm package of it: install it from https://www.pulumi.com/docs/install/, or run npm install --save-dev pulumi";
const NO_CLUSTER =
  '  filiera:cluster.context: found "kind-filiera"; allowed: a context of the kubeconfig, and ~/.kube/config has none; kind create cluster --name filiera makes it';

/** Runs a command on a machine that has neither an engine nor a kubeconfig. */
async function bare(args: readonly string[], environments: Readonly<Record<string, string>> = {}) {
  const cwd = project(environments);
  copyFileSync("Pulumi.yaml", join(cwd, "Pulumi.yaml"));
  const before = contents(cwd);
  const ended = await filiera(args, { cwd, env: { PATH: "/nowhere", HOME: join(cwd, "home"), KUBECONFIG: "" } });
  expect(contents(cwd)).toEqual(before);
  return ended;
}

describe.concurrent("without an engine or a cluster", () => {
  it.each([
    ["up", "not deployed"],
    ["preview", "not previewed"],
    ["destroy", "not destroyed"],
  ])("filiera %s ends with status 2 and says what is missing and how to get it", async (operation, outcome) => {
    expect(await bare([operation, "local"])).toEqual({
      code: 2,
      stdout: "",
      stderr: `2 problems, ${outcome}:\n${NO_ENGINE}\n${NO_CLUSTER}\n`,
    });
  });

  it("filiera pulumi needs the engine alone", async () => {
    expect(await bare(["pulumi", "local", "stack", "output"])).toEqual({
      code: 2,
      stdout: "",
      stderr: `1 problem, not run:\n${NO_ENGINE}\n`,
    });
  });

  it("what is wrong in the file comes first, with status 1", async () => {
    expect(await bare(["up", "bad"], { bad: `${LOCAL}  filiera:mlflow:\n    replica: 2\n` })).toEqual({
      code: 1,
      stdout: "",
      stderr: '1 problem, nothing was written:\n  filiera:mlflow.replica: unknown key; did you mean "replicas"?\n',
    });
  });

  it("production is not deployed by tags", async () => {
    const why = "is not set, and production deploys no image by its tag: write the digest that your registry tells";
    expect(await bare(["up", "prod"], { prod: PROD })).toEqual({
      code: 2,
      stdout: "",
      stderr: [
        "4 problems, not deployed:",
        ...["mlflow", "minio-setup", "minio", "postgresql"].map((image) => `  filiera:images.digests.${image}: ${why}`),
        "",
      ].join("\n"),
    });
  });
});

describe.concurrent("a folder without a Pulumi project", () => {
  it("is not deployed from", async () => {
    expect(await filiera(["up", "local"], { cwd: project() })).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "1 problem, not deployed:\n  Pulumi.yaml: is not there: run this in the project's folder, or name that with -C\n",
    });
  });
});
