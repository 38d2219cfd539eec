import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { ApiObject, App, Chart } from "cdk8s";
import { Construct } from "constructs";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { type Late, late } from "../../../constructs/kernel/late.ts";
import { collect } from "../../../constructs/kernel/objects.ts";
import { Mlflow } from "../../../constructs/mlflow/index.ts";
import { PlatformNamespace } from "../../../constructs/namespace/index.ts";
import { Minio } from "../../../constructs/object-store/index.ts";
import { Operator, operatorCharts } from "../../../constructs/operator/index.ts";
import { Postgres } from "../../../constructs/postgres/index.ts";
import { InternalAuthority } from "../../../constructs/tls/index.ts";
import { program } from "../../../stacks/program.ts";
import { record } from "../../../testing/index.ts";
import { composed, ENVIRONMENTS, environment, resolved } from "../../support/platform.ts";
import { recorded } from "../../support/recorded.ts";
import { IMAGE } from "../../support/workload.ts";

/** What becomes of each id that a construct is given; the root has none. */
const ids = vi.hoisted(() => ({ rename: (id: string): string => id }));

// every construct of ours, and those of cdk8s, come into being under another id
vi.mock("constructs", async (original) => {
  const constructs = await original<typeof import("constructs")>();
  class Renamed extends constructs.Construct {
    constructor(scope: Construct, id: string) {
      super(scope, scope && id ? ids.rename(id) : id);
    }
  }
  return { ...constructs, Construct: Renamed };
});
for (const type of [ApiObject, Chart]) Object.setPrototypeOf(type, Construct);

function under<T>(rename: (id: string) => string, action: () => T): T {
  const before = ids.rename;
  ids.rename = rename;
  try {
    return action();
  } finally {
    ids.rename = before;
  }
}

/** Every id becomes another one, and none become the same. */
function renaming(seed: string): (id: string) => string {
  return (id) =>
    `${seed.replaceAll("/", "")}x${createHash("sha256").update(`${seed} ${id}`).digest("hex").slice(0, 10)}`;
}

async function requests(name: (typeof ENVIRONMENTS)[number], rename: (id: string) => string) {
  return record(() => under(rename, () => program(resolved(name))), {
    project: "filiera",
    stack: name,
    preview: false,
  });
}

const sorted = <T extends { readonly urn: string }>(list: readonly T[]) =>
  [...list].sort((a, b) => (a.urn < b.urn ? -1 : 1)).map(({ ...each }) => each);

describe("renaming every construct", () => {
  it("does rename every one of them", () => {
    const paths = (rename: (id: string) => string) =>
      under(rename, () => collect(composed(environment("prod")).chart).map(({ construct }) => construct.node.path));
    const before = new Set(paths((id) => id).flatMap((path) => path.split("/")));
    const after = paths(renaming("other")).flatMap((path) => path.split("/"));
    expect(before).toContain("platform");
    expect(before.size).toBeGreaterThan(30);
    expect(after.filter((id) => before.has(id))).toEqual([]);
  });

  it.each(ENVIRONMENTS)("leaves every manifest of %s as it was: selectors, labels, names", (name) => {
    const config = environment(name);
    const manifests = (rename: (id: string) => string) =>
      under(rename, () => {
        const objects = collect(composed(config).chart);
        return objects.map(({ identity, manifest }) => [identity, withoutMarkers(JSON.stringify(manifest))]);
      });
    const before = manifests((id) => id);
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii", maxLength: 30 }), (seed) => {
        expect(manifests(renaming(seed))).toEqual(before);
      }),
      { numRuns: 8 },
    );
  });

  it.each(["local", "prod"] as const)(
    "leaves everything that %s asks the engine for as it was: URNs too",
    async (name) => {
      const before = await requests(name, (id) => id);
      const after = await requests(name, renaming("other"));
      expect(sorted(after.resources)).toEqual(sorted(before.resources));
      expect(after.outputs).toEqual(before.outputs);
    },
  );
});

/** Numbers of late values count up through a process. */
function withoutMarkers(text: string): string {
  return text.replace(/late:\d+/g, "late");
}

/** The nouns of a platform, each in a scope of its own choice. */
function nouns(scopeOf: (noun: string) => Construct): void {
  const secret = (name: string): Late => late.from(pulumi.secret(`generated ${name}`));
  const scrapers = { kind: "namespace", namespace: "monitoring" } as const;
  const resources = { requests: { cpu: "1", memory: "1Gi" } };
  for (const name of ["postgres", "minio", "mlflow", "cert-manager", "cnpg-system"])
    new PlatformNamespace(scopeOf("namespaces"), `namespace-${name}`, { name });
  for (const name of ["cert-manager", "cloudnative-pg"] as const)
    new Operator(scopeOf("operators"), name, { chart: operatorCharts[name], replicas: 1, scrapers });
  const { issuer } = new InternalAuthority(scopeOf("trust"), "authority", {
    name: "filiera-ca",
    certManagerNamespace: "cert-manager",
  });
  const postgres = new Postgres(scopeOf("postgres"), "postgres", {
    name: "postgres",
    namespace: "postgres",
    image: IMAGE,
    instances: 3,
    storage: "10Gi",
    resources,
    issuer,
    ownerPassword: secret("owner"),
    scrapers,
  });
  const minio = new Minio(scopeOf("minio"), "minio", {
    name: "minio",
    namespace: "minio",
    image: IMAGE,
    setupImage: IMAGE,
    servers: 4,
    drivesPerServer: 1,
    storage: "10Gi",
    resources,
    issuer,
    rootPassword: secret("root"),
  });
  minio.addBucket("models");
  const mlflow = new Mlflow(scopeOf("mlflow"), "mlflow", {
    name: "mlflow",
    namespace: "mlflow",
    image: IMAGE,
    replicas: 2,
    resources,
    database: postgres.addDatabase("mlflow", { password: secret("database") }),
    artifacts: minio.grant("mlflow", { bucket: "models", secretAccessKey: secret("key") }),
    auth: { kind: "basic", adminPassword: secret("admin"), sessionKey: secret("session") },
    scrapers,
  });
  mlflow.addUser("training", { password: secret("training") });
}

describe("moving a construct", () => {
  const homes: Record<string, (root: Chart) => (noun: string) => Construct> = {
    "into one chart": (root) => () => root,
    "into a chart of its own": (root) => {
      const charts = new Map<string, Chart>();
      return (noun) => {
        const chart = charts.get(noun) ?? new Chart(root, `of-${noun}`, { disableResourceNameHashes: true });
        charts.set(noun, chart);
        return chart;
      };
    },
    "deep into layers": (root) => {
      const layer = ["a", "b", "c", "d"].reduce<Construct>((scope, id) => new Construct(scope, id), root);
      return () => layer;
    },
    "each deeper than the one before": (root) => {
      let scope: Construct = root;
      return (noun) => {
        scope = new Construct(scope, `below-${noun}`);
        return scope;
      };
    },
  };

  it("leaves every URN, selector, label and dependency as it was", async () => {
    const results = [];
    for (const home of Object.values(homes)) {
      const { all } = await recorded((root) => nouns(home(root)), { preview: false });
      results.push(sorted(all).map(({ dependsOn, ...each }) => ({ ...each, dependsOn: [...dependsOn].sort() })));
    }
    const [first, ...others] = results;
    expect(first?.length).toBeGreaterThan(50);
    for (const other of others) expect(other).toEqual(first);
  });

  it("is possible to another app", () => {
    const one = collect(composed(environment("prod"), new App()).chart);
    const other = collect(
      composed(environment("prod"), new Construct(new Chart(new App(), "elsewhere"), "inside")).chart,
    );
    expect(other.map(({ manifest }) => withoutMarkers(JSON.stringify(manifest)))).toEqual(
      one.map(({ manifest }) => withoutMarkers(JSON.stringify(manifest))),
    );
    expect(other[0]?.construct.node.path).toMatch(/^elsewhere\/inside\/platform\//);
  });
});
