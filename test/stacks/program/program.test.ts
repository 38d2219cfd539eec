import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { isFilieraError } from "../../../constructs/kernel/errors.ts";
import { at, isObject, listAt, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import { toYaml } from "../../../constructs/kernel/render.ts";
import { pageOf } from "../../../stacks/plan/page.ts";
import { type Deployed, deployed, type Requested } from "../../support/deployed.ts";
import { clustersOf, ENVIRONMENTS, type EnvironmentName, environment, resolved } from "../../support/platform.ts";
import { RUNS, SECRET_SIGNATURE, SIGNATURE } from "../../support/recorded.ts";

const RANDOM = "random:index/randomPassword:RandomPassword";
const PASSWORDS = [
  "checksums",
  "minio/mlflow",
  "minio/root",
  "mlflow/admin",
  "mlflow/session-key",
  "postgres/app",
  "postgres/mlflow",
];

const isBackedUp = (name: EnvironmentName): boolean => clustersOf(environment(name)).backup.kind !== "none";

/** Those of an environment, with the one for its backups where it has some. */
const passwordsOf = (name: EnvironmentName): readonly string[] =>
  isBackedUp(name) ? [...PASSWORDS, "minio/postgres-backup"].sort() : PASSWORDS;

const everyRun = RUNS.flatMap(({ run, preview }) => ENVIRONMENTS.map((name) => ({ run, preview, name })));

/** Runs that several tests look at. */
const runs = new Map<string, Promise<Deployed>>();

function once(name: EnvironmentName, preview: boolean): Promise<Deployed> {
  const key = `${name} ${preview}`;
  const run = runs.get(key) ?? deployed(name, resolved(name), { preview });
  runs.set(key, run);
  return run;
}

/** What is printed meanwhile, and what comes of it. */
async function printing<T>(action: () => Promise<T>): Promise<{ readonly result: T; readonly printed: string }> {
  const printed: string[] = [];
  const note = (...parts: readonly unknown[]): void => void printed.push(parts.join(" "));
  const spies = [
    ...[process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, "write").mockImplementation((text) => {
        note(text);
        return true;
      }),
    ),
    ...(["log", "info", "warn", "error", "debug"] as const).map((method) =>
      vi.spyOn(console, method).mockImplementation(note),
    ),
  ];
  const result = await action();
  for (const spy of spies) spy.mockRestore();
  return { result, printed: printed.join("\n") };
}

/** URNs by the kind and name of what they stand for: `Deployment::mlflow/mlflow`. */
const urnOf = (run: Deployed, end: string): string => run.one(end).urn;

function objects({ requested }: Deployed): readonly Requested[] {
  return requested.filter(({ type }) => type.startsWith("kubernetes:"));
}

describe.each(everyRun)("the program of $name, in $run", ({ name, preview }) => {
  const run = () => once(name, preview);

  it("makes a platform of one provider, its passwords and its objects", async () => {
    const { requested, plan } = await run();
    const counts = Object.groupBy(requested, ({ type }) => type.split(":")[0] ?? "");
    expect(Object.keys(counts).sort()).toEqual(["kubernetes", "pulumi", "random"]);
    expect(counts["pulumi"]?.map(({ type }) => type).sort()).toEqual(
      ["pulumi:providers:kubernetes", "pulumi:pulumi:Stack"].filter((type) =>
        counts["pulumi"]?.some((each) => each.type === type),
      ),
    );
    expect(counts["random"]?.map((each) => each.name).sort()).toEqual(passwordsOf(name));
    expect(plan.totals.objects).toBe(counts["kubernetes"]?.length);
    expect(new Set(requested.map(({ urn }) => urn)).size).toBe(requested.length);
  });

  it("gives each object to the one provider, which keeps what it manages", async () => {
    const all = await run();
    const provider = all.one("pulumi:providers:kubernetes::platform");
    expect(provider.inputs).toEqual({
      clusterIdentifier: environment(name).cluster.context,
      context: environment(name).cluster.context,
      // Pulumi writes what is not text into a provider's inputs as JSON
      enableConfigMapMutable: "true",
      enablePatchForce: "true",
      enableSecretMutable: "true",
    });
    for (const each of objects(all)) expect(each.provider.startsWith(`${provider.urn}::`), each.urn).toBe(true);
  });

  it("puts namespaces, policies, accounts and what pods name before what needs them", async () => {
    const all = await run();
    const byName = new Map(objects(all).map((each) => [each.name, each]));
    for (const each of objects(all)) {
      const namespace = textAt(each.inputs, "metadata", "namespace");
      if (namespace) expect(each.before, each.urn).toContain(urnOf(all, `Namespace::platform/${namespace}`));
      const pod = objectAt(each.inputs, "spec", "template", "spec");
      if (Object.keys(pod).length === 0) continue;
      // a Job's name ends in a hash, and what belongs to it has the name without
      const own = each.name.replace(/-[0-9a-f]{8}$/, "");
      for (const kind of ["NetworkPolicy", "ServiceAccount"])
        expect(each.before).toContain(urnOf(all, `${kind}::${own}`));
      const named = listAt(pod, "volumes").flatMap((volume) => [
        ...(textAt(volume, "secret", "secretName") ? [["Secret", textAt(volume, "secret", "secretName")]] : []),
        ...(textAt(volume, "configMap", "name") ? [["ConfigMap", textAt(volume, "configMap", "name")]] : []),
      ]);
      for (const container of listAt(pod, "containers"))
        for (const { valueFrom } of listAt(container, "env"))
          if (textAt(valueFrom, "secretKeyRef", "name"))
            named.push(["Secret", textAt(valueFrom, "secretKeyRef", "name")]);
      for (const [kind, id] of named) {
        // the Secret of a Certificate is cert-manager's: the Certificate is waited for, which has its name
        const made =
          byName.has(`platform/${namespace}/${id}`) &&
          all.requested.some(({ urn }) => urn.endsWith(`${kind}::platform/${namespace}/${id}`));
        const before = made ? `${kind}::platform/${namespace}/${id}` : `Certificate::platform/${namespace}/${id}`;
        expect(each.before, `${each.urn} after ${before}`).toContain(urnOf(all, before));
      }
      expect(named.length).toBeGreaterThan(0);
    }
  });

  it("puts operators before their kinds", async () => {
    const all = await run();
    const operators = {
      "cert-manager.io": "cert-manager/cert-manager",
      "barmancloud.cnpg.io": "cnpg-system/plugin-barman-cloud",
      "postgresql.cnpg.io": "cnpg-system/cloudnative-pg",
      "monitoring.coreos.com": "filiera-system/prometheus-operator-crds",
    };
    let custom = 0;
    for (const [group, release] of Object.entries(operators))
      for (const each of objects(all).filter(({ type }) => type.startsWith(`kubernetes:${group}/`))) {
        custom += 1;
        expect(each.before, each.urn).toContain(urnOf(all, `Release::platform/${release}`));
      }
    // a Certificate, an ObjectStore and a ScheduledBackup for the backup
    expect(custom).toBe(isBackedUp(name) ? 22 : 19);
    // the plugin's chart brings Certificates of its own
    expect(all.one("Release::platform/cnpg-system/plugin-barman-cloud").before).toContain(
      urnOf(all, "Release::platform/cert-manager/cert-manager"),
    );
  });

  it("goes from the authority over the database to the migration, and then to the server", async () => {
    const all = await run();
    const hashed = (kind: string, start: string): string => {
      const found = all.requested.filter(({ urn }) => urn.includes(`${kind}::platform/${start}`));
      expect(found).toHaveLength(1);
      return found[0]?.urn ?? "";
    };
    const chains = [
      [
        urnOf(all, "ClusterIssuer::platform/filiera-ca-bootstrap"),
        urnOf(all, "Certificate::platform/cert-manager/filiera-ca"),
        urnOf(all, "ClusterIssuer::platform/filiera-ca"),
        urnOf(all, "Certificate::platform/postgres/postgres-server"),
        urnOf(all, ":Cluster::platform/postgres/postgres"),
        urnOf(all, "DatabaseRole::platform/postgres/postgres-db-mlflow"),
        urnOf(all, "Database::platform/postgres/postgres-db-mlflow"),
        hashed("Job", "mlflow/mlflow-migrate-"),
        urnOf(all, "Deployment::platform/mlflow/mlflow"),
      ],
      [
        urnOf(all, "Certificate::platform/minio/minio-server"),
        urnOf(all, "StatefulSet::platform/minio/minio"),
        hashed("Job", "minio/minio-setup-"),
        urnOf(all, "Deployment::platform/mlflow/mlflow"),
      ],
      [urnOf(all, "Secret::platform/postgres/postgres-owner"), urnOf(all, ":Cluster::platform/postgres/postgres")],
      [
        urnOf(all, "Secret::platform/postgres/postgres-db-mlflow"),
        urnOf(all, "DatabaseRole::platform/postgres/postgres-db-mlflow"),
      ],
    ];
    const before = new Map(all.requested.map((each) => [each.urn, each.before]));
    for (const chain of chains)
      for (const [i, urn] of chain.slice(1).entries())
        expect(before.get(urn), `${urn} after ${chain[i]}`).toContain(chain[i]);
  });

  it("says as its outputs where the platform is, and how to get in, as a secret", async () => {
    const { outputs } = await run();
    expect(outputs).toEqual({
      mlflowUrl: "http://mlflow.mlflow.svc.cluster.local:5000",
      mlflowUser: "admin",
      mlflowPassword: "[secret]",
      mlflowSettings:
        '{"MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD":"false","MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD":"false"}',
      postgresHost: "postgres-rw.postgres.svc.cluster.local",
      objectStoreUrl: "https://minio.minio.svc.cluster.local:9000",
    });
  });
});

describe("the provider", () => {
  it("takes nothing from the environment of who deploys into the state", async () => {
    vi.stubEnv("KUBECONFIG", "/one:/other");
    vi.stubEnv("PULUMI_K8S_UPSERT_EXISTING_OBJECTS", "true");
    const { one } = await deployed("local", environment("local"), { preview: false });
    vi.unstubAllEnvs();
    expect(Object.keys(one("pulumi:providers:kubernetes::platform").inputs).sort()).toEqual([
      "clusterIdentifier",
      "context",
      "enableConfigMapMutable",
      "enablePatchForce",
      "enableSecretMutable",
    ]);
  });

  it.each([
    ["team.yaml", resolve("team.yaml")],
    ["/etc/team.yaml", "/etc/team.yaml"],
    ["~/team.yaml", "~/team.yaml"],
  ])("finds the kubeconfig %s from wherever it works", async (kubeconfig, path) => {
    const given = environment("local", { "filiera:cluster": { kubeconfig } });
    const { one } = await deployed("local", given, { preview: false });
    expect(one("pulumi:providers:kubernetes::platform").inputs["kubeconfig"]).toBe(path);
  });
});

describe("protection", () => {
  it.each(RUNS)(
    "is on what holds data in production, and on nothing that must be replaceable, in $run",
    async ({ preview }) => {
      const { requested } = await once("prod", preview);
      expect(
        requested
          .filter(({ protect }) => protect)
          .map(({ type, name }) => `${type} ${name}`)
          .sort(),
      ).toEqual([
        "kubernetes:apps/v1:StatefulSet platform/minio/minio",
        "kubernetes:core/v1:Namespace platform/minio",
        "kubernetes:core/v1:Namespace platform/postgres",
        "kubernetes:postgresql.cnpg.io/v1:Cluster platform/postgres/postgres",
      ]);
    },
  );

  it.each(["local", "dev", "staging"] as const)("is nowhere in %s", async (name) => {
    const { requested } = await once(name, false);
    expect(requested.filter(({ protect }) => protect)).toEqual([]);
  });

  it("leaves the autoscaler its replicas", async () => {
    const { one } = await once("prod", false);
    expect(one("Deployment::platform/mlflow/mlflow").ignoreChanges).toEqual(["spec.replicas"]);
  });
});

/** Every text that went over the wire as no secret, with its place. */
function plainTexts(value: unknown, path: string): { readonly path: string; readonly text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, i) => plainTexts(item, `${path}[${i}]`));
  if (!isObject(value) || value[SIGNATURE] === SECRET_SIGNATURE) return [];
  return Object.entries(value).flatMap(([key, item]) => [{ path, text: key }, ...plainTexts(item, `${path}.${key}`)]);
}

/** Every value that went over the wire as a secret. */
function secretValues(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(secretValues);
  if (!isObject(value)) return [];
  return value[SIGNATURE] === SECRET_SIGNATURE ? [value["value"]] : Object.values(value).flatMap(secretValues);
}

/** A secret as somebody's encoder would write it. */
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const inBase64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
    // without what depends on its neighbours
    return text.slice(shift === 0 ? 0 : 4, -4);
  });
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), bytes.toString("hex"), ...inBase64];
}

const PULL = { server: "registry.example.com", username: "robot" };
const REGISTRY_PASSWORD = "correct horse battery $taple";

describe.each(["local", "prod"] as const)("the secrets of %s", (name) => {
  const withPullSecret = resolved(
    name,
    { "filiera:images": { pullSecret: { ...PULL, password: REGISTRY_PASSWORD } } },
    "open",
  );
  /** What the recording engine answers for each password. */
  const generated = passwordsOf(name).map(
    (password) => `result of urn:pulumi:${name}::filiera::${RANDOM}::${password}`,
  );

  it("reach the engine as secrets, each where it belongs", async () => {
    const { requested } = await deployed(name, withPullSecret, { preview: false });
    const decoded = requested.flatMap(({ urn, wire }) =>
      secretValues(wire).map((value) => ({ urn, text: Buffer.from(String(value), "base64").toString() })),
    );
    const users = (secret: string) =>
      decoded
        .filter(({ text }) => text.includes(secret))
        .map(({ urn }) => urn.split("::").slice(2).join("::").replace(/^.*\$/, ""))
        .sort();
    const found = Object.fromEntries(passwordsOf(name).map((password, i) => [password, users(generated[i] ?? "")]));
    expect(found).toEqual({
      checksums: [],
      "minio/mlflow": [
        "kubernetes:core/v1:Secret::platform/minio/minio-consumers",
        "kubernetes:core/v1:Secret::platform/mlflow/mlflow-settings",
      ],
      ...(isBackedUp(name) && {
        "minio/postgres-backup": [
          "kubernetes:core/v1:Secret::platform/minio/minio-consumers",
          "kubernetes:core/v1:Secret::platform/postgres/postgres-backup",
        ],
      }),
      "minio/root": ["kubernetes:core/v1:Secret::platform/minio/minio-root"],
      "mlflow/admin": ["kubernetes:core/v1:Secret::platform/mlflow/mlflow-admin"],
      "mlflow/session-key": ["kubernetes:core/v1:Secret::platform/mlflow/mlflow-settings"],
      "postgres/app": ["kubernetes:core/v1:Secret::platform/postgres/postgres-owner"],
      "postgres/mlflow": [
        "kubernetes:core/v1:Secret::platform/mlflow/mlflow-settings",
        "kubernetes:core/v1:Secret::platform/postgres/postgres-db-mlflow",
      ],
    });
    expect(users(REGISTRY_PASSWORD)).toEqual([
      "kubernetes:core/v1:Secret::platform/minio/filiera-registry",
      "kubernetes:core/v1:Secret::platform/mlflow/filiera-registry",
    ]);
  });

  it("stand in plain text nowhere: not in a request, the plan, the page, a manifest or the console", async () => {
    const { result, printed } = await printing(() => deployed(name, withPullSecret, { preview: false }));
    const { requested, outputs, plan } = result;
    const texts = [
      ...requested.flatMap(({ urn, wire, inputs }) => [
        ...plainTexts(wire, urn),
        { path: `${urn} as a manifest`, text: toYaml(inputs) },
      ]),
      { path: "plan.json", text: JSON.stringify(plan) },
      { path: "index.html", text: pageOf(plan) },
      { path: "outputs", text: JSON.stringify(outputs) },
      { path: "console", text: printed },
    ];
    // the URN of a password stands in many places, the password nowhere
    const secrets = [...generated, REGISTRY_PASSWORD];
    const leaks = secrets.flatMap((secret) =>
      spellings(secret).flatMap((spelling) =>
        texts.filter(({ text }) => text.includes(spelling)).map(({ path }) => `${secret} in ${path}`),
      ),
    );
    expect(leaks).toEqual([]);
    expect(texts.length).toBeGreaterThan(500);
    expect(printed).toBe("");
  });

  it("are found by this scan where they do leak", () => {
    const [secret = ""] = generated;
    const leaked = [secret, Buffer.from(`{"a":"${secret}"}`).toString("base64"), `x${encodeURIComponent(secret)}`];
    for (const text of leaked)
      expect(
        spellings(secret).some((spelling) => text.includes(spelling)),
        text,
      ).toBe(true);
  });

  it("are passwords of 40 letters and digits, made anew by a raised generation, beside the one before where both are let in", async () => {
    const changed = resolved(name, {
      "filiera:postgres": { credentialGeneration: 2 },
      "filiera:objectStore": { credentialGeneration: 3 },
      "filiera:mlflow": { credentialGeneration: 4 },
    });
    const keepers = async (config: typeof changed) => {
      const { requested } = await deployed(name, config, { preview: false });
      return Object.fromEntries(
        requested
          .filter(({ type }) => type === RANDOM)
          .map((each) => {
            expect(each.inputs).toMatchObject({ length: 40, special: false });
            return [each.name, at(each.inputs, "keepers", "generation")];
          }),
      );
    };
    expect(await keepers(resolved(name))).toEqual(
      Object.fromEntries(passwordsOf(name).map((password) => [password, "1"])),
    );
    expect(await keepers(changed)).toEqual({
      checksums: "1",
      "minio/mlflow-g3": "3",
      "minio/mlflow-g2": "2",
      ...(isBackedUp(name) && { "minio/postgres-backup-g3": "3", "minio/postgres-backup-g2": "2" }),
      "minio/root": "1",
      "mlflow/admin-g4": "4",
      "mlflow/session-key-g4": "4",
      "postgres/app-g2": "2",
      "postgres/mlflow-g2": "2",
      "postgres/mlflow": "1",
    });
  });

  it("restart the pods that use them, by a checksum that is no secret and tells nothing", async () => {
    const checksums = async (changes = {}) => {
      const { one } = await deployed(name, resolved(name, changes), { preview: false });
      return ["Deployment::platform/mlflow/mlflow", "StatefulSet::platform/minio/minio"].map((end) =>
        at(one(end).inputs, "spec", "template", "metadata", "annotations", "filiera.dev/checksum"),
      );
    };
    const before = await checksums();
    for (const checksum of before) expect(checksum).toMatch(/^[0-9a-f]{16}$/);
    expect(await checksums({ "filiera:mlflow": { auth: { kind: "basic", defaultPermission: "READ" } } })).toEqual([
      expect.not.stringMatching(String(before[0])),
      before[1],
    ]);
  });

  it("that are sealed are never revealed: a plan needs none", async () => {
    const sealed = resolved(name, { "filiera:images": { pullSecret: { ...PULL, password: { secure: "v1:Zm9v" } } } });
    expect(() => sealed.images.pullSecret?.password.reveal()).toThrow(
      "a sealed secret cannot be revealed: only the engine decrypts it",
    );
    const { one, requested } = await deployed(name, sealed, { preview: true });
    expect(one("Secret::platform/mlflow/filiera-registry").inputs["data"]).toEqual({ ".dockerconfigjson": "[secret]" });
    expect(JSON.stringify(requested.map(({ wire }) => wire))).not.toContain("Zm9v");
  });
});

describe("images without a digest", () => {
  const why = "is not set, and production deploys no image by its tag: write the digest that your registry tells";

  it("are refused in production, all of them at once, before anything is asked for", async () => {
    const failure: unknown = await deployed("prod", environment("prod"), { preview: false }).catch(
      (error: unknown) => error,
    );
    expect(isFilieraError(failure) && failure.problems).toEqual([
      { path: "filiera:images.digests.mlflow", message: why },
      { path: "filiera:images.digests.minio-setup", message: why },
      { path: "filiera:images.digests.minio", message: why },
      { path: "filiera:images.digests.postgresql", message: why },
    ]);
    // of these `pulumi up` prints the message alone
    expect(failure instanceof Error && pulumi.RunError.isInstance(failure)).toBe(true);
    expect(failure).toMatchObject({
      message: ["mlflow", "minio-setup", "minio", "postgresql"]
        .map((image) => `[filiera:images.digests.${image}] ${why}`)
        .join("\n"),
    });
  });

  it("may be planned in production", async () => {
    const { plan } = await deployed("prod", environment("prod"), { preview: true });
    expect(plan.images.filter(({ resolved }) => !resolved).length).toBeGreaterThan(3);
  });

  it.each(["local", "dev", "staging"] as const)("may be deployed in %s", async (name) => {
    const { requested } = await deployed(name, environment(name), { preview: false });
    expect(requested.length).toBeGreaterThan(50);
  });
});

describe("the project's file", () => {
  const project: unknown = parse(readFileSync("Pulumi.yaml", "utf8"));

  it("turns off the providers that would take their cluster from the environment", () => {
    expect(at(project, "config", "pulumi:disable-default-providers", "value")).toEqual(["kubernetes", "aws"]);
  });

  it("runs our entry, without a TypeScript compiler, over our environments", () => {
    expect(project).toMatchObject({
      name: "filiera",
      main: "stacks/main.js",
      stackConfigDir: "environments",
      runtime: { name: "nodejs", options: { typescript: false } },
    });
  });
});
