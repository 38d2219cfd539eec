import { createHash } from "node:crypto";
import type { IServiceMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";
import { ApiObject } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import { Construct } from "constructs";
import type { CertificateAuthority, Endpoint, ObjectStore, Peer, SqlDatabase, Tracking } from "../connections/index.ts";
import { FilieraError } from "../kernel/errors.ts";
import { type Late, late, type Text } from "../kernel/late.ts";
import { Noun } from "../kernel/noun.ts";
import { whenComplete } from "../kernel/objects.ts";
import { type TrustFile, trustFile } from "../tls/index.ts";
import {
  type ContainerProps,
  type EnvValue,
  type Image,
  type Mount,
  type Resources,
  Workload,
  type WorkloadTransform,
} from "../workload/index.ts";

/** How users sign in to MLflow. */
export type MlflowAuth =
  /** MLflow's own users and passwords. */
  {
    readonly kind: "basic";
    /** @default "admin" */
    readonly adminUser?: string;
    /** 12 characters or more, ASCII. */
    readonly adminPassword: Late;
    /** What a user may do with what nobody shared with them. @default "NO_PERMISSIONS" */
    readonly defaultPermission?: "READ" | "USE" | "EDIT" | "MANAGE" | "NO_PERMISSIONS";
    /** Signs sessions and forms: the same for every replica. */
    readonly sessionKey: Late;
    /** Raised with the administrator's password to have the new one take effect. @default 1 */
    readonly generation?: number;
  };

/** @see Mlflow */
export interface MlflowProps {
  readonly name: string;
  readonly namespace: string;
  readonly image: Image;
  /** Servers; with `autoscaling`, the fewest. */
  readonly replicas: number;
  /** @default - a fixed number of replicas */
  readonly autoscaling?: { readonly maxReplicas: number; readonly targetCpuPercent: number };
  /** Processes of each server, of some 200 MiB each. @default 2 */
  readonly workers?: number;
  /** Connections of each of a worker's three pools. @default - 5, and 5 more at a peak */
  readonly connectionPool?: { readonly size: number; readonly maxOverflow: number };
  readonly resources: Resources;
  /** Experiments, runs, registered models and users. */
  readonly database: SqlDatabase;
  /** Artifacts, which clients reach through the server alone. */
  readonly artifacts: ObjectStore;
  readonly auth: MlflowAuth;
  /** The host under which browsers reach it over HTTPS, such as `mlflow.example.com`. @default - none */
  readonly publicHost?: string;
  /** Further hosts as clients send them, with the port where they send one. @default [] */
  readonly allowedHosts?: readonly string[];
  /** Who scrapes metrics. */
  readonly scrapers: Peer;
  /** @default - as they are */
  readonly transform?: WorkloadTransform;
}

/** @see Mlflow.addUser */
export interface MlflowUser {
  /** 12 characters or more, ASCII. */
  readonly password: Late;
  /** Raised with the password to have the new one take effect. @default 1 */
  readonly generation?: number;
}

const PORT = 5000;
const METRICS_PORT = 9090;
const METRICS_FOLDER = "/run/metrics";
const TRUST = "/etc/mlflow/trust";
/** Authorities that everybody knows, in our image (Debian's ca-certificates). */
const SYSTEM_TRUST = "/etc/ssl/certs/ca-certificates.crt";

/**
 * What clients of a proxied artifact store must set: they would go straight to the store otherwise, which they cannot
 * reach, and hang (mlflow/environment_variables.py of 3.17).
 */
const CLIENT_SETTINGS = {
  MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD: "false",
  MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: "false",
} as const;

/**
 * MLflow's tracking server and model registry: metadata in PostgreSQL, artifacts in an object store behind the
 * server, sign-in required. A Job migrates the schema and sets the administrator's password before servers roll out.
 * Metrics are served beside the server, on a port of their own: its own `/metrics` is for administrators only.
 *
 * Cost: `replicas` times the requested resources.
 *
 * @example
 * const mlflow = new Mlflow(this, "mlflow", {
 *   name: "mlflow", namespace: "mlflow", image, replicas: 2, resources, scrapers,
 *   database: postgres.addDatabase("mlflow", { password }),
 *   artifacts: minio.grant("mlflow", { bucket: "mlflow", secretAccessKey }),
 *   auth: { kind: "basic", adminPassword, sessionKey },
 * });
 * const tracking = mlflow.addUser("training", { password: late.from(trainingPassword.result) });
 */
export class Mlflow extends Noun {
  readonly server: Workload;
  readonly #props: MlflowProps;
  readonly #admin: k8s.KubeSecret;
  readonly #authConfig: k8s.KubeConfigMap;
  readonly #trusts = new Map<string, { readonly file: TrustFile | undefined; readonly path: string }>();
  readonly #users = new Map<string, MlflowUser>();
  /** Holds the Job that makes users, which can be named only when all of them are known. */
  readonly #usersScope: Construct;

  constructor(scope: Construct, id: string, props: MlflowProps) {
    super(scope, id);
    this.#props = props;
    const { name, auth, database, artifacts } = props;
    this.#admin = this.#secret("admin", `${name}-admin`, {
      username: this.#adminUser,
      password: String(auth.adminPassword),
    });
    const settings = this.#secret("settings", `${name}-settings`, {
      "database-password": String(database.password),
      "session-key": String(auth.sessionKey),
      "access-key-id": String(artifacts.accessKeyId),
      "secret-access-key": String(artifacts.secretAccessKey),
    });
    this.#authConfig = new k8s.KubeConfigMap(this, "auth", {
      metadata: this.#metadata(`${name}-auth`),
      data: { "basic_auth.ini": String(authIni(auth, this.#databaseUri)) },
    });
    const migration = this.#migrate(settings);
    this.server = this.#serve(settings).after(migration.object);
    this.server.expose(name, { http: PORT });
    this.server.policy.allowFrom(props.scrapers, METRICS_PORT);
    this.#monitor();
    this.#usersScope = new Construct(this, "users");
    whenComplete(this, () => this.#makeUsers());
  }

  /** Where clients connect to. */
  get endpoint(): Endpoint {
    return this.server.endpoint("http");
  }

  /** The server, and its administrator. */
  get tracking(): Tracking {
    return this.#trackingOf(this.#adminUser, this.#props.auth.adminPassword, this.server.object);
  }

  /** Adds a user, who may create experiments and models and sees nothing of others'. Kept when it leaves the program. */
  addUser(name: string, user: MlflowUser): Tracking {
    if (name === this.#adminUser || this.#users.has(name))
      throw FilieraError.at(this.node.path, `has a user "${name}" already: give each consumer a name of its own`);
    this.#users.set(name, user);
    return this.#trackingOf(name, user.password, this.#usersScope);
  }

  /** Lets everything in a namespace connect to the server; signing in is another matter. */
  allowFrom(namespace: string): void {
    this.server.policy.allowFrom({ kind: "namespace", namespace }, PORT);
  }

  get #adminUser(): string {
    return this.#props.auth.adminUser ?? "admin";
  }

  get #url(): string {
    const { name, namespace } = this.#props;
    return `http://${name}.${namespace}.svc.cluster.local:${PORT}`;
  }

  #trackingOf(user: string, password: Late, ready: Construct): Tracking {
    return { url: this.#url, user, password, settings: CLIENT_SETTINGS, endpoint: this.endpoint, ready };
  }

  #metadata(name: string) {
    return { name, namespace: this.#props.namespace, labels: { "app.kubernetes.io/part-of": "filiera" } };
  }

  #secret(id: string, name: string, stringData: { [key: string]: string }): k8s.KubeSecret {
    return new k8s.KubeSecret(this, id, { metadata: this.#metadata(name), stringData });
  }

  /** Without the password, which libpq reads from PGPASSWORD. */
  get #databaseUri(): Text {
    const { host, port, name, user, authority } = this.#props.database;
    const trust = late.url(this.#trust("database", authority));
    return late.text`postgresql+psycopg2://${late.url(user)}@${host}:${port}/${late.url(name)}?sslmode=verify-full&sslrootcert=${trust}`;
  }

  /** Path of a file with the authority's certificates, which `#environment` mounts; one file an authority. */
  #trust(id: string, authority: CertificateAuthority): string {
    if (authority.kind === "public") return SYSTEM_TRUST;
    const { name, namespace } = this.#props;
    const key = authority.kind === "pem" ? String(authority.pem) : `${authority.issuer.kind}/${authority.issuer.name}`;
    const known = this.#trusts.get(key);
    if (known) return `${known.path}/ca.crt`;
    const file = trustFile(this, `trust-${id}`, { name: `${name}-trust-${id}`, namespace, authority });
    const path = `${TRUST}/${id}`;
    this.#trusts.set(key, { file, path });
    return `${path}/ca.crt`;
  }

  #migrate(settings: k8s.KubeSecret): Workload {
    const { name, namespace, image, auth, database } = this.#props;
    const { env, mounts, ready } = this.#environment(settings);
    const migration = new Workload(this, "migration", {
      name: `${name}-migrate-${hashOf(...imageOf(image), this.#adminUser, auth.generation ?? 1)}`,
      namespace,
      app: "mlflow",
      component: "migration",
      run: { kind: "Job", retries: 3, deadlineSeconds: 1800 },
      container: {
        image,
        command: ["python", "-m", "mlflow_migrate"],
        args: ["--wait=120"],
        env: { ...env, MLFLOW_AUTH_ADMIN_PASSWORD: { secret: this.#admin, key: "password" } },
        mounts: [...mounts, { path: "/tmp", scratch: { size: "128Mi" } }],
        // measured: 276 MiB
        resources: { requests: { cpu: "100m", memory: "320Mi" }, limits: { memory: "512Mi" } },
      },
    });
    return migration.connect(database.endpoint).after(...ready, ...(database.ready ? [database.ready] : []));
  }

  #serve(settings: k8s.KubeSecret): Workload {
    const { name, namespace, replicas, autoscaling, artifacts, database } = this.#props;
    const container = this.#server(settings);
    const server = new Workload(this, "server", {
      name,
      namespace,
      app: "mlflow",
      component: "server",
      run: { kind: "Deployment", replicas, ...(autoscaling && { autoscaling }) },
      drainSeconds: 5,
      stopSeconds: 60,
      transform: this.#props.transform,
      container: container.props,
      sidecars: [this.#metricsServer()],
    });
    for (const ready of [...container.ready, database.ready, artifacts.ready]) if (ready) server.after(ready);
    return server.connect(database.endpoint, artifacts.endpoint);
  }

  #server(settings: k8s.KubeSecret): { props: ContainerProps; ready: readonly Construct[] } {
    const { image, artifacts, workers = 2, resources, publicHost } = this.#props;
    const { connectionPool = { size: 5, maxOverflow: 5 } } = this.#props;
    const artifactsTrust = this.#trust("artifacts", artifacts.authority);
    const { env, mounts, ready } = this.#environment(settings);
    const health = { http: "/health", port: "http" };
    const props: ContainerProps = {
      image,
      command: ["mlflow", "server"],
      args: [
        "--host=0.0.0.0",
        `--port=${PORT}`,
        `--workers=${workers}`,
        "--app-name=basic-auth",
        "--serve-artifacts",
        late.text`--artifacts-destination=s3://${artifacts.bucket}${artifacts.prefix ? `/${artifacts.prefix}` : ""}`,
        `--expose-prometheus=${METRICS_FOLDER}`,
      ],
      env: {
        ...env,
        MLFLOW_SQLALCHEMYSTORE_POOL_SIZE: String(connectionPool.size),
        MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW: String(connectionPool.maxOverflow),
        MLFLOW_FLASK_SERVER_SECRET_KEY: { secret: settings, key: "session-key" },
        MLFLOW_SERVER_ALLOWED_HOSTS: this.#hosts().join(","),
        ...(publicHost && { MLFLOW_SERVER_CORS_ALLOWED_ORIGINS: `https://${publicHost}` }),
        MLFLOW_S3_ENDPOINT_URL: artifacts.url,
        AWS_DEFAULT_REGION: artifacts.region ?? "us-east-1",
        AWS_CA_BUNDLE: artifactsTrust,
        AWS_ACCESS_KEY_ID: { secret: settings, key: "access-key-id" },
        AWS_SECRET_ACCESS_KEY: { secret: settings, key: "secret-access-key" },
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
      mounts: [
        ...mounts,
        { path: METRICS_FOLDER, scratch: { size: "64Mi" } },
        // artifacts pass through it whole
        { path: "/tmp", scratch: { size: "10Gi" } },
      ],
    };
    return { props, ready };
  }

  /** Hosts as clients send them: MLflow compares them letter by letter, port included, and refuses all others. */
  #hosts(): string[] {
    const { name, namespace, publicHost, allowedHosts = [] } = this.#props;
    const own = [name, `${name}.${namespace}`, `${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`];
    const local = ["localhost", "127.0.0.1"];
    return [
      ...[...own, ...local].map((host) => `${host}:${PORT}`),
      ...(publicHost ? [publicHost] : []),
      ...allowedHosts,
    ];
  }

  /** What server and migration have in common: the database and how users sign in. */
  #environment(settings: k8s.KubeSecret) {
    const env: Record<string, EnvValue> = {
      HOME: "/tmp",
      TMPDIR: "/tmp",
      MLFLOW_BACKEND_STORE_URI: this.#databaseUri,
      PGPASSWORD: { secret: settings, key: "database-password" },
      MLFLOW_AUTH_CONFIG_PATH: "/etc/mlflow/auth/basic_auth.ini",
      MLFLOW_AUTH_ADMIN_USERNAME: this.#adminUser,
      MLFLOW_DISABLE_TELEMETRY: "true",
    };
    const mounts: Mount[] = [{ path: "/etc/mlflow/auth", configMap: this.#authConfig }];
    const ready: Construct[] = [];
    for (const { file, path } of this.#trusts.values()) {
      if (!file) continue;
      mounts.push({ path, items: { [file.key]: file.key }, ...file.source });
      ready.push(file.ready);
    }
    return { env, mounts, ready };
  }

  #metricsServer(): ContainerProps {
    const { image } = this.#props;
    const alive = { http: "/metrics", port: "metrics" };
    return {
      name: "metrics",
      image,
      command: ["python", "-m", "mlflow_metrics"],
      args: [`--port=${METRICS_PORT}`, METRICS_FOLDER],
      env: { HOME: "/tmp" },
      ports: { metrics: METRICS_PORT },
      probes: { startup: { ask: alive }, readiness: { ask: alive }, liveness: { ask: alive, periodSeconds: 30 } },
      // measured: 25 MB
      resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "128Mi" } },
      mounts: [{ path: METRICS_FOLDER, scratch: { size: "64Mi" } }],
    };
  }

  #monitor(): void {
    const { name } = this.#props;
    this.server.expose(`${name}-metrics`, { metrics: METRICS_PORT });
    const manifest = {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "ServiceMonitor",
      metadata: this.#metadata(name),
      spec: { selector: { matchLabels: { ...this.server.labels } }, endpoints: [{ port: "metrics" }] },
    } satisfies IServiceMonitor;
    new ApiObject(this, "servicemonitor", manifest);
  }

  #makeUsers(): void {
    if (this.#users.size === 0) return;
    const { name, namespace, image } = this.#props;
    const users = [...this.#users];
    const passwords = new k8s.KubeSecret(this.#usersScope, "passwords", {
      metadata: this.#metadata(`${name}-users`),
      stringData: Object.fromEntries(users.map(([user, { password }]) => [user, String(password)])),
    });
    const wanted = users.map(([user, { generation = 1 }]) => `${user} ${generation}`);
    const job = new Workload(this.#usersScope, "job", {
      name: `${name}-users-${hashOf(...imageOf(image), this.#adminUser, ...wanted)}`,
      namespace,
      app: "mlflow",
      component: "users",
      run: { kind: "Job", retries: 3, deadlineSeconds: 900 },
      container: {
        image,
        command: ["python", "-m", "mlflow_users"],
        args: ["/etc/mlflow/users", "--wait=300"],
        env: {
          MLFLOW_TRACKING_URI: this.#url,
          MLFLOW_TRACKING_USERNAME: this.#adminUser,
          MLFLOW_TRACKING_PASSWORD: { secret: this.#admin, key: "password" },
        },
        resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } },
        mounts: [{ path: "/etc/mlflow/users", secret: passwords }],
      },
    });
    job.connect(this.endpoint).after(this.server.object);
  }
}

/** MLflow reads it with Python's configparser. The cache makes signing in cheap: 114 requests a second against 6. */
function authIni(auth: MlflowAuth, uri: Text): Text {
  return late.text`[mlflow]
default_permission = ${auth.defaultPermission ?? "NO_PERMISSIONS"}
database_uri = ${late.ini(uri)}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
grant_default_workspace_access = false
auth_cache_ttl_seconds = 60
`;
}

function imageOf({ reference, pullSecret = "" }: Image): readonly string[] {
  return [reference, pullSecret];
}

/** Names a Job by what it does: Jobs cannot be changed, and what one has done need not be done again. */
function hashOf(...parts: readonly (string | number)[]): string {
  return createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 8);
}
