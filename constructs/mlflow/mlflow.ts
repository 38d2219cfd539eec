import type { IServiceMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";
import { ApiObject } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import { Construct } from "constructs";
import {
  type CertificateAuthority,
  type Endpoint,
  type ObjectStore,
  type SqlDatabase,
  storeEndpoints,
  strangerProblem,
  type Tracking,
} from "../connections/index.ts";
import { here } from "../kernel/here.ts";
import { type Late, late, type Text } from "../kernel/late.ts";
import { Noun } from "../kernel/noun.ts";
import { whenComplete } from "../kernel/objects.ts";
import { Alerts } from "../monitoring/index.ts";
import { type TrustFile, trustFile } from "../tls/index.ts";
import { type EnvValue, type Mount, PART_OF, Workload } from "../workload/index.ts";
import { mlflowAlerts } from "./alerts.ts";
import type { MlflowProps, MlflowUser } from "./props.ts";
import { authIni, METRICS_PORT, metricsContainer, PORT, serverContainer } from "./server.ts";

const TRUST = "/etc/mlflow/trust";
const AUTH = "/etc/mlflow/auth";
const USERS = "/etc/mlflow/users";
const TMP = "/tmp";
/** Authorities that everybody knows, in our image (Debian's ca-certificates). */
const SYSTEM_TRUST = "/etc/ssl/certs/ca-certificates.crt";

/** Rows that MLflow's tables have before anybody uses it: the administrator and the first experiment among them. */
const INITIAL_ROWS = { alembic_version: 1, alembic_version_auth: 1, experiments: 1, users: 1, workspaces: 1 } as const;

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
  /** The Job that brings the schema to this version and the administrator to its password; it does no harm again. */
  readonly migration: Workload;
  readonly #props: MlflowProps;
  readonly #admin: k8s.KubeSecret;
  /** Without user and password, which libpq reads from PGUSER and PGPASSWORD: of one generation in each pod. */
  readonly #databaseUri: Text;
  readonly #authConfig: k8s.KubeConfigMap;
  readonly #trusts = new Map<string, { readonly file: TrustFile | undefined; readonly path: string }>();
  readonly #users = new Map<string, MlflowUser>();
  /** Holds the Job that makes users, which can be named only when all of them are known. */
  readonly #usersScope: Construct;

  constructor(scope: Construct, id: string, props: MlflowProps) {
    super(scope, id);
    this.#props = props;
    const { name, namespace, auth, database, artifacts } = props;
    const stranger = strangerProblem(artifacts, namespace, name);
    if (stranger !== undefined) this.refuse(stranger);
    this.#admin = this.#secret("admin", `${name}-admin`, {
      username: this.#adminUser,
      password: String(auth.adminPassword),
    });
    const settings = this.#secret("settings", `${name}-settings`, {
      "database-user": String(database.user),
      "database-password": String(database.password),
      "session-key": String(auth.sessionKey),
      ...keyOf(artifacts),
    });
    // pods that start again read it: none may do so before what is in it is let in
    for (const { ready } of [database, artifacts]) if (ready) settings.node.addDependency(ready);
    this.#databaseUri = this.#uriOf(database);
    this.#authConfig = new k8s.KubeConfigMap(this, "auth", {
      metadata: this.#metadata(`${name}-auth`),
      data: { "basic_auth.ini": String(authIni(auth, this.#databaseUri)) },
    });
    this.migration = this.#migrate(settings);
    this.server = this.#serve(settings).after(this.migration.object);
    this.server.expose(name, { http: PORT });
    this.server.policy.allowFrom(props.scrapers, METRICS_PORT);
    this.#monitor();
    this.#watch();
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

  /** What it keeps where, for backups. */
  get data(): {
    readonly database: SqlDatabase;
    readonly initialRows: typeof INITIAL_ROWS;
    readonly artifacts: ObjectStore;
  } {
    const { database, artifacts } = this.#props;
    return { database, initialRows: INITIAL_ROWS, artifacts };
  }

  /** Adds a user, who may create experiments and models and sees nothing of others'. Kept when it leaves the program. */
  addUser(name: string, user: MlflowUser): Tracking {
    if (!/^[A-Za-z0-9._-]{1,64}$/.test(name))
      this.refuse(`cannot have a user "${name}": a name is up to 64 letters, digits, dots, underscores and hyphens`);
    if (name === this.#adminUser || this.#users.has(name))
      this.refuse(`has a user "${name}" already: give each consumer a name of its own`);
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

  get #url(): Text {
    const { name, namespace } = this.#props;
    return late.text`http://${here.serviceHost(name, namespace)}:${here.servicePort(name, namespace, PORT)}`;
  }

  #trackingOf(user: string, password: Late, ready: Construct): Tracking {
    return { url: this.#url, user, password, settings: CLIENT_SETTINGS, endpoint: this.endpoint, ready };
  }

  #metadata(name: string) {
    return { name, namespace: this.#props.namespace, labels: PART_OF };
  }

  #secret(id: string, name: string, stringData: { [key: string]: string }): k8s.KubeSecret {
    return new k8s.KubeSecret(this, id, { metadata: this.#metadata(name), stringData });
  }

  #uriOf({ host, port, name, authority }: SqlDatabase): Text {
    const trust = late.url(this.#trust("database", authority));
    const uri = late.text`postgresql+psycopg2://${host}:${port}/${late.url(name)}?sslmode=verify-full&sslrootcert=${trust}`;
    return here.database({ host, name }, uri);
  }

  /** Path of a file with the authority's certificates, which `#environment` mounts; one file an authority. */
  #trust(id: string, authority: CertificateAuthority): Text {
    if (authority.kind === "public") return SYSTEM_TRUST;
    const { name, namespace } = this.#props;
    const key = authority.kind === "pem" ? String(authority.pem) : `${authority.issuer.kind}/${authority.issuer.name}`;
    const known = this.#trusts.get(key);
    if (known) return late.text`${here.folder(known.path)}/ca.crt`;
    const file = trustFile(this, `trust-${id}`, { name: `${name}-trust-${id}`, namespace, authority });
    const path = `${TRUST}/${id}`;
    this.#trusts.set(key, { file, path });
    return late.text`${here.folder(path)}/ca.crt`;
  }

  #migrate(settings: k8s.KubeSecret): Workload {
    const { name, namespace, image, auth, database } = this.#props;
    const { env, mounts, ready } = this.#environment(settings);
    const migration = new Workload(this, "migration", {
      name: `${name}-migrate`,
      namespace,
      app: "mlflow",
      component: "migration",
      run: { kind: "Job", retries: 3, deadlineSeconds: 1800, revision: [auth.generation ?? 1] },
      container: {
        image,
        command: ["python", "-m", "mlflow_migrate"],
        args: ["--wait=120"],
        env: { ...env, MLFLOW_AUTH_ADMIN_PASSWORD: { secret: this.#admin, key: "password" } },
        mounts: [...mounts, { path: TMP, scratch: { size: "128Mi" } }],
        // measured: 276 MiB
        resources: { requests: { cpu: "100m", memory: "320Mi" }, limits: { memory: "512Mi" } },
      },
    });
    return migration.connect(database.endpoint).after(...ready, ...(database.ready ? [database.ready] : []));
  }

  #serve(settings: k8s.KubeSecret): Workload {
    const { name, namespace, image, replicas, autoscaling, artifacts, database } = this.#props;
    const artifactsTrust = this.#trust("artifacts", artifacts.authority);
    const { env, mounts, ready } = this.#environment(settings);
    const container = serverContainer(this.#props, { settings, artifactsTrust });
    const server = new Workload(this, "server", {
      name,
      namespace,
      app: "mlflow",
      component: "server",
      run: { kind: "Deployment", replicas, ...(autoscaling && { autoscaling }) },
      drainSeconds: 5,
      stopSeconds: 60,
      transform: this.#props.transform,
      container: {
        ...container,
        env: { ...env, ...container.env },
        mounts: [...mounts, ...container.mounts],
      },
      sidecars: [metricsContainer(image)],
    });
    for (const before of [...ready, database.ready, artifacts.ready]) if (before) server.after(before);
    return server.connect(database.endpoint, ...storeEndpoints(artifacts));
  }

  /** What server and migration have in common: the database and how users sign in. */
  #environment(settings: k8s.KubeSecret) {
    const env: Record<string, EnvValue> = {
      HOME: here.folder(TMP),
      TMPDIR: here.folder(TMP),
      MLFLOW_BACKEND_STORE_URI: this.#databaseUri,
      PGUSER: { secret: settings, key: "database-user" },
      PGPASSWORD: { secret: settings, key: "database-password" },
      MLFLOW_AUTH_CONFIG_PATH: late.text`${here.folder(AUTH)}/basic_auth.ini`,
      MLFLOW_AUTH_ADMIN_USERNAME: this.#adminUser,
      MLFLOW_DISABLE_TELEMETRY: "true",
    };
    const mounts: Mount[] = [{ path: AUTH, configMap: this.#authConfig }];
    const ready: Construct[] = [];
    for (const { file, path } of this.#trusts.values()) {
      if (!file) continue;
      mounts.push({ path, items: { [file.key]: file.key }, ...file.source });
      ready.push(file.ready);
    }
    return { env, mounts, ready };
  }

  #monitor(): void {
    const { name, monitorLabels } = this.#props;
    const { labels, ...metadata } = this.#metadata(name);
    this.server.expose(`${name}-metrics`, { metrics: METRICS_PORT });
    const manifest = {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "ServiceMonitor",
      metadata: { ...metadata, labels: { ...labels, ...monitorLabels } },
      spec: { selector: { matchLabels: { ...this.server.labels } }, endpoints: [{ port: "metrics" }] },
    } satisfies IServiceMonitor;
    new ApiObject(this, "servicemonitor", manifest);
  }

  #watch(): void {
    const { name, namespace, replicas, monitorLabels, alerts = {} } = this.#props;
    if (alerts === false) return;
    new Alerts(this, "alerts", {
      name,
      namespace,
      labels: monitorLabels,
      runbooks: alerts.runbooks,
      alerts: mlflowAlerts({ service: `${name}-metrics`, namespace, replicas }, alerts),
    });
  }

  #makeUsers(): void {
    if (this.#users.size === 0) return;
    const { name, namespace, image } = this.#props;
    const users = [...this.#users];
    const passwords = new k8s.KubeSecret(this.#usersScope, "passwords", {
      metadata: this.#metadata(`${name}-users`),
      stringData: Object.fromEntries(users.map(([user, { password }]) => [user, String(password)])),
    });
    const revision = users.map(([user, { generation = 1 }]) => `${user} ${generation}`);
    const job = new Workload(this.#usersScope, "job", {
      name: `${name}-users`,
      namespace,
      app: "mlflow",
      component: "users",
      run: { kind: "Job", retries: 3, deadlineSeconds: 900, revision },
      container: {
        image,
        command: ["python", "-m", "mlflow_users"],
        args: [here.folder(USERS), "--wait=300"],
        env: {
          MLFLOW_TRACKING_URI: this.#url,
          MLFLOW_TRACKING_USERNAME: this.#adminUser,
          MLFLOW_TRACKING_PASSWORD: { secret: this.#admin, key: "password" },
        },
        resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } },
        mounts: [{ path: USERS, secret: passwords }],
      },
    });
    job.connect(this.endpoint).after(this.server.object);
  }
}

/** What the Secret has of a bucket's key; nothing where the pods find one by themselves. */
function keyOf({ authentication }: ObjectStore): Record<string, string> {
  if (authentication.kind !== "key") return {};
  const { accessKeyId, secretAccessKey } = authentication;
  return { "access-key-id": String(accessKeyId), "secret-access-key": String(secretAccessKey) };
}
