import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { libraryHere, trackedExecutors } from "../../../local/pipeline/library.ts";
import { libraryLock, lockFor, missingPackages } from "../../../local/pipeline/packages.ts";
import { compile, pipeline, stepLibrary, tracked } from "../../../pipelines/index.ts";
import { filiera, folder, write } from "../../support/filiera.ts";

const { ingest } = stepLibrary({ image: "registry.example.com/filiera/steps:1" });
const one = pipeline({ name: "one" }, (steps) => {
  steps.run(ingest, { uri: "cards.csv" });
});
afterEach(() => vi.unstubAllEnvs());

test("steps of the library run with the lock of our image, which has all that they import", () => {
  expect(lockFor(one, undefined)).toEqual(libraryLock());
  expect(missingPackages(one, libraryLock(), folder())).toEqual([]);
});

test("a lock of the project's must have what they import", () => {
  const project = folder();
  write(project, { "requirements.txt": "kfp==2.17.0 \\\nskops==0.16.0 \\\npandas==1.0.0 \\\n" });
  const [problem, ...others] = missingPackages(one, lockFor(one, join(project, "requirements.txt")), project);
  expect(others).toEqual([]);
  expect(problem).toEqual({
    path: "one/ingest",
    message:
      "found packages that requirements.txt does not lock: mlflow-skinny==3.17.2, alembic, sqlalchemy, confluent-kafka, botocore, fairlearn<0.15, openlineage-python==1.*, pandas==2.3.*, pyarrow, scikit-learn==1.7.*; add them to what is locked, and lock anew",
  });
});

test("models go to a store of the project's, and another store makes other results", () => {
  vi.stubEnv("MLFLOW_TRACKING_URI", "");
  const project = folder();
  const said: string[] = [];
  const first = libraryHere(project, "run-1", (line) => said.push(line));
  expect(said).toEqual([
    "models go to MLflow: .filiera/mlflow, a store of this project's; MLFLOW_TRACKING_URI names a server",
  ]);
  expect(first.tracking.env).toEqual({
    MLFLOW_TRACKING_URI: `sqlite:///${join(project, ".filiera/mlflow/mlflow.db")}`,
  });
  expect(first.env).toMatchObject({ MLFLOW_TRACKING_URI: "", FILIERA_RUN: "run-1", FILIERA_COMMIT: "" });
  expect(existsSync(join(first.env["PYTHONPATH"] ?? "", "filiera_steps/errors.py"))).toBe(true);
  expect(libraryHere(project, "run-2", () => {}).tracking).toEqual(first.tracking);
  rmSync(join(project, ".filiera"), { recursive: true });
  const another = libraryHere(project, "run-3", () => {});
  expect(another.tracking.identity).not.toBe(first.tracking.identity);
  // what steps give that know no MLflow is what it was
  expect(another.content).toBe(first.content);
});

test("a server that is named is taken, and its password is not shown", () => {
  vi.stubEnv("MLFLOW_TRACKING_URI", "https://me:secret@mlflow.example.com");
  const project = folder();
  const said: string[] = [];
  const { env, tracking } = libraryHere(project, "run", (line) => said.push(line));
  expect(env["MLFLOW_TRACKING_URI"]).toBe("");
  expect(tracking.env["MLFLOW_TRACKING_URI"]).toBe("https://me:secret@mlflow.example.com");
  expect(said).toEqual(["models go to MLflow: https://mlflow.example.com, as MLFLOW_TRACKING_URI says"]);
  expect(tracking.identity).not.toContain("secret");
  expect(existsSync(join(project, ".filiera/mlflow"))).toBe(false);
});

test("the MLflow that runs here goes before all others, who signs in is told apart, and no proxy is asked for it", () => {
  vi.stubEnv("MLFLOW_TRACKING_URI", "https://mlflow.example.com");
  vi.stubEnv("no_proxy", "example.com");
  const signIn = { user: "admin", password: "secret" };
  const here = { address: "http://127.0.0.1:5000", identity: "made 1", shown: "here", signIn };
  const library = (identity: string) => libraryHere(folder(), "run", () => {}, "steps", { ...here, identity });
  const { env, content, tracking } = library("made 1");
  expect(env).not.toHaveProperty("MLFLOW_TRACKING_PASSWORD");
  expect(tracking.env).toEqual({
    MLFLOW_TRACKING_URI: "http://127.0.0.1:5000",
    MLFLOW_TRACKING_USERNAME: "admin",
    MLFLOW_TRACKING_PASSWORD: "secret",
    NO_PROXY: "example.com,127.0.0.1",
    no_proxy: "example.com,127.0.0.1",
  });
  expect(`${content}${tracking.identity}`).not.toContain("secret");
  expect(library("made 2").tracking.identity).not.toBe(tracking.identity);
});

test("those steps alone reach MLflow that are given it on the platform, by themselves or with its other secrets", () => {
  const mlflow = tracked({ secret: "mlflow" });
  const others = { kubernetes: { secretEnv: [{ secret: "s3", keys: { key: "AWS_SECRET_ACCESS_KEY" } }] } };
  const two = pipeline({ name: "two" }, (steps) => {
    steps.run(ingest, { uri: "cards.csv" }, others);
    steps.run(ingest, { uri: "cards.csv" }, mlflow);
  });
  expect(trackedExecutors(compile(two))).toEqual(["exec-ingest-2"]);
  expect(trackedExecutors(compile(one))).toEqual([]);
});

test("keys of people are in a store of the project's, which stays what it is and nobody else reads", () => {
  vi.stubEnv("MLFLOW_TRACKING_URI", "");
  vi.stubEnv("FILIERA_KEYS", "");
  const project = folder();
  const keys = join(project, ".filiera/keys");
  expect(libraryHere(project, "run-1", () => {}).env["FILIERA_KEYS"]).toBe(keys);
  const salt = readFileSync(join(keys, "salt"));
  expect(salt).toHaveLength(32);
  expect([statSync(keys).mode & 0o777, statSync(join(keys, "salt")).mode & 0o777]).toEqual([0o700, 0o600]);
  libraryHere(project, "run-2", () => {});
  expect(readFileSync(join(keys, "salt"))).toEqual(salt);
  vi.stubEnv("FILIERA_KEYS", "/elsewhere");
  expect(libraryHere(folder(), "run-3", () => {}).env["FILIERA_KEYS"]).toBe("/elsewhere");
});

test("serving requests go into a folder of the project's, another for another store of models, or where it is said", () => {
  vi.stubEnv("MLFLOW_TRACKING_URI", "");
  vi.stubEnv("FILIERA_SERVING", "");
  const project = folder();
  const place = () => libraryHere(project, "run", () => {}).env["FILIERA_SERVING"] ?? "";
  const first = place();
  expect(first).toMatch(/\/\.filiera\/serving\/[0-9a-f]{12}$/);
  expect(place()).toBe(first);
  rmSync(join(project, ".filiera"), { recursive: true });
  expect(place()).not.toBe(first);
  vi.stubEnv("FILIERA_SERVING", "s3://models/serving");
  expect(place()).toBe("s3://models/serving");
});

test("a store that cannot be written is told", () => {
  vi.stubEnv("MLFLOW_TRACKING_URI", "");
  const project = folder();
  write(project, { ".filiera": "a file" });
  expect(() => libraryHere(project, "run", () => {})).toThrow(
    `[${join(project, ".filiera/mlflow")}] cannot be written (ENOTDIR: not a directory): models are registered there, or set MLFLOW_TRACKING_URI`,
  );
  vi.stubEnv("MLFLOW_TRACKING_URI", "https://mlflow.example.com");
  expect(() => libraryHere(project, "run", () => {})).toThrow(
    `[${join(project, ".filiera/keys")}] cannot be written (ENOTDIR: not a directory): the keys of people are there, or set FILIERA_KEYS`,
  );
});

test("a model carries the commit, and whether files differ from it", () => {
  const project = folder();
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@example.com", ...args], { cwd: project });
  git("init", "--quiet");
  write(project, { "a.txt": "one" });
  git("add", "a.txt");
  git("commit", "--quiet", "--message", "one");
  expect(libraryHere(project, "run", () => {}).env["FILIERA_COMMIT"]).toMatch(/^[0-9a-f]{40}$/);
  write(project, { "a.txt": "two" });
  expect(libraryHere(project, "run", () => {}).env["FILIERA_COMMIT"]).toMatch(/^[0-9a-f]{40}\+changed$/);
});

test("a project says in its package.json where else its pipelines are", async () => {
  const project = folder();
  const module = (name: string) =>
    `import { pipeline } from "filiera/pipelines"; export default pipeline({ name: "${name}" }, () => {});`;
  write(project, {
    "package.json": JSON.stringify({ filiera: { pipelines: ["teams/*/pipelines"] } }),
    "teams/one/pipelines/a.mjs": module("a"),
    "teams/two/pipelines/b/index.mjs": module("b"),
    "pipelines/c.mjs": module("c"),
  });
  const { stdout, stderr } = await filiera(["pipeline", "list"], { cwd: project });
  expect(stderr).toBe("");
  expect(stdout).toBe("a    teams/one/pipelines/a.mjs\nb    teams/two/pipelines/b/index.mjs\n");
});
