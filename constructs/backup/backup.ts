import { pathToFileURL } from "node:url";
import { k8s } from "cdk8s-plus-28";
import type { Construct, IDependable } from "constructs";
import type { CertificateAuthority, ObjectStore, SqlDatabase } from "../connections/index.ts";
import { here } from "../kernel/here.ts";
import { late, type Text } from "../kernel/late.ts";
import { Noun } from "../kernel/noun.ts";
import { cronProblem } from "../settings/cron.ts";
import { type TrustFile, trustFile } from "../tls/index.ts";
import {
  type ContainerProps,
  type EnvValue,
  type Image,
  type Mount,
  PART_OF,
  type Resources,
  Workload,
} from "../workload/index.ts";
import { DUMP, LOAD, LOOK } from "./scripts.ts";

/** A database that is backed up. */
export interface BackupDatabase {
  /** What it is called in a backup: lower-case letters, digits and hyphens. */
  readonly name: string;
  readonly database: SqlDatabase;
  /** An image with PostgreSQL's client, of the server's major version. */
  readonly image: Image;
  /** Rows that tables have in a database that nobody has used yet: it is restored into. @default - no table has any */
  readonly initialRows?: Readonly<Record<string, number>>;
}

/** A bucket that is backed up. */
export interface BackupBucket {
  /** What it is called in a backup: lower-case letters, digits and hyphens. */
  readonly name: string;
  /** It, with a credential that may read it, and write to it for a restore. */
  readonly store: ObjectStore;
}

/** Where backups go. */
export type BackupStore =
  | { readonly kind: "s3"; readonly store: ObjectStore }
  /** A folder of the one machine that all runs on. */
  | { readonly kind: "folder"; readonly path: string };

/** @see Backup */
export interface BackupProps {
  /** Name of the CronJob that takes backups. The one that restores them has it with `-restore` at its end. */
  readonly name: string;
  readonly namespace: string;
  /** Whose backups they say they are. */
  readonly environment: string;
  /** Our image with the programs: images/backup. */
  readonly image: Image;
  readonly databases: readonly BackupDatabase[];
  readonly buckets: readonly BackupBucket[];
  readonly store: BackupStore;
  /** Cron with five fields, in UTC. @default - only when it is asked for */
  readonly schedule?: string;
  /** Days for which backups are kept; the last one always is. @default 30 */
  readonly keepDays?: number;
  /** Room for dumps of all databases, unpacked, a quantity. @default "10Gi" */
  readonly scratch?: string;
  /** Of each container, which run one after the other. @default - 256Mi, up to 1Gi */
  readonly resources?: Resources;
}

const SETTINGS = "/etc/backup";
const CREDENTIALS = "/etc/backup-credentials";
const TRUST = "/etc/backup-trust";
const WORK = "/work";
const TMP = "/tmp";
/** The user of our image. */
const UID = 65532;
const RESOURCES: Resources = { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } };
/** Never comes by itself: a CronJob must have one. */
const NEVER = "0 0 31 12 *";
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;
const DAY = 86_400;

/**
 * Backups of databases and buckets as one: databases first, each as it is at one moment, then every object of the
 * buckets, so that whatever a database mentions is there; last a manifest of what it holds, without which there is no
 * backup. A restore looks at all of a backup, and whether what it restores into is empty, before it changes anything.
 * Both are CronJobs; `filiera backup` and `filiera restore` make Jobs from them.
 *
 * Cost: in its store, each backup is whole. While one runs, the requested resources and `scratch` of a node's disk.
 *
 * @example
 * const backup = new Backup(this, "backup", {
 *   name: "backup", namespace: "backup", environment: "prod", image,
 *   databases: [{ name: "mlflow", database, image: postgresql }],
 *   buckets: [{ name: "mlflow", store: artifacts }],
 *   store: { kind: "s3", store: elsewhere }, schedule: "30 3 * * *",
 * });
 */
export class Backup extends Noun {
  readonly namespace: string;
  /** Takes a backup. */
  readonly save: Workload;
  /** Brings one back; suspended, as each time it must be told which. */
  readonly restore: Workload;
  readonly #props: BackupProps;
  readonly #credentials: k8s.KubeSecret;
  readonly #document: k8s.KubeConfigMap;
  readonly #trusts = new Map<string, { readonly file: TrustFile; readonly path: string }>();
  readonly #ready: IDependable[] = [];

  constructor(scope: Construct, id: string, props: BackupProps) {
    super(scope, id);
    this.#props = props;
    this.namespace = props.namespace;
    this.#check();
    this.#credentials = this.#secret();
    this.#document = this.#describe();
    const { databases, schedule } = props;
    this.save = this.#cronJob(props.name, "save", {
      schedule,
      retries: 1,
      before: databases.map((database) => this.#client("dump", database, DUMP)),
    });
    this.restore = this.#cronJob(`${props.name}-restore`, "finish", {
      // whoever asked sees what came of it, and asks again
      retries: 0,
      before: [
        ...databases.map((database) => this.#client("look", database, LOOK)),
        this.#program("check"),
        this.#program("objects"),
        ...databases.map((database) => this.#client("load", database, LOAD)),
      ],
    });
  }

  #check(): void {
    const { databases, buckets, store, schedule } = this.#props;
    for (const [what, names] of [
      ["database", databases.map(({ name }) => name)],
      ["bucket", buckets.map(({ name }) => name)],
    ] as const)
      for (const name of names) {
        if (!NAME.test(name))
          this.refuse(`cannot call a ${what} "${name}": a name is up to 32 lower-case letters, digits and hyphens`);
        if (names.indexOf(name) !== names.lastIndexOf(name))
          this.refuse(`has two of a ${what} "${name}": give each a name of its own`);
      }
    const wrong = schedule === undefined ? undefined : cronProblem(schedule);
    if (wrong !== undefined) this.refuse(`cannot be taken by this schedule: ${wrong}`);
    const kept = store.kind === "s3" ? String(late.text`${store.store.url} ${store.store.bucket}`) : undefined;
    const same = buckets.find((bucket) => String(late.text`${bucket.store.url} ${bucket.store.bucket}`) === kept);
    if (same) this.refuse(`cannot go to the bucket "${same.name}", which it is of: give it another, best elsewhere`);
  }

  #metadata(name: string) {
    return { name, namespace: this.namespace, labels: PART_OF };
  }

  #secret(): k8s.KubeSecret {
    const { name, databases } = this.#props;
    const keys = this.#stores().map(([key, store]): [string, string] => [
      key,
      String(this.#keyOf(store).secretAccessKey),
    ]);
    const passwords = databases.map(({ name: of, database }): [string, string] => [
      `database-${of}`,
      String(database.password),
    ]);
    return new k8s.KubeSecret(this, "credentials", {
      metadata: this.#metadata(name),
      stringData: Object.fromEntries([...keys, ...passwords]),
    });
  }

  #keyOf({ bucket, authentication }: ObjectStore) {
    if (authentication.kind === "key") return authentication;
    return this.refuse(`cannot use the bucket ${bucket}, which knows pods by their account: give it one with a key`);
  }

  /** Every store, by the name of its key's file. */
  #stores(): [string, ObjectStore][] {
    const { buckets, store } = this.#props;
    const all = buckets.map(({ name, store: of }): [string, ObjectStore] => [`bucket-${name}`, of]);
    return store.kind === "s3" ? [...all, ["store", store.store]] : all;
  }

  /** What the programs are told: images/backup/programs/filiera_backup.py. What a machine fixes is a file of its own. */
  #describe(): k8s.KubeConfigMap {
    const { name, environment, databases, buckets, store, keepDays = 30 } = this.#props;
    const document = {
      environment,
      keepDays,
      databases: databases.map(({ name: of, initialRows = {} }) => ({ name: of, initial: initialRows })),
      buckets: buckets.map(({ name: of }) => ({ name: of, place: `bucket-${of}` })),
      store: "store",
    };
    const places = this.#stores().map(([key, of]) => this.#place(key, of));
    const folder = store.kind === "folder" ? { "store.place": pathToFileURL(store.path).href } : {};
    return new k8s.KubeConfigMap(this, "document", {
      metadata: this.#metadata(name),
      data: Object.assign({ "backup.json": JSON.stringify(document) }, folder, ...places),
    });
  }

  /** Files that say where a store is, and who it is to be. */
  #place(key: string, store: ObjectStore): Readonly<Record<string, string>> {
    const { url, bucket, prefix, region = "us-east-1", authority, ready } = store;
    const trust = this.#trust(key, authority);
    if (ready) this.#ready.push(ready);
    const place = late.text`s3://${bucket}${prefix ? `/${prefix}` : ""}`;
    const files: Readonly<Record<string, Text>> = {
      place: here.bucket({ store: url, bucket, ...(prefix && { prefix }) }, place),
      endpoint: url,
      region,
      "access-key-id": this.#keyOf(store).accessKeyId,
      ...(trust && { authority: trust }),
    };
    return Object.fromEntries(Object.entries(files).map(([file, text]) => [`${key}.${file}`, String(text)]));
  }

  /** Path of a file with an authority's certificates, one an authority; undefined for those that everybody knows. */
  #trust(id: string, authority: CertificateAuthority): Text | undefined {
    if (authority.kind === "public") return undefined;
    const key = authority.kind === "pem" ? String(authority.pem) : `${authority.issuer.kind}/${authority.issuer.name}`;
    const known = this.#trusts.get(key);
    if (known) return late.text`${here.folder(known.path)}/ca.crt`;
    const { name, namespace } = this.#props;
    const file = trustFile(this, `trust-${id}`, { name: `${name}-trust-${id}`, namespace, authority });
    if (!file) return undefined;
    const path = `${TRUST}/${id}`;
    this.#trusts.set(key, { file, path });
    this.#ready.push(file.ready);
    return late.text`${here.folder(path)}/ca.crt`;
  }

  get #mounts(): readonly Mount[] {
    const trusts = [...this.#trusts.values()].map(
      ({ file, path }): Mount => ({ path, ...file.source, items: { [file.key]: file.key } }),
    );
    return [
      ...trusts,
      { path: WORK, scratch: { size: this.#props.scratch ?? "10Gi" } },
      { path: TMP, scratch: { size: "1Gi" } },
    ];
  }

  /** A container with PostgreSQL's client, which finds its database by libpq's variables. */
  #client(does: string, { name, database, image }: BackupDatabase, script: string): ContainerProps {
    const { host, port, name: of, user, authority, ready } = database;
    const trust = this.#trust(`database-${name}`, authority);
    if (ready && !this.#ready.includes(ready)) this.#ready.push(ready);
    const env: Record<string, EnvValue> = {
      HOME: here.folder(TMP),
      PGHOST: host,
      PGPORT: late.text`${port}`,
      PGDATABASE: of,
      PGUSER: user,
      PGPASSWORD: { secret: this.#credentials, key: `database-${name}` },
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: trust ?? "system",
    };
    return {
      name: `${does}-${name}`,
      image,
      command: ["sh", "-c", script, does, late.text`${here.folder(WORK)}/${name}`],
      env,
      resources: this.#resources,
      mounts: this.#mounts,
    };
  }

  /** A container with a step of our programs. */
  #program(step: "save" | "check" | "objects" | "finish", name: string = step): ContainerProps {
    return {
      name,
      image: { uid: UID, ...this.#props.image },
      command: ["python", "-m", "filiera_backup"],
      args: [step, here.folder(SETTINGS), here.folder(CREDENTIALS), here.folder(WORK)],
      env: { TMPDIR: here.folder(TMP) },
      resources: this.#resources,
      mounts: [
        { path: SETTINGS, configMap: this.#document },
        { path: CREDENTIALS, secret: this.#credentials },
        ...this.#mounts,
      ],
    };
  }

  get #resources(): Resources {
    return this.#props.resources ?? RESOURCES;
  }

  #cronJob(
    name: string,
    step: "save" | "finish",
    {
      schedule,
      retries,
      before,
    }: { schedule?: string | undefined; retries: number; before: readonly ContainerProps[] },
  ): Workload {
    const { namespace, databases } = this.#props;
    const job = new Workload(this, step === "save" ? "save" : "restore", {
      name,
      namespace,
      app: "backup",
      component: step === "save" ? "save" : "restore",
      run: {
        kind: "CronJob",
        schedule: schedule ?? NEVER,
        suspend: schedule === undefined,
        retries,
        deadlineSeconds: DAY,
      },
      initContainers: before,
      container: this.#program(step, "main"),
    });
    job.connect(
      ...this.#stores().map(([, { endpoint }]) => endpoint),
      ...databases.map(({ database }) => database.endpoint),
    );
    return job.after(...this.#ready);
  }
}
