import { Duration } from "cdk8s";
import { describe, expect, test } from "vitest";
import { type JsonObject, listAt, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import { render } from "../../../constructs/kernel/render.ts";
import { PipelineRelease, type RecurringRun, type RecurringRunsProps } from "../../../constructs/kubeflow/index.ts";
import {
  boolean,
  compile,
  containerStep,
  dataset,
  integer,
  listOf,
  pipeline,
  string,
} from "../../../pipelines/index.ts";
import { chart } from "../../support/chart.ts";
import { complaint } from "../../support/errors.ts";

function find(manifests: readonly JsonObject[], kind: string, name: string | RegExp): JsonObject {
  const found = manifests.find((each) => each["kind"] === kind && textAt(each, "metadata", "name")?.match(name));
  expect(found).toBeDefined();
  return found ?? {};
}

const image = { reference: "registry.example.com/filiera/recurring-runs:1" };
const nightly: RecurringRun = {
  name: "nightly",
  schedule: { kind: "cron", cron: "30 3 * * mon-fri" },
  parameters: { day: "[[ScheduledTime]]" },
};

function released(
  runs: readonly RecurringRun[],
  {
    argument = "one",
    name = "training",
    ...more
  }: Partial<RecurringRunsProps> & { argument?: string; name?: string } = {},
) {
  const train = containerStep({ name: "train", container: { image: "python:3.12", args: [argument] } });
  const inputs = {
    day: string(),
    rounds: integer({ default: 3 }),
    dry: boolean({ optional: true }),
    rates: listOf(integer(), { default: [1] }),
  };
  const training = pipeline({ name, inputs }, (steps) => {
    steps.run(train, {});
  });
  const release = new PipelineRelease(chart(), "release", {
    pipeline: compile(training),
    namespace: "kubeflow",
    recurringRuns: { runs, image, ...more },
  });
  const manifests = render(release).map(({ manifest }) => manifest);
  return { release, manifests, job: find(manifests, "Job", /^training-recurring-/) };
}

const refusal = (run: Partial<RecurringRun>, of = nightly) => complaint(() => released([{ ...of, ...run }]));
const cron = (text: string) => refusal({ schedule: { kind: "cron", cron: text } });

describe("recurring runs of a release", () => {
  test("are a Job that is told what there shall be, after the version, and may reach nothing but Kubeflow", () => {
    const { release, manifests, job } = released([
      { ...nightly, description: "Every working day.", enabled: false },
      { ...nightly, name: "often", schedule: { kind: "interval", every: Duration.minutes(90) }, maxConcurrency: 2 },
    ]);
    const kinds = manifests.map(({ kind }) => kind);
    expect(kinds.indexOf("Job")).toBeGreaterThan(kinds.indexOf("PipelineVersion"));
    expect(JSON.parse(textAt(find(manifests, "ConfigMap", "training-recurring"), "data", "state.json") ?? "")).toEqual({
      pipeline: "training",
      version: release.version,
      runs: [
        {
          name: "nightly",
          schedule: { cron: "0 30 3 * * mon-fri" },
          parameters: { day: "[[ScheduledTime]]" },
          maxConcurrency: 1,
          catchup: false,
          experiment: "Default",
          enabled: false,
          description: "Every working day.",
        },
        {
          name: "often",
          schedule: { intervalSeconds: 5400 },
          parameters: { day: "[[ScheduledTime]]" },
          maxConcurrency: 2,
          catchup: false,
          experiment: "Default",
        },
      ],
    });
    const [container] = listAt(objectAt(job, "spec", "template", "spec"), "containers");
    expect(container).toMatchObject({
      command: ["python", "-m", "recurring_runs"],
      args: ["/etc/recurring-runs/state.json"],
      env: [{ name: "KFP_API_URL", value: "http://ml-pipeline.kubeflow.svc.cluster.local:8888" }],
    });
    const policy = find(manifests, "NetworkPolicy", "training-recurring");
    expect(listAt(objectAt(policy, "spec"), "egress").slice(1)).toEqual([
      {
        to: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kubeflow" } },
            podSelector: { matchLabels: { app: "ml-pipeline" } },
          },
        ],
        ports: [{ port: 8888, protocol: "TCP" }],
      },
    ]);
    expect(manifests.some(({ kind }) => kind === "Role")).toBe(false);
  });

  test("are another Job where they changed, or the pipeline did, and else the same", () => {
    const name = (...given: Parameters<typeof released>) => textAt(released(...given).job, "metadata", "name");
    const first = name([nightly]);
    expect(name([nightly])).toBe(first);
    const others = [
      name([]),
      name([nightly], { argument: "two" }),
      name([{ ...nightly, enabled: true }]),
      name([{ ...nightly, schedule: { kind: "cron", cron: "31 3 * * mon-fri" } }]),
    ];
    expect(new Set([first, ...others]).size).toBe(5);
  });

  test("carry a token where Kubeflow has several users, and rights of their own", () => {
    const authority = { kind: "pem", pem: "-----BEGIN CERTIFICATE-----" } as const;
    const url = "https://ml-pipeline.kubeflow:8888";
    const { manifests, job } = released([nightly], { server: { multiUser: true, url, authority } });
    const state = JSON.parse(textAt(find(manifests, "ConfigMap", "training-recurring"), "data", "state.json") ?? "");
    expect(state.namespace).toBe("kubeflow");
    const pod = objectAt(job, "spec", "template", "spec");
    expect(listAt(listAt(pod, "containers")[0], "env")).toEqual([
      { name: "KFP_API_URL", value: url },
      { name: "SSL_CERT_FILE", value: "/etc/recurring-runs-trust/ca.crt" },
      { name: "KFP_TOKEN_FILE", value: "/var/run/secrets/pipelines.kubeflow.org/token" },
    ]);
    expect(listAt(pod, "volumes")).toContainEqual({
      name: "var-run-secrets-pipelines-kubeflow-org",
      projected: { sources: [{ serviceAccountToken: { audience: "pipelines.kubeflow.org", path: "token" } }] },
    });
    expect(listAt(find(manifests, "Role", "training-recurring"), "rules")).toEqual([
      { apiGroups: ["pipelines.kubeflow.org"], resources: ["pipelines"], verbs: ["get", "list"] },
      { apiGroups: ["pipelines.kubeflow.org"], resources: ["experiments"], verbs: ["get", "list", "create"] },
      {
        apiGroups: ["pipelines.kubeflow.org"],
        resources: ["jobs"],
        verbs: ["list", "create", "delete", "enable", "disable"],
      },
    ]);
    const kinds = manifests.map(({ kind }) => kind);
    expect(kinds.indexOf("Job")).toBeGreaterThan(kinds.indexOf("RoleBinding"));
  });

  test("are refused with parameters that the pipeline does not take", () => {
    const path = "[test/release.recurringRuns.nightly.parameters";
    expect(refusal({ parameters: {} })).toBe(`${path}.day] found nothing: give it a string`);
    expect(refusal({ parameters: { day: 1, round: 2, rates: "x", dry: "no", rounds: 1.5 } }).split("\n")).toEqual([
      `${path}.round] found an unknown parameter: known are day, dry, rates, rounds; did you mean rounds?`,
      `${path}.day] found 1: give it a string`,
      `${path}.dry] found "no": give it true or false`,
      `${path}.rates] found "x": give it a list`,
      `${path}.rounds] found 1.5: give it an integer`,
    ]);
  });

  test("are refused where a pipeline takes an artifact, which nobody could give", () => {
    const use = containerStep({ name: "use", inputs: { data: dataset() }, container: { image: "python:3.12" } });
    const made = pipeline({ name: "training", inputs: { data: dataset() } }, (steps, { data }) => {
      steps.run(use, { data });
    });
    const recurringRuns = { runs: [{ ...nightly, parameters: {} }], image };
    const release = () =>
      new PipelineRelease(chart(), "release", { pipeline: compile(made), namespace: "kubeflow", recurringRuns });
    expect(complaint(release)).toBe(
      "[test/release.recurringRuns.nightly.parameters.data] found an input that is an artifact, which nobody can give to a recurring run: import it in the pipeline",
    );
  });

  test("are refused with a cron that Kubeflow would not take, or take for another", () => {
    const path = "[test/release.recurringRuns.nightly.schedule.cron]";
    const five =
      'give it the five fields of cron, minute, hour, day of the month, month, day of the week, such as "30 3 * * mon-fri"';
    expect(cron("0 30 3 * * *")).toBe(`${path} found "0 30 3 * * *": ${five}`);
    expect(cron("@daily")).toBe(`${path} found "@daily": ${five}`);
    const such = "such as *, 5, 1-5, */2 or 1,3";
    expect(cron("60 3 * * *")).toBe(`${path} found "60" as the minute: give it numbers from 0 to 59, ${such}`);
    expect(cron("0 3 * * 7")).toBe(
      `${path} found "7" as the day of the week: give it numbers from 0 to 6 or sun to sat, ${such}`,
    );
    for (const wrong of ["*-5", "5-1", "1,,2", "1-2-3", "*/0", "a", "+5", "1/2/3", "-1", ""])
      expect(cron(`${wrong === "" ? "," : wrong} 3 * * *`)).toContain("as the minute: ");
    expect(cron("0 0 31 2,4 *")).toBe(`${path} found "0 0 31 2,4 *", a day that never comes: give it another`);
    for (const right of ["0 0 31 2 mon", "*/5 0-6/2 1,15 jan-MAR ?", "5/10 * 29 feb *", "0 9-17 * * 1-5"])
      expect(() => released([{ ...nightly, schedule: { kind: "cron", cron: right } }])).not.toThrow();
  });

  test("are refused with everything else that is wrong, all at once", () => {
    const runs: RecurringRun[] = [
      { ...nightly, maxConcurrency: 11, description: "x".repeat(250) },
      nightly,
      { ...nightly, name: "a/b" },
      { ...nightly, name: "short", schedule: { kind: "interval", every: Duration.millis(500) } },
    ];
    expect(complaint(() => released(runs)).split("\n")).toEqual([
      "[test/release.recurringRuns.nightly.maxConcurrency] found 11: give it an integer from 1 to 10",
      "[test/release.recurringRuns.nightly.description] found 250 characters: give it 215 at most",
      "[test/release.recurringRuns.nightly.name] found it twice: give each a name of its own",
      '[test/release.recurringRuns.a/b.name] found "a/b": give it 1 to 100 characters other than ] and /, no space in front',
      "[test/release.recurringRuns.short.schedule.every] found 0.5 s: give it whole seconds, one at least",
    ]);
    const long = "a".repeat(45);
    expect(complaint(() => released([nightly], { name: long }))).toBe(
      `[test/release] found recurring runs of a pipeline named "${long}": give it a name of at most 44 characters, so that a Job's fits`,
    );
  });
});
