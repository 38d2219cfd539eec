import type { Duration } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import { Construct, type IDependable } from "constructs";
import { type Problem, throwProblems } from "../kernel/errors.ts";
import { here } from "../kernel/here.ts";
import type { Json, JsonObject } from "../kernel/json.ts";
import { late } from "../kernel/late.ts";
import { cronProblem, withSeconds } from "../settings/cron.ts";
import { trustFile } from "../tls/index.ts";
import { type Image, PART_OF, Workload } from "../workload/index.ts";
import { parameterProblems } from "./parameters.ts";
import { AUDIENCE, type KubeflowServer, serverOf } from "./server.ts";

/** When a recurring run begins a run. */
export type Schedule =
  /** Five fields as everywhere: minute, hour, day of the month, month, day of the week. In the server's time zone, by default UTC. */
  | { readonly kind: "cron"; readonly cron: string }
  /** Whole seconds, one at least, from one beginning to the next; a new version keeps the beat. */
  | { readonly kind: "interval"; readonly every: Duration };

/** A recurring run: runs of a pipeline's version that begin by themselves. */
export interface RecurringRun {
  /** As Kubeflow shows it; no other of the release has it. */
  readonly name: string;
  readonly schedule: Schedule;
  /** Values of the pipeline's parameters; in a text, `[[ScheduledTime]]` is the time for which the run began. @default {} */
  readonly parameters?: Readonly<Record<string, Json>>;
  /** Runs at a time, 1–10. @default 1 */
  readonly maxConcurrency?: number;
  /** Whether every time that was missed, by a server that was away, is made up for, and not just the last. @default false */
  readonly catchup?: boolean;
  /** Whether it begins runs, whatever people set. @default - it does once made; then people pause it, for new versions too */
  readonly enabled?: boolean;
  /** Experiment that its runs belong to; it is made where there is none. @default "Default" */
  readonly experiment?: string;
  /** Account that its runs have. @default - Kubeflow's own choice */
  readonly serviceAccount?: string;
  /** What it is for. @default - nothing */
  readonly description?: string;
}

/** The recurring runs of a release, and what looks after them. */
export interface RecurringRunsProps {
  /** Those that there shall be: others that this release made are deleted, so that an empty list deletes them all. */
  readonly runs: readonly RecurringRun[];
  /** Our image of the Job that makes them: images/recurring-runs. */
  readonly image: Image;
  /** @default - Kubeflow Pipelines for one user, in the namespace kubeflow */
  readonly server?: KubeflowServer;
}

/** The release that they belong to. */
interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly pipelineSpec: JsonObject;
  /** As Kubeflow's API calls it. */
  readonly version: string;
  /** What is there before it is asked for. */
  readonly ready: IDependable;
}

const UID = 65532;
const SETUP = "/etc/recurring-runs";
const TRUST = "/etc/recurring-runs-trust";
const TOKEN = "/var/run/secrets/pipelines.kubeflow.org";
/** Kubeflow refuses more: toModelJob in backend/src/apiserver/server/api_converter.go. */
const MAX_CONCURRENCY = 10;
/** What its database keeps of a text: model/job.go. */
const LONGEST_TEXT = 255;
/** A name of a pod's label, less `-recurring-` and the Job's hash. */
const LONGEST_NAME = 63 - "-recurring-00000000".length;

/** A Job that compares the recurring runs that there are with those that there shall be, and changes what differs. */
export function makeRecurringRuns(scope: Construct, release: Release, props: RecurringRunsProps): Workload {
  const { name: pipeline, namespace, version, ready } = release;
  throwProblems(problemsOf(scope.node.path, release, props.runs));
  const name = `${pipeline}-recurring`;
  const all = new Construct(scope, "recurring-runs");
  const { url, authority, endpoint, multiUser } = serverOf(props.server);
  const document = JSON.stringify({
    ...(multiUser && { namespace }),
    pipeline,
    version,
    runs: props.runs.map(declared),
  });
  const configMap = new k8s.KubeConfigMap(all, "document", {
    metadata: { name, namespace, labels: PART_OF },
    data: { "state.json": document },
  });
  const trust = trustFile(all, "trust", { name: `${name}-trust`, namespace, authority });
  const job = new Workload(all, "job", {
    name,
    namespace,
    app: "kubeflow-pipelines",
    component: "recurring-runs",
    run: { kind: "Job", retries: 5, deadlineSeconds: 900, revision: [document] },
    container: {
      image: { uid: UID, ...props.image },
      command: ["python", "-m", "recurring_runs"],
      args: [late.text`${here.folder(SETUP)}/state.json`],
      env: {
        KFP_API_URL: url,
        ...(trust && { SSL_CERT_FILE: late.text`${here.folder(TRUST)}/ca.crt` }),
        ...(multiUser && { KFP_TOKEN_FILE: late.text`${here.folder(TOKEN)}/token` }),
      },
      resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } },
      mounts: [
        { path: SETUP, configMap },
        ...(trust ? [{ path: TRUST, ...trust.source, items: { "ca.crt": "ca.crt" } }] : []),
        ...(multiUser ? [{ path: TOKEN, token: { audience: AUDIENCE } }] : []),
      ],
    },
    transform: { job: withoutMesh },
  });
  job.connect(endpoint).after(ready, ...(trust ? [trust.ready] : []));
  if (multiUser) job.after(...rights(all, name, namespace));
  return job;
}

/** As Kubeflow's own pods: a proxy of a mesh would outlive what the pod is for. */
function withoutMesh(props: k8s.KubeJobProps): k8s.KubeJobProps {
  const { spec } = props;
  if (!spec) return props;
  const { metadata } = spec.template;
  const annotations = { "sidecar.istio.io/inject": "false" };
  return { ...props, spec: { ...spec, template: { ...spec.template, metadata: { ...metadata, annotations } } } };
}

/** What the API asks Kubernetes about the account: backend/src/apiserver/server. */
function rights(scope: Construct, name: string, namespace: string): readonly IDependable[] {
  const metadata = { name, namespace, labels: PART_OF };
  const rule = (resource: string, ...verbs: string[]) => ({ apiGroups: [AUDIENCE], resources: [resource], verbs });
  const role = new k8s.KubeRole(scope, "role", {
    metadata,
    rules: [
      rule("pipelines", "get", "list"),
      rule("experiments", "get", "list", "create"),
      rule("jobs", "list", "create", "delete", "enable", "disable"),
    ],
  });
  const binding = new k8s.KubeRoleBinding(scope, "rolebinding", {
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
    subjects: [{ kind: "ServiceAccount", name, namespace }],
  });
  return [role, binding];
}

/** What the program in images/recurring-runs is told: recurring_state.py. */
function declared(run: RecurringRun): JsonObject {
  const { name, schedule, parameters = {}, maxConcurrency = 1, catchup = false, experiment = "Default" } = run;
  const { enabled, serviceAccount, description } = run;
  return {
    name,
    schedule:
      schedule.kind === "cron" ? { cron: withSeconds(schedule.cron) } : { intervalSeconds: schedule.every.toSeconds() },
    parameters,
    maxConcurrency,
    catchup,
    experiment,
    ...(enabled !== undefined && { enabled }),
    ...(serviceAccount !== undefined && { serviceAccount }),
    ...(description !== undefined && { description }),
  };
}

function problemsOf(path: string, release: Release, runs: readonly RecurringRun[]): readonly Problem[] {
  const problems: Problem[] = [];
  const { name: pipeline, pipelineSpec } = release;
  if (pipeline.length > LONGEST_NAME)
    problems.push({
      path,
      message: `found recurring runs of a pipeline named "${pipeline}": give it a name of at most ${LONGEST_NAME} characters, so that a Job's fits`,
    });
  const seen = new Set<string>();
  for (const run of runs) {
    const of = `${path}.recurringRuns.${run.name}`;
    const add = (field: string, message: string) => problems.push({ path: `${of}.${field}`, message });
    if (seen.has(run.name)) add("name", "found it twice: give each a name of its own");
    seen.add(run.name);
    if (!/^[^\s\]/][^\]/\n]{0,99}$/.test(run.name))
      add(
        "name",
        `found ${JSON.stringify(run.name)}: give it 1 to 100 characters other than ] and /, no space in front`,
      );
    if (run.schedule.kind === "cron") {
      const wrong = cronProblem(run.schedule.cron);
      if (wrong !== undefined) add("schedule.cron", wrong);
    } else {
      const seconds = run.schedule.every.toSeconds({ integral: false });
      if (!Number.isInteger(seconds) || seconds < 1)
        add("schedule.every", `found ${seconds} s: give it whole seconds, one at least`);
    }
    const { maxConcurrency = 1, description = "", parameters = {} } = run;
    if (!Number.isInteger(maxConcurrency) || maxConcurrency < 1 || maxConcurrency > MAX_CONCURRENCY)
      add("maxConcurrency", `found ${maxConcurrency}: give it an integer from 1 to ${MAX_CONCURRENCY}`);
    // the Job marks its own by pipeline, name and hash, at the end of what is described
    const mark = `\n[filiera ${pipeline}/${run.name} 000000000000]`;
    const room = LONGEST_TEXT - [...mark].length;
    if ([...description].length > room)
      add("description", `found ${[...description].length} characters: give it ${room} at most`);
    problems.push(...parameterProblems(pipelineSpec, parameters, `${of}.parameters`));
  }
  return problems;
}
