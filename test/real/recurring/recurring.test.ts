import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, Chart, Duration } from "cdk8s";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type JsonObject, listAt, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import { render } from "../../../constructs/kernel/render.ts";
import { PipelineRelease, type RecurringRun } from "../../../constructs/kubeflow/index.ts";
import { AUDIENCE } from "../../../constructs/kubeflow/server.ts";
import { ownProgram } from "../../../local/programs/own.ts";
import { compile, containerStep, double, integer, pipeline, string } from "../../../pipelines/index.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";
import { KUBEFLOW, Kubeflow } from "./kubeflow.ts";

const { skip, title } = skipped(layers.recurring);

const nightly: RecurringRun = {
  name: "nightly",
  schedule: { kind: "cron", cron: "30 3 * * mon-fri" },
  parameters: { rate: 0.5, days: 7, label: "of [[ScheduledTime]]" },
  description: "Every working day.",
};
const hourly: RecurringRun = { name: "hourly", schedule: { kind: "interval", every: Duration.hours(1) } };

/** A release whose pipeline does what its argument says. */
function released(
  runs: readonly RecurringRun[],
  argument = "one",
  { multiUser = false, namespace = KUBEFLOW }: { readonly multiUser?: boolean; readonly namespace?: string } = {},
) {
  const train = containerStep({ name: "train", container: { image: "python:3.12", args: [argument] } });
  const inputs = {
    rate: double({ default: 0.1 }),
    days: integer({ default: 1 }),
    label: string({ default: "" }),
  };
  const training = pipeline({ name: "training", inputs }, (steps) => {
    steps.run(train, {});
  });
  const release = new PipelineRelease(new Chart(new App(), "test"), "release", {
    pipeline: compile(training),
    namespace,
    recurringRuns: { runs, image: { reference: "recurring-runs:1" }, server: { multiUser } },
  });
  return render(release).map(({ manifest }) => manifest);
}

/** Applies what a release is, but the Job, whose program it runs as the Job would. */
async function ship(kubeflow: Kubeflow, manifests: readonly JsonObject[], env: Readonly<Record<string, string>> = {}) {
  for (const manifest of manifests) {
    if (manifest["kind"] !== "Job" && manifest["kind"] !== "NetworkPolicy") await apply(kubeflow, manifest);
  }
  const document = manifests.find(({ kind }) => kind === "ConfigMap");
  const folder = join(kubeflow.plane.processes.folder, "state");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "state.json"), textAt(document, "data", "state.json") ?? "");
  const { path, env: own } = await ownProgram("recurring-runs", () => {});
  const args = ["-m", "recurring_runs", join(folder, "state.json"), "--wait-seconds", "2"];
  const { exitCode, stdout, stderr } = await execa(join(path[0] ?? "", "python"), args, {
    reject: false,
    extendEnv: false,
    cwd: folder,
    env: { ...own, PATH: process.env["PATH"], KFP_API_URL: kubeflow.url, ...env },
  });
  return { exitCode, stdout: stdout.split("\n").filter((line) => !line.startsWith("waiting")), stderr };
}

async function apply(kubeflow: Kubeflow, manifest: JsonObject): Promise<void> {
  const { apiVersion, kind, metadata } = manifest;
  const name = textAt(manifest, "metadata", "name") ?? "";
  const object = { apiVersion: String(apiVersion), kind: String(kind), metadata: { ...objectAt(metadata), name } };
  await kubeflow.plane.client.apply({ ...manifest, ...object });
}

const idOf = (run: JsonObject | undefined) => textAt(run, "recurring_run_id") ?? "";

async function runsOf(kubeflow: Kubeflow): Promise<Readonly<Record<string, JsonObject>>> {
  const answer = await kubeflow.ask("GET", "recurringruns?page_size=200");
  return Object.fromEntries(listAt(answer, "recurringRuns").map((run) => [String(run["display_name"]), run]));
}

describe.skipIf(skip)(title, () => {
  let kubeflow: Kubeflow;

  beforeAll(async () => {
    kubeflow = await Kubeflow.start();
  });
  afterAll(() => kubeflow[Symbol.asyncDispose]());

  test("are made as declared, of the version that is released, and known to Kubeflow and to Kubernetes", async () => {
    expect(await ship(kubeflow, released([nightly, hourly]))).toEqual({
      exitCode: 0,
      stdout: ["recurring run hourly: created", "recurring run nightly: created"],
      stderr: "",
    });
    const { nightly: made, hourly: other } = await runsOf(kubeflow);
    expect(made).toMatchObject({
      description: expect.stringMatching(/^Every working day\.\n\[filiera training\/nightly [0-9a-f]{12}\]$/),
      trigger: { cron_schedule: { cron: "0 30 3 * * mon-fri" } },
      runtime_config: { parameters: nightly.parameters },
      max_concurrency: "1",
      no_catchup: true,
      status: "ENABLED",
    });
    expect(other).toMatchObject({ trigger: { periodic_schedule: { interval_second: "3600" } } });
    const versions = await kubeflow.plane.client.list("pipelines.kubeflow.org/v2beta1", "PipelineVersion", KUBEFLOW);
    expect(objectAt(made, "pipeline_version_reference")["pipeline_version_id"]).toBe(
      textAt(versions[0], "metadata", "uid"),
    );
    const scheduled = await kubeflow.plane.client.list("kubeflow.org/v1beta1", "ScheduledWorkflow", KUBEFLOW);
    expect(scheduled.map((each) => objectAt(each, "metadata")["uid"]).sort()).toEqual([idOf(made), idOf(other)].sort());
  });

  test("stay as they are where nothing changed", async () => {
    const before = await runsOf(kubeflow);
    expect(await ship(kubeflow, released([nightly, hourly]))).toEqual({
      exitCode: 0,
      stdout: ["nothing changed: 2 recurring runs are as declared"],
      stderr: "",
    });
    expect(await runsOf(kubeflow)).toEqual(before);
  });

  test("are made anew where they changed, and only those", async () => {
    const before = await runsOf(kubeflow);
    const later = { ...nightly, schedule: { kind: "cron", cron: "30 4 * * *" } } as const;
    expect((await ship(kubeflow, released([later, hourly]))).stdout).toEqual([
      "recurring run nightly: created",
      `recurring run nightly: ${idOf(before["nightly"])} deleted, since it is replaced`,
    ]);
    const after = await runsOf(kubeflow);
    expect(after["nightly"]).toMatchObject({ trigger: { cron_schedule: { cron: "0 30 4 * * *" } } });
    expect(idOf(after["hourly"])).toBe(idOf(before["hourly"]));
  });

  test("run the new version of a pipeline that changed, an interval from the same beat", async () => {
    const before = await runsOf(kubeflow);
    expect((await ship(kubeflow, released([nightly, hourly], "two"))).stdout).toHaveLength(4);
    const after = await runsOf(kubeflow);
    const version = (runs: typeof before, name: string) => runs[name]?.["pipeline_version_reference"];
    expect(version(after, "nightly")).toEqual(version(after, "hourly"));
    expect(version(after, "hourly")).not.toEqual(version(before, "hourly"));
    expect(objectAt(after["hourly"], "trigger", "periodic_schedule")["start_time"]).toBe(
      before["hourly"]?.["created_at"],
    );
  });

  test("that somebody paused stay paused, as another version too, until the program says otherwise", async () => {
    const paused = idOf((await runsOf(kubeflow))["nightly"]);
    await kubeflow.ask("POST", `recurringruns/${paused}:disable`);
    const status = async () => (await runsOf(kubeflow))["nightly"]?.["status"];
    expect((await ship(kubeflow, released([nightly, hourly], "two"))).stdout).toEqual([
      "nothing changed: 2 recurring runs are as declared",
    ]);
    expect((await ship(kubeflow, released([nightly, hourly], "three"))).stdout).toContain(
      "recurring run nightly: created, disabled as it was",
    );
    expect(await status()).toBe("DISABLED");
    const enabled = { ...nightly, enabled: true };
    expect((await ship(kubeflow, released([enabled, hourly], "three"))).stdout).toEqual([
      "recurring run nightly: enabled",
    ]);
    expect(await status()).toBe("ENABLED");
    const disabled = { ...nightly, enabled: false };
    expect((await ship(kubeflow, released([disabled, hourly], "three"))).stdout).toEqual([
      "recurring run nightly: disabled",
    ]);
    expect(await status()).toBe("DISABLED");
  });

  test("are deleted when they are declared no more; what people made is left alone, a copy of ours too", async () => {
    const { hourly: ours } = await runsOf(kubeflow);
    const { description, pipeline_version_reference, trigger } = ours ?? {};
    const copy = {
      pipeline_version_reference: pipeline_version_reference ?? null,
      trigger: trigger ?? null,
      max_concurrency: "1",
      mode: "ENABLE",
    };
    await kubeflow.ask("POST", "recurringruns", {
      ...copy,
      display_name: "Clone of hourly",
      description: description ?? "",
    });
    await kubeflow.ask("POST", "recurringruns", { ...copy, display_name: "hourly-by-hand" });
    // what a program leaves that was killed before it deleted the one that it replaced
    await kubeflow.ask("POST", "recurringruns", { ...copy, display_name: "hourly", description: description ?? "" });
    expect((await ship(kubeflow, released([hourly], "three"))).stdout).toEqual([
      expect.stringMatching(/^recurring run hourly: \S+ deleted, since it is replaced$/),
      expect.stringMatching(/^recurring run nightly: \S+ deleted, since it is no longer declared$/),
    ]);
    expect(Object.keys(await runsOf(kubeflow)).sort()).toEqual(["Clone of hourly", "hourly", "hourly-by-hand"]);
    await ship(kubeflow, released([], "three"));
    expect(Object.keys(await runsOf(kubeflow)).sort()).toEqual(["Clone of hourly", "hourly-by-hand"]);
  });

  test("that the server refuses are told in its words, and the others made", async () => {
    const manifests = released([nightly, hourly], "three").map((manifest) =>
      manifest["kind"] === "ConfigMap"
        ? {
            ...manifest,
            data: { "state.json": String(textAt(manifest, "data", "state.json")).replace("3 * * mon", "x * * mon") },
          }
        : manifest,
    );
    const { exitCode, stdout, stderr } = await ship(kubeflow, manifests);
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 1,
      stdout: ["recurring run hourly: created"],
      stderr: `error: recurring run 'nightly': status 400: Failed to create a recurring run due to conversion error: Invalid input error: Schedule cron is not a supported format(https://godoc.org/github.com/robfig/cron). Error: Failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax`,
    });
  });

  test("of a version that Kubeflow has not are waited for, and then given up, which is said", async () => {
    const manifests = released([hourly], "four").filter(({ kind }) => kind !== "PipelineVersion");
    const { exitCode, stderr } = await ship(kubeflow, manifests);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringMatching(
        /^error: gave up after 2 s on \S+: it has no version [0-9a-f]{12} of training; see its pods, and whether it keeps pipelines as objects$/,
      ),
    });
  });
});

describe.skipIf(skip)(`${title}, with several users`, () => {
  const TEAM = "team";
  let kubeflow: Kubeflow;

  beforeAll(async () => {
    kubeflow = await Kubeflow.start("several");
    await kubeflow.plane.client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: TEAM } });
  });
  afterAll(() => kubeflow[Symbol.asyncDispose]());

  /** A token as the kubelet would mount it. */
  async function token(account: string, audience = AUDIENCE): Promise<string> {
    const { body } = await kubeflow.plane.client.request(
      "POST",
      `/api/v1/namespaces/${TEAM}/serviceaccounts/${account}/token`,
      { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { audiences: [audience] } },
    );
    const file = join(kubeflow.plane.processes.folder, `${account}.token`);
    writeFileSync(file, textAt(body, "status", "token") ?? "");
    return file;
  }

  test("are made in a user's namespace with the rights of the Job's account, and with no other's", async () => {
    const manifests = released([nightly], "one", { multiUser: true, namespace: TEAM });
    for (const manifest of manifests) if (manifest["kind"] === "ServiceAccount") await apply(kubeflow, manifest);
    const file = await token("training-recurring");
    const without = manifests.filter(({ kind }) => kind !== "RoleBinding");
    const refused = await ship(kubeflow, without, { KFP_TOKEN_FILE: file });
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/status 403: .*is not authorized/) });
    expect(await ship(kubeflow, manifests, { KFP_TOKEN_FILE: file })).toEqual({
      exitCode: 0,
      stdout: ["recurring run nightly: created"],
      stderr: "",
    });
    expect((await ship(kubeflow, manifests, { KFP_TOKEN_FILE: file })).stdout).toEqual([
      "nothing changed: 1 recurring runs are as declared",
    ]);
    const changed = released([{ ...nightly, enabled: false }, hourly], "two", { multiUser: true, namespace: TEAM });
    expect((await ship(kubeflow, changed, { KFP_TOKEN_FILE: file })).stdout).toEqual([
      "recurring run hourly: created",
      "recurring run nightly: created, disabled",
      expect.stringMatching(/^recurring run nightly: \S+ deleted, since it is replaced$/),
    ]);
    const enabled = released([{ ...nightly, enabled: true }], "two", { multiUser: true, namespace: TEAM });
    expect((await ship(kubeflow, enabled, { KFP_TOKEN_FILE: file })).stdout).toEqual([
      expect.stringMatching(/^recurring run hourly: \S+ deleted, since it is no longer declared$/),
      "recurring run nightly: enabled",
    ]);
    const scheduled = await kubeflow.plane.client.list("kubeflow.org/v1beta1", "ScheduledWorkflow");
    // the others are on their way, once their runs belong to nobody
    const left = scheduled.filter((each) => textAt(each, "metadata", "deletionTimestamp") === undefined);
    expect(left.map((each) => textAt(each, "metadata", "namespace"))).toEqual([TEAM]);
  });

  test("are not made without a token, or with one for somebody else", async () => {
    const manifests = released([nightly], "one", { multiUser: true, namespace: TEAM });
    expect(await ship(kubeflow, manifests)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^error: \S+: status 401: /),
    });
    const file = await token("training-recurring", "https://kubernetes.default.svc");
    expect(await ship(kubeflow, manifests, { KFP_TOKEN_FILE: file })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^error: \S+: status 401: /),
    });
  });
});
