import type { ApiObject } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import { Construct } from "constructs";
import { type Credential, credentials } from "../connections/generation.ts";
import type { Endpoint, Generations } from "../connections/index.ts";
import { here } from "../kernel/here.ts";
import { type Late, late, type Text } from "../kernel/late.ts";
import { Options } from "../kernel/options.ts";
import { type Image, PART_OF, Workload } from "../workload/index.ts";
import { cnpgObject } from "./cnpg.ts";

/** @see Postgres.addDatabase */
export interface DatabaseProps extends Generations {
  readonly password: Late;
}

/** The cluster that a database is of. */
export interface DatabaseServerProps {
  readonly name: string;
  readonly namespace: string;
  readonly image: Image;
  readonly host: Text;
  readonly port: Text;
  readonly endpoint: Endpoint;
  /** Comes before all roles. */
  readonly cluster: Construct;
  /** The Secret whose `ca.crt` vouches for the servers. */
  readonly certificate: string;
}

/** The user that CloudNativePG's images run as. */
const UID = 26;
const TRUST = "/etc/postgres-trust";
const TMP = "/tmp";

/**
 * A database, the role that owns it and all that is in it, and who signs in as that role: itself at first, from the second
 * generation on a role of the generation's own that takes it on with each session. So two can sign in, and what either
 * makes belongs to one.
 */
export class OwnedDatabase extends Construct {
  /** Comes before whoever signs in. */
  readonly ready: Construct;
  /** The role to sign in as. */
  readonly user: string;
  readonly #server: DatabaseServerProps;
  readonly #name: string;

  constructor(scope: Construct, id: string, server: DatabaseServerProps, name: string, props: DatabaseProps) {
    super(scope, id);
    this.#server = server;
    this.#name = name;
    const roles = credentials(name, props.password, props, "_");
    this.user = roles[0].name;
    const owner = this.#role(
      name,
      roles.find((role) => role.name === name),
    );
    const database = cnpgObject(this, "database", "Database", this.#metadata(name), {
      name,
      owner: name,
      cluster: { name: server.name },
      databaseReclaimPolicy: "retain",
    });
    database.node.addDependency(owner);
    Options.of(database).set({ waitFor: "jsonpath={.status.applied}=true" });
    const takers = roles.flatMap((role) => (role.name === name ? [] : [this.#taker(role, database)]));
    this.ready = takers[0] ?? database;
  }

  #metadata(role: string) {
    const { name, namespace } = this.#server;
    // apart from the operator's own, such as postgres-ca
    return { name: `${name}-db-${role}`.replaceAll("_", "-"), namespace, labels: PART_OF };
  }

  /** The owner, which nobody signs in as any more once it has no credential. */
  #role(name: string, credential: Credential | undefined): ApiObject {
    const secret = credential && this.#secret("password", credential);
    const role = cnpgObject(this, "role", "DatabaseRole", this.#metadata(name), {
      name,
      cluster: { name: this.#server.name },
      ...(secret ? { login: true, passwordSecret: { name: secret.name } } : { login: false, disablePassword: true }),
      databaseRoleReclaimPolicy: "retain",
    });
    return this.#applied(role, secret);
  }

  /** A role that acts as the owner; it owns nothing, and goes with its object. */
  #taker(credential: Credential, database: Construct): Construct {
    const { name } = credential;
    const scope = new Construct(this, name);
    const secret = this.#secret(`password-${name}`, credential);
    const role = cnpgObject(scope, "role", "DatabaseRole", this.#metadata(name), {
      name,
      cluster: { name: this.#server.name },
      login: true,
      inRoles: [this.#name],
      passwordSecret: { name: secret.name },
      databaseRoleReclaimPolicy: "delete",
    });
    role.node.addDependency(database);
    return this.#takeOn(scope, name, secret, this.#applied(role, secret));
  }

  #applied(role: ApiObject, secret?: ApiObject): ApiObject {
    role.node.addDependency(this.#server.cluster, ...(secret ? [secret] : []));
    Options.of(role).set({ waitFor: "jsonpath={.status.applied}=true" });
    return role;
  }

  /** Signs in as the role, once, and has each of its sessions take on the owner: the operator cannot say so. */
  #takeOn(scope: Construct, name: string, secret: ApiObject, role: ApiObject): Construct {
    const { namespace, image, host, port, endpoint, certificate } = this.#server;
    const job = new Workload(scope, "job", {
      name: this.#metadata(name).name,
      namespace,
      app: "postgres",
      component: "role",
      run: { kind: "Job", retries: 6, deadlineSeconds: 900 },
      container: {
        image: { uid: UID, ...image },
        command: ["psql"],
        args: [
          "--no-psqlrc",
          "--set=ON_ERROR_STOP=1",
          // a role that has taken on another may not change itself
          "--command=SET ROLE NONE",
          `--command=ALTER ROLE ${name} SET role TO ${this.#name}`,
        ],
        env: {
          HOME: here.folder(TMP),
          PGHOST: host,
          PGPORT: port,
          PGDATABASE: this.#name,
          PGUSER: { secret, key: "username" },
          PGPASSWORD: { secret, key: "password" },
          PGSSLMODE: "verify-full",
          PGSSLROOTCERT: late.text`${here.folder(TRUST)}/ca.crt`,
        },
        resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "64Mi" } },
        mounts: [
          { path: TRUST, secret: certificate, items: { "ca.crt": "ca.crt" } },
          { path: TMP, scratch: { size: "16Mi" } },
        ],
      },
    });
    return job.connect(endpoint).after(role).object;
  }

  #secret(id: string, { name, secret }: Credential): k8s.KubeSecret {
    return credentialsSecret(this, id, this.#metadata(name), { username: name, password: secret });
  }
}

/** A Secret with a role's name and password, whose changes the operator takes over. */
export function credentialsSecret(
  scope: Construct,
  id: string,
  { name, namespace }: { readonly name: string; readonly namespace: string },
  { username, password }: { readonly username: string; readonly password: Late },
): k8s.KubeSecret {
  return new k8s.KubeSecret(scope, id, {
    metadata: { name, namespace, labels: { ...PART_OF, "cnpg.io/reload": "true" } },
    type: "kubernetes.io/basic-auth",
    stringData: { username, password: String(password) },
  });
}
