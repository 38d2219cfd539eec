import type { ObjectStore } from "../connections/index.ts";
import { here } from "../kernel/here.ts";
import { late, type Text } from "../kernel/late.ts";
import { serviceHosts } from "../tls/index.ts";
import type { ContainerProps, EnvValue, Image, Mount, Named } from "../workload/index.ts";
import type { MlflowAuth, MlflowProps } from "./props.ts";

export const PORT = 5000;
export const METRICS_PORT = 9090;
/** Where the server leaves its metrics, and the container beside it reads them. */
const METRICS: Mount = { path: "/run/metrics", scratch: { size: "64Mi" } };
const TMP = "/tmp";

/** What the server has and the migration has not: artifacts, sessions, metrics. */
interface Parts {
  /** The Secret with `session-key` and, where the bucket has a key, `access-key-id` and `secret-access-key`. */
  readonly settings: Named;
  /** Path of the certificates that vouch for the object store. */
  readonly artifactsTrust: Text;
}

/** The tracking server; the database and how users sign in are still to be added. */
export function serverContainer(
  props: MlflowProps,
  { settings, artifactsTrust }: Parts,
): ContainerProps & { readonly env: Readonly<Record<string, EnvValue>>; readonly mounts: readonly Mount[] } {
  const { image, artifacts, workers = 2, resources, publicHost } = props;
  const { connectionPool = { size: 5, maxOverflow: 5 } } = props;
  const health = { http: "/health", port: "http" };
  return {
    image,
    command: ["mlflow", "server"],
    args: [
      late.text`--host=${here.listen()}`,
      late.text`--port=${here.port(PORT)}`,
      `--workers=${workers}`,
      "--app-name=basic-auth",
      "--serve-artifacts",
      late.text`--artifacts-destination=${artifactsIn(artifacts)}`,
      late.text`--expose-prometheus=${here.folder(METRICS.path)}`,
    ],
    env: {
      MLFLOW_SQLALCHEMYSTORE_POOL_SIZE: String(connectionPool.size),
      MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW: String(connectionPool.maxOverflow),
      MLFLOW_FLASK_SERVER_SECRET_KEY: { secret: settings, key: "session-key" },
      MLFLOW_SERVER_ALLOWED_HOSTS: hostsOf(props),
      ...(publicHost && { MLFLOW_SERVER_CORS_ALLOWED_ORIGINS: `https://${publicHost}` }),
      MLFLOW_S3_ENDPOINT_URL: artifacts.url,
      AWS_DEFAULT_REGION: artifacts.region ?? "us-east-1",
      AWS_CA_BUNDLE: artifactsTrust,
      ...(artifacts.authentication.kind === "key" && {
        AWS_ACCESS_KEY_ID: { secret: settings, key: "access-key-id" },
        AWS_SECRET_ACCESS_KEY: { secret: settings, key: "secret-access-key" },
      }),
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false",
      MLFLOW_SERVER_JOB_ENABLE_PERIODIC_TASKS: "false",
    },
    ports: { http: PORT },
    probes: {
      startup: { ask: health, periodSeconds: 5, failureThreshold: 36 },
      readiness: { ask: health },
      liveness: { ask: health, periodSeconds: 20 },
    },
    resources,
    // artifacts pass through /tmp whole
    mounts: [METRICS, { path: TMP, scratch: { size: "10Gi" } }],
  };
}

function artifactsIn({ url, bucket, prefix }: ObjectStore): Text {
  const place = late.text`s3://${bucket}${prefix ? `/${prefix}` : ""}`;
  return here.bucket({ store: url, bucket, ...(prefix && { prefix }) }, place);
}

/** Hosts as clients send them: MLflow compares them letter by letter, port included, and refuses all others. */
function hostsOf({ name, namespace, publicHost, allowedHosts = [] }: MlflowProps): Text {
  const port = here.port(PORT);
  const [first = "", ...own] = [...serviceHosts(name, namespace), "localhost", "127.0.0.1"];
  const hosts = own.reduce<Text>((before, host) => late.text`${before},${host}:${port}`, late.text`${first}:${port}`);
  const others = [...(publicHost ? [publicHost] : []), ...allowedHosts];
  return others.length > 0 ? late.text`${hosts},${others.join(",")}` : hosts;
}

/** Serves what the server counts, to whom the NetworkPolicy lets in, without a sign-in. */
export function metricsContainer(image: Image): ContainerProps {
  const alive = { http: "/metrics", port: "metrics" };
  return {
    name: "metrics",
    image,
    command: ["python", "-m", "mlflow_metrics"],
    args: [
      late.text`--host=${here.listen()}`,
      late.text`--port=${here.port(METRICS_PORT)}`,
      here.folder(METRICS.path),
      late.text`http://127.0.0.1:${here.port(PORT)}/health`,
    ],
    env: { HOME: here.folder(TMP) },
    ports: { metrics: METRICS_PORT },
    probes: { startup: { ask: alive }, readiness: { ask: alive }, liveness: { ask: alive, periodSeconds: 30 } },
    // measured: 25 MB
    resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "128Mi" } },
    mounts: [METRICS],
  };
}

/** MLflow reads it with Python's configparser. The cache makes signing in cheap: 114 requests a second against 6. */
export function authIni(auth: MlflowAuth, uri: Text): Text {
  return late.text`[mlflow]
default_permission = ${auth.defaultPermission ?? "NO_PERMISSIONS"}
database_uri = ${late.ini(uri)}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
grant_default_workspace_access = false
auth_cache_ttl_seconds = 60
`;
}
