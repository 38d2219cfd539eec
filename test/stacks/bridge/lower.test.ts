import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import type { Chart } from "cdk8s";
import { Construct } from "constructs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHECKSUM, restartOnChange } from "../../../constructs/kernel/checksum.ts";
import { type Late, late, type Tree } from "../../../constructs/kernel/late.ts";
import { Options } from "../../../constructs/kernel/options.ts";
import { clusterObject, object } from "../../support/chart.ts";
import { type Asked, only, RUNS, recorded, type Sent } from "../../support/recorded.ts";

const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
const SECRET = "kubernetes:core/v1:Secret";
const PARENT = "urn:pulumi:stack::project::filiera:kubernetes:Objects::main";

function unknown(): Late {
  return late.from(pulumi.output(pulumi.unknown));
}

function secret(value: unknown): Late {
  return late.from(pulumi.secret(value));
}

/** A leaf of a random tree: what stands there, and what must be sent for it. */
interface Leaf {
  readonly make: () => Tree;
  readonly sent: Sent;
}

const values = fc.oneof(fc.string({ unit: "grapheme" }), fc.integer(), fc.boolean());
const leaves: fc.Arbitrary<Leaf> = fc.oneof(
  values.map((value): Leaf => ({ make: () => value, sent: { value, secret: false, known: true } })),
  values.map(
    (value): Leaf => ({
      make: () => late.from(pulumi.output(value)),
      sent: { value, secret: false, known: true },
    }),
  ),
  values.map((value): Leaf => ({ make: () => secret(value), sent: { value, secret: true, known: true } })),
  fc.constant<Leaf>({ make: unknown, sent: { value: undefined, secret: false, known: false } }),
  fc.constant<Leaf>({
    make: () => secret(pulumi.output(pulumi.unknown)),
    sent: { value: undefined, secret: true, known: false },
  }),
);

/** Random leaves at random places of a tree: lists in lists, maps in maps. */
const forests = fc.array(
  fc.record({ leaf: leaves, shape: fc.array(fc.constantFrom("list", "map"), { maxLength: 4 }) }),
  { minLength: 1, maxLength: 12 },
);

function wrap(leaf: Tree, shape: readonly string[]): Tree {
  return shape.reduceRight<Tree>((inner, kind) => (kind === "list" ? [inner] : { deeper: inner }), leaf);
}

function pathOf(shape: readonly string[]): string[] {
  return shape.map((kind) => (kind === "list" ? "0" : "deeper"));
}

describe.each(RUNS)("lowering, in $run", ({ preview }) => {
  const run = (build: (root: Chart) => void, options = {}) => recorded(build, { preview, ...options });

  it("sends every leaf with its value, secret and known as it was", async () => {
    await fc.assert(
      fc.asyncProperty(forests, async (forest) => {
        const { objects } = await run((root) => {
          const spec = Object.fromEntries(forest.map(({ leaf, shape }, i) => [`k${i}`, wrap(leaf.make(), shape)]));
          object(root, "a", { spec });
        });
        const { sent } = only(objects, CONFIG_MAP);
        for (const [i, { leaf, shape }] of forest.entries())
          expect(sent("spec", `k${i}`, ...pathOf(shape))).toEqual(leaf.sent);
      }),
      { numRuns: 40 },
    );
  });

  it("computes texts where all is known, secret where one part is", async () => {
    const { objects } = await run((root) => {
      const password = secret('p"w$');
      const host = late.from(pulumi.output("host"));
      object(root, "a", {
        data: {
          url: String(late.text`x://${late.url(password)}@${host}`),
          json: String(late.json({ host, password })),
          open: String(late.json({ host })),
          half: String(late.json({ host, later: unknown() })),
          port: late.asNumber(late.from(pulumi.output(5432))),
        },
      });
    });
    const { sent } = only(objects, CONFIG_MAP);
    expect(sent("data", "url")).toEqual({ value: "x://p%22w%24@host", secret: true, known: true });
    expect(sent("data", "json")).toEqual({ value: '{"host":"host","password":"p\\"w$"}', secret: true, known: true });
    expect(sent("data", "open")).toEqual({ value: '{"host":"host"}', secret: false, known: true });
    expect(sent("data", "half")).toEqual({ value: undefined, secret: false, known: false });
    expect(sent("data", "port")).toEqual({ value: 5432, secret: false, known: true });
  });

  it("asks for one resource an object, of the type that the typed classes have, on the cluster's own provider", async () => {
    const { objects, all } = await run((root) => {
      object(root, "a");
      object(root, "b", { apiVersion: "apps/v1", kind: "Deployment" });
      object(root, "c", { apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster" });
      clusterObject(root, "team", { kind: "Namespace" });
    });
    expect(objects.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
      "kubernetes:apps/v1:Deployment main/team/b",
      "kubernetes:core/v1:ConfigMap main/team/a",
      "kubernetes:core/v1:Namespace main/team",
      "kubernetes:postgresql.cnpg.io/v1:Cluster main/team/c",
    ]);
    expect(all).toHaveLength(4 + 3);
    for (const each of objects) {
      expect(each.parent).toBe(PARENT);
      expect(each.provider).toContain("pulumi:providers:kubernetes::main::");
      expect(each.version).toMatch(/^4\.\d+\.\d+$/);
      expect(each.sent("status").value).toBeUndefined();
    }
  });

  it("depends on what comes before, and no more", async () => {
    const { objects } = await run((root) => {
      const group = new Construct(root, "group");
      const b = object(group, "b");
      object(root, "a").node.addDependency(group);
      object(group, "c").node.addDependency(b);
      object(root, "d");
    });
    const short = (urn: string) => urn.split("::").at(-1);
    expect(Object.fromEntries(objects.map(({ name, dependsOn }) => [name, dependsOn.map(short)]))).toEqual({
      "main/team/b": [],
      "main/team/c": ["main/team/b"],
      "main/team/a": ["main/team/c"],
      "main/team/d": [],
    });
  });

  it("passes options on", async () => {
    const { objects } = await run((root) => {
      Options.of(object(root, "a")).set({
        protect: true,
        retainOnDelete: true,
        ignoreChanges: ["data.x"],
        aliases: ["/ConfigMap/old/b", "/ConfigMap//c"],
        skipAwait: true,
        waitFor: "condition=Ready",
      });
      object(root, "b");
    });
    const [a, b] = ["a", "b"].map((id) => objects.find(({ name }) => name === `main/team/${id}`));
    expect(a).toMatchObject({ protect: true, retainOnDelete: true, ignoreChanges: ["data.x"] });
    expect(a?.aliases).toEqual([
      { name: "main/old/b", type: "" },
      { name: "main/c", type: "" },
    ]);
    expect(a?.inputs["metadata"]).toEqual({
      name: "a",
      namespace: "team",
      annotations: { "pulumi.com/skipAwait": "true", "pulumi.com/waitFor": "condition=Ready" },
    });
    expect(b).toMatchObject({ protect: false, retainOnDelete: false, ignoreChanges: [], aliases: [] });
    expect(b?.inputs["metadata"]).toEqual({ name: "b", namespace: "team" });
  });

  it("knows an object under the other versions of its API", async () => {
    const scaler = async (version: string) => {
      const { objects } = await run((root) => {
        object(root, "a", { apiVersion: `autoscaling/${version}`, kind: "HorizontalPodAutoscaler" });
      });
      return only(objects, `kubernetes:autoscaling/${version}:HorizontalPodAutoscaler`);
    };
    const [v1, v2] = [await scaler("v1"), await scaler("v2")];
    expect(v1.aliases).toContainEqual({ name: "", type: v2.type });
    expect(v2.aliases).toContainEqual({ name: "", type: v1.type });
    expect(v1.name).toBe(v2.name);
  });

  it("writes a Secret's texts as data, secret leaf by leaf, and hides what comes back", async () => {
    const { objects } = await run((root) => {
      object(root, "a", {
        kind: "Secret",
        data: { old: "b2xk" },
        stringData: { user: "u", password: String(secret("pässword")), later: String(unknown()) },
      });
    });
    const found = only(objects, SECRET);
    expect(found.additionalSecretOutputs).toEqual(["data", "stringData"]);
    expect(found.inputs["stringData"]).toBeUndefined();
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    expect(found.sent("data", "old")).toEqual({ value: "b2xk", secret: false, known: true });
    expect(found.sent("data", "user")).toEqual({ value: base64("u"), secret: false, known: true });
    expect(found.sent("data", "password")).toEqual({ value: base64("pässword"), secret: true, known: true });
    expect(found.sent("data", "later").known).toBe(false);
  });

  it("shows the checksum of a Secret, which shows nothing of the Secret", async () => {
    const checksum = async (password: string, keyIsKnown = true) => {
      const checksumKey = () => pulumi.secret(keyIsKnown ? "key" : pulumi.output(pulumi.unknown)).apply(String);
      const { objects } = await run(
        (root) => {
          object(root, "password", { kind: "Secret", stringData: { password: String(secret(password)) } });
          const spec = { template: { spec: { volumes: [{ secret: { secretName: "password" } }] } } };
          restartOnChange(object(root, "server", { apiVersion: "apps/v1", kind: "Deployment", spec }));
        },
        { checksumKey },
      );
      const server = only(objects, "kubernetes:apps/v1:Deployment");
      return server.sent("spec", "template", "metadata", "annotations", CHECKSUM);
    };
    const one = await checksum("one");
    expect(one).toEqual({ value: expect.stringMatching(/^[0-9a-f]{16}$/), secret: false, known: true });
    expect(await checksum("one")).toEqual(one);
    expect((await checksum("two")).value).not.toBe(one.value);
    expect((await checksum("one", false)).known).toBe(false);
  });

  it("reads fields of other objects: known after up where only the cluster knows them", async () => {
    const found: Record<string, unknown> = {};
    const { objects } = await run(
      (root: Chart) => {
        const service = object(root, "gateway", { kind: "Service", spec: { type: "LoadBalancer" } });
        const ip = late.of(service, "status", "loadBalancer", "ingress", "0", "ip");
        object(root, "a", { data: { ip: String(ip), type: String(late.of(service, "spec", "type")) } });
      },
      {
        observe: ({ resources }: { resources: ReadonlyMap<string, pulumi.CustomResource> }) => {
          found["keys"] = [...resources.keys()];
        },
      },
    );
    const a = only(objects, CONFIG_MAP);
    expect(found["keys"]).toEqual(["/Service/team/gateway", "/ConfigMap/team/a"]);
    expect(a.dependsOn.map((urn) => urn.split("::").at(-1))).toEqual(["main/team/gateway"]);
    expect(a.sent("data", "type")).toEqual({ value: "LoadBalancer", secret: false, known: true });
    expect(a.sent("data", "ip").known).toBe(!preview);
  });

  it("says what a late value turns out to be", async () => {
    const outputs: pulumi.Output<string>[] = [];
    await run(() => {}, {
      observe: ({ output }: { output: (value: string | Late) => pulumi.Output<string> }) => {
        outputs.push(output("plain"), output(late.url(secret("a b"))), output(late.from(pulumi.output(5))));
      },
    });
    const read = await Promise.all(
      outputs.map((each) => new Promise((resolve) => each.apply((value) => resolve(value)))),
    );
    expect(read).toEqual(["plain", "a%20b", "5"]);
    expect(await Promise.all(outputs.map((each) => pulumi.isSecret(each)))).toEqual([false, true, false]);
  });
});

/** A random tree: where each of six objects and a Deployment stands, under which ids. */
const layouts = fc.record({
  ids: fc.uniqueArray(fc.stringMatching(/^[a-z0-9-]{1,8}$/), { minLength: 12, maxLength: 12 }),
  parents: fc.array(fc.nat({ max: 3 }), { minLength: 6, maxLength: 6 }),
});

function place(
  root: Chart,
  { ids, parents }: { readonly ids: readonly string[]; readonly parents: readonly number[] },
) {
  const scopes: Construct[] = [root];
  for (const id of ids.slice(0, 3)) scopes.push(new Construct(scopes.at(-1) ?? root, `group-${id}`));
  const parts = Array.from({ length: 6 }, (_, i) => {
    const scope = scopes[parents[i] ?? 0] ?? root;
    const spec = { selector: { matchLabels: { app: `o${i}` } }, template: { metadata: { labels: { app: `o${i}` } } } };
    const kind = i % 2 ? { apiVersion: "apps/v1", kind: "Deployment", spec } : { data: { value: String(secret("s")) } };
    return object(scope, `x${ids[i + 3]}`, { name: `o${i}`, ...kind });
  });
  const [first, second, third] = parts;
  if (first && second && third) third.node.addDependency(first, second);
}

describe("renaming constructs and moving them", () => {
  const essence = (objects: readonly Asked[]) =>
    objects
      .map(({ urn, inputs, dependsOn, aliases }) => ({ urn, inputs, dependsOn: [...dependsOn].sort(), aliases }))
      .sort((a, b) => (a.urn < b.urn ? -1 : 1));

  it("leaves every URN, selector, label and dependency as it was", async () => {
    await fc.assert(
      fc.asyncProperty(layouts, layouts, async (one, other) => {
        const [before, after] = [
          await recorded((root) => place(root, one)),
          await recorded((root) => place(root, other)),
        ];
        expect(essence(after.objects)).toEqual(essence(before.objects));
      }),
      { numRuns: 30 },
    );
  });
});

describe("what cannot be lowered", () => {
  // a program that fails leaves rejected promises behind, which nothing but the end of its process cleans up
  const fails = async (value: string): Promise<string> => {
    const program = `
      import * as pulumi from "@pulumi/pulumi";
      import { late } from "./constructs/kernel/late.ts";
      import { record } from "./stacks/plan/recording.ts";
      import { lower } from "./stacks/bridge/lower.ts";
      import { chart, object } from "./test/support/chart.ts";
      class Provider extends pulumi.ProviderResource { constructor() { super("kubernetes", "main", {}); } }
      process.on("unhandledRejection", (error) => { console.log(error.name + ": " + error.message); process.exit(1); });
      await record(() => {
        const root = chart();
        object(root, "a", { data: { value: String(${value}) } });
        lower(root, { cluster: "main", provider: new Provider(), checksumKey: pulumi.secret("key") });
      }, { project: "project", stack: "stack" }).catch((error) => { console.log(error.name + ": " + error.message); process.exit(1); });
    `;
    const args = ["--input-type=module-typescript", "-e", program];
    const failed: unknown = await promisify(execFile)(process.execPath, args).catch((error: unknown) => error);
    return failed instanceof Error && "stdout" in failed ? String(failed.stdout).trim() : "no complaint";
  };

  it("is refused with the construct's path, and without what is secret", async () => {
    const messages = await Promise.all([
      fails('late.ini(late.from(pulumi.secret("hunter2\\r")))'),
      fails('late.named("postgres.password")'),
      fails("late.of(root)"),
    ]);
    expect(messages).toEqual([
      'FilieraError: error serializing property "data": [test/a] an INI value cannot hold a carriage return: encode it first, for example as a URL',
      'FilieraError: [test/a] the late value "postgres.password" was not provisioned: give it as an Output with late.from(…)',
      "FilieraError: [test/a] a late value is read from test, which is not an object of this platform",
    ]);
  }, 15_000);
});
