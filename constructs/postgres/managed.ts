import { k8s } from "cdk8s-plus-28";
import { Construct } from "constructs";
import type { CertificateAuthority, Endpoint, SqlDatabase } from "../connections/index.ts";
import { here } from "../kernel/here.ts";
import { type Late, late, type Text } from "../kernel/late.ts";
import { Noun } from "../kernel/noun.ts";
import { whenComplete } from "../kernel/objects.ts";
import { trustFile } from "../tls/index.ts";
import { type Image, type Mount, PART_OF, Workload } from "../workload/index.ts";
import { databaseNameProblem } from "./names.ts";

/** @see ManagedPostgres */
export interface ManagedPostgresProps {
  /** Name of the Job that makes databases and roles. */
  readonly name: string;
  readonly namespace: string;
  /** An image with `psql`, `bash` and `setsid`: CloudNativePG's of PostgreSQL. */
  readonly image: Image;
  readonly host: Text;
  /** 1–65535. @default 5432 */
  readonly port?: number;
  /** A user who may make databases and roles; it need not be a superuser. */
  readonly masterUser: string;
  readonly masterPassword: Late;
  /** Who vouches for the server's certificate. */
  readonly authority: CertificateAuthority;
  /** Addresses of the network that the server is in, such as `10.20.0.0/16`. */
  readonly network: string;
  /** Raised with the passwords to have the new ones take effect. @default 1 */
  readonly generation?: number;
}

/** The user of CloudNativePG's images. */
const UID = 26;
const SETUP = "/etc/postgres-setup";
const PASSWORDS = "/etc/postgres-passwords";
const TRUST = "/etc/postgres-trust";
const TMP = "/tmp";

/**
 * A role and a database of its own, for psql; what is there stays. The user that makes them is no superuser: it must be
 * a member of a role to make it an owner, and no longer is afterwards.
 */
const DATABASE_SQL = `\\set ON_ERROR_STOP on
SELECT format('CREATE ROLE %I LOGIN', :'name')
  WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = :'name') \\gexec
GRANT :"name" TO CURRENT_USER;
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
  WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = :'name') \\gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
REVOKE :"name" FROM CURRENT_USER;
`;

/**
 * psql's own \\password hashes on this side: no log or statistic of the server ever has a password. It asks twice, on
 * the terminal if there is one, which setsid sees to.
 */
const SETUP_SH = `set -euo pipefail
until psql --quiet --command='SELECT' >/dev/null; do
  echo 'the server does not answer yet'
  sleep 5
done
for file in "$2"/*; do
  name=$(basename "$file")
  psql --quiet --set=name="$name" --file="$1/database.sql"
  printf '%s\\n%s\\n' "$(cat "$file")" "$(cat "$file")" | setsid --wait psql --quiet --command="\\\\password $name"
  echo "$name is there"
done
`;

/**
 * A PostgreSQL that a cloud runs: databases, each with a role that owns it and alone may connect to it, made by a Job
 * over verified TLS. A database that leaves the program stays, with its role.
 *
 * Cost: one short Job a deployment that changes something.
 *
 * @example
 * const postgres = new ManagedPostgres(this, "postgres", { name: "postgres", namespace: "postgres", host, ... });
 * const database = postgres.addDatabase("mlflow", { password: late.from(password.result) });
 */
export class ManagedPostgres extends Noun {
  readonly #props: ManagedPostgresProps;
  readonly #databases = new Map<string, Late>();
  /** Holds the Job, which can be named only when all databases are known. */
  readonly #setup: Construct;

  constructor(scope: Construct, id: string, props: ManagedPostgresProps) {
    super(scope, id);
    this.#props = props;
    this.#setup = new Construct(this, "setup");
    whenComplete(this, () => this.#makeSetupJob());
  }

  /** Where clients connect to. */
  get endpoint(): Endpoint {
    return { peer: { kind: "cidr", cidr: this.#props.network }, port: this.#port };
  }

  /** Adds a database and the role that owns it, both kept when they leave the program. */
  addDatabase(name: string, options: { readonly password: Late }): SqlDatabase {
    const wrong = databaseNameProblem(name);
    if (wrong !== undefined) this.refuse(wrong);
    if (this.#databases.has(name))
      this.refuse(`has a database "${name}" already: give each consumer a database of its own`);
    this.#databases.set(name, options.password);
    const { host, authority } = this.#props;
    return {
      host,
      port: this.#port,
      name,
      user: name,
      password: options.password,
      authority,
      endpoint: this.endpoint,
      ready: this.#setup,
    };
  }

  get #port(): number {
    return this.#props.port ?? 5432;
  }

  #makeSetupJob(): void {
    if (this.#databases.size === 0) return;
    const { name, namespace, image, host, masterUser, masterPassword, authority, generation = 1 } = this.#props;
    const metadata = (suffix: string) => ({ name: `${name}-${suffix}`, namespace, labels: PART_OF });
    const scripts = { "setup.sh": SETUP_SH, "database.sql": DATABASE_SQL };
    const setup = new k8s.KubeConfigMap(this.#setup, "scripts", { metadata: metadata("setup"), data: scripts });
    const master = new k8s.KubeSecret(this.#setup, "master", {
      metadata: metadata("master"),
      stringData: { username: masterUser, password: String(masterPassword) },
    });
    const passwords = new k8s.KubeSecret(this.#setup, "passwords", {
      metadata: metadata("databases"),
      stringData: Object.fromEntries([...this.#databases].map(([database, password]) => [database, String(password)])),
    });
    const trust = trustFile(this.#setup, "trust", { name: `${name}-trust`, namespace, authority });
    const mounts: Mount[] = [
      { path: SETUP, configMap: setup },
      {
        path: PASSWORDS,
        secret: passwords,
        items: Object.fromEntries([...this.#databases.keys()].map((each) => [each, each])),
      },
      { path: TMP, scratch: { size: "16Mi" } },
      ...(trust ? [{ path: TRUST, items: { [trust.key]: "ca.crt" }, ...trust.source }] : []),
    ];
    const job = new Workload(this.#setup, "job", {
      name: `${name}-setup`,
      namespace,
      app: "postgres",
      component: "setup",
      run: {
        kind: "Job",
        retries: 5,
        deadlineSeconds: 900,
        revision: [DATABASE_SQL, SETUP_SH, ...this.#databases.keys(), generation],
      },
      container: {
        image: { uid: UID, ...image },
        command: ["bash", late.text`${here.folder(SETUP)}/setup.sh`],
        args: [here.folder(SETUP), here.folder(PASSWORDS)],
        env: {
          HOME: here.folder(TMP),
          PGHOST: host,
          PGPORT: String(this.#port),
          PGDATABASE: "postgres",
          PGUSER: masterUser,
          PGPASSWORD: { secret: master, key: "password" },
          PGSSLMODE: "verify-full",
          PGSSLROOTCERT: trust ? late.text`${here.folder(TRUST)}/ca.crt` : "system",
        },
        resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } },
        mounts,
      },
    });
    job.connect(this.endpoint);
    if (trust) job.after(trust.ready);
  }
}
