import { App, Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { here } from "../../../constructs/kernel/here.ts";
import { late, type Text, type Tree } from "../../../constructs/kernel/late.ts";
import { collect } from "../../../constructs/kernel/objects.ts";
import { render } from "../../../constructs/kernel/render.ts";

/** A text that is built twice: once of places, once of the constants that they are in a cluster. */
interface Both {
  readonly places: Text;
  readonly constants: Text;
}

const both = (place: Text, constant: Text): Both => ({ places: place, constants: constant });

const leaf: fc.Arbitrary<Both> = fc.oneof(
  fc.string({ maxLength: 8 }).map((text) => both(here.listen(text), text)),
  fc.integer({ min: 1, max: 65535 }).map((port) => both(here.port(port), String(port))),
  fc.constantFrom("/tmp", "/etc/mlflow/trust").map((path) => both(here.folder(path), path)),
  fc.constant(both(here.serviceHost("sql", "data"), "sql.data.svc.cluster.local")),
  fc.constant(both(here.servicePort("sql", "data", 5432), "5432")),
  fc.string({ maxLength: 8 }).map((text) => both(text, text)),
  fc.constantFrom("mlflow/admin", "postgres/mlflow").map((name) => {
    const secret = late.named(name);
    return both(secret, secret);
  }),
);

const encoders = ["url", "shell", "kube", "base64"] as const;

const { text } = fc.letrec<{ text: Both }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc
      .tuple(fc.constantFrom(...encoders), tie("text"))
      .map(([encoder, of]) => both(encode(encoder, of.places), encode(encoder, of.constants))),
    fc
      .tuple(tie("text"), fc.string({ maxLength: 4 }), tie("text"))
      .map(([a, between, b]) =>
        both(late.text`${a.places}${between}${b.places}`, late.text`${a.constants}${between}${b.constants}`),
      ),
    fc.tuple(tie("text"), tie("text")).map(([a, b]) => {
      const document = (value: Tree, marker: Text): Tree => ({ value, list: [String(marker), 1, null] });
      return both(late.json(document(a.places, b.places)), late.json(document(a.constants, b.constants)));
    }),
  ),
}));

function encode(encoder: (typeof encoders)[number], of: Text): Text {
  const apply: (value: Text) => Text = late[encoder];
  return apply(of);
}

/** What GitOps gets of an object that holds a text in several places. */
function rendered(value: Text) {
  const chart = new Chart(new App(), "chart");
  new k8s.KubeConfigMap(chart, "map", { metadata: { name: "map" }, data: { a: String(value), b: "plain" } });
  return render(chart).map(({ manifest, template }) => ({ manifest, template }));
}

test("in a manifest, places are the constants that they are in a cluster, however they are embedded", () => {
  fc.assert(
    fc.property(text, ({ places, constants }) => {
      // what cannot be said is refused in both
      const outcome = (value: Text) => {
        try {
          return rendered(value);
        } catch (error) {
          return String(error);
        }
      };
      expect(outcome(places)).toEqual(outcome(constants));
    }),
    { numRuns: 500 },
  );
});

describe("places", () => {
  const chart = new Chart(new App(), "chart");
  const port = late.asNumber(here.servicePort("sql", "data", 5432));
  new k8s.KubeService(chart, "service", { metadata: { name: "service" }, spec: { ports: [{ port }] } });
  new k8s.KubeConfigMap(chart, "map", {
    metadata: { name: "map" },
    data: { url: String(late.text`x://${here.serviceHost("sql", "data")}:${port}`) },
  });

  test("are settled when objects are collected, numbers as numbers", () => {
    const [service, map] = collect(chart).map(({ manifest }) => manifest);
    expect(service?.["spec"]).toEqual({ ports: [{ port: 5432 }] });
    expect(map?.["data"]).toEqual({ url: "x://sql.data.svc.cluster.local:5432" });
  });

  test("are kept for whoever runs the objects elsewhere", () => {
    const [, map] = collect(chart, { places: "kept" }).map(({ manifest }) => manifest);
    expect(JSON.stringify(map?.["data"])).toContain("late:");
  });
});
