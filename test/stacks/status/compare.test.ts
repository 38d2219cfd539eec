import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../constructs/kernel/json.ts";
import { differences } from "../../../stacks/status/compare.ts";
import { HOLE, wantedObjects } from "../../../stacks/wanted/index.ts";
import { ENVIRONMENTS, environment, leavesOf } from "../../support/platform.ts";

/** Differences as text: `spec.replicas: 2 ≠ 5`. */
function told(wanted: Readonly<Record<string, unknown>>, live: JsonObject): string[] {
  return differences(wanted, live).map(
    ({ field, wanted: asked, found }) =>
      `${field}: ${asked === HOLE ? "[hole]" : JSON.stringify(asked)} ≠ ${JSON.stringify(found)}`,
  );
}

const container = (more: JsonObject = {}) => ({ name: "main", image: "a:1", ...more });
const pods = (...containers: readonly JsonObject[]) => ({ spec: { template: { spec: { containers } } } });

describe("an object and what the file says", () => {
  it("are the same, whatever a cluster fills in", () => {
    const wanted = { apiVersion: "v1", kind: "A", metadata: { name: "a", labels: { x: "1" } }, spec: { replicas: 2 } };
    const live = {
      apiVersion: "v1",
      kind: "A",
      metadata: { name: "a", uid: "u", labels: { x: "1", theirs: "yes" }, annotations: { theirs: "yes" } },
      spec: { replicas: 2, strategy: { type: "RollingUpdate" } },
      status: { replicas: 1 },
    };
    expect(told(wanted, live)).toEqual([]);
  });

  it("are the same, however a server writes amounts, durations and what is empty", () => {
    const wanted = {
      ...pods(container({ resources: { requests: { cpu: 1, memory: "1024Mi" }, limits: { cpu: "1500m" } } })),
      data: {},
    };
    const live = pods(container({ resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "1.5" } } }));
    expect(told(wanted, live)).toEqual([]);
    expect(told({ spec: { duration: "2160h", isCA: false } }, { spec: { duration: "2160h0m0s" } })).toEqual([]);
    expect(told({ spec: { duration: "2160h" } }, { spec: { duration: "24h0m0s" } })).toEqual([
      'spec.duration: "2160h" ≠ "24h0m0s"',
    ]);
    // an amount is one only where amounts stand
    expect(told({ spec: { args: ["1000m"] } }, { spec: { args: ["1"] } })).toEqual(['spec.args[0]: "1000m" ≠ "1"']);
  });

  it("differ in a field, and where it is", () => {
    const wanted = { metadata: { labels: { "a.io/x": "1" } }, spec: { replicas: 2, gone: "a" } };
    const live = { metadata: { labels: { "a.io/x": "2" } }, spec: { replicas: 5 } };
    expect(told(wanted, live)).toEqual([
      "spec.replicas: 2 ≠ 5",
      'spec.gone: "a" ≠ undefined',
      'metadata.labels["a.io/x"]: "1" ≠ "2"',
    ]);
  });

  it("compare members of lists by their names, in whatever order", () => {
    const wanted = pods(
      container({
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "2" },
        ],
      }),
    );
    expect(
      told(
        wanted,
        pods(
          container({
            env: [
              { name: "B", value: "2" },
              { name: "A", value: "1" },
            ],
          }),
        ),
      ),
    ).toEqual([]);
    expect(
      told(
        wanted,
        pods(
          container({
            env: [
              { name: "A", value: "1" },
              { name: "C", value: "3" },
            ],
          }),
        ),
      ),
    ).toEqual([
      'spec.template.spec.containers[main].env[B]: {"name":"B","value":"2"} ≠ undefined',
      'spec.template.spec.containers[main].env[C]: undefined ≠ {"name":"C","value":"3"}',
    ]);
    expect(told(pods(container()), pods(container(), { name: "mesh", image: "m:1" }))).toEqual([
      'spec.template.spec.containers[mesh]: undefined ≠ {"name":"mesh","image":"m:1"}',
    ]);
  });

  it("compare other lists by position, and see what was added", () => {
    const rule = (port: number) => ({ ports: [{ port }] });
    expect(told({ spec: { ingress: [rule(1)] } }, { spec: { ingress: [rule(1), rule(22)] } })).toEqual([
      'spec.ingress[1]: undefined ≠ {"ports":[{"port":22}]}',
    ]);
    expect(told({ spec: { ingress: [rule(1), rule(2)] } }, { spec: { ingress: [rule(1)] } })).toEqual([
      'spec.ingress[1]: {"ports":[{"port":2}]} ≠ undefined',
    ]);
  });

  it("see what was added to a map that chooses pods or is read whole", () => {
    const wanted = { data: { a: "1" }, spec: { selector: { app: "a" }, podSelector: { matchLabels: {} } } };
    const live = {
      data: { a: "1", b: "2" },
      spec: { selector: { app: "a", debug: "x" }, podSelector: { matchLabels: { only: "this" } } },
    };
    expect(told(wanted, live)).toEqual([
      'data.b: undefined ≠ "2"',
      'spec.selector.debug: undefined ≠ "x"',
      'spec.podSelector.matchLabels.only: undefined ≠ "this"',
    ]);
  });

  it("see whatever was added to a NetworkPolicy", () => {
    const wanted = { kind: "NetworkPolicy", spec: { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] } };
    const live = {
      spec: {
        podSelector: {},
        ingress: [{ from: [{ podSelector: {}, ipBlock: { cidr: "0.0.0.0/0" } }] }],
        egress: [{}],
      },
    };
    expect(told(wanted, live)).toEqual([
      'spec.ingress[0].from[0].ipBlock: undefined ≠ {"cidr":"0.0.0.0/0"}',
      "spec.egress: undefined ≠ [{}]",
    ]);
  });

  it("do not compare what only a deployment knows, but see whether it is there", () => {
    expect(told({ data: { password: HOLE } }, { data: { password: "c2VjcmV0" } })).toEqual([]);
    expect(told({ data: { password: HOLE, user: "a" } }, { data: { user: "a" } })).toEqual([
      "data.password: [hole] ≠ undefined",
    ]);
    expect(told({ data: { password: HOLE } }, {})).toHaveLength(1);
    // such as the checksum of pods that a GitOps tool applied
    expect(told({ metadata: { annotations: { checksum: HOLE } } }, { metadata: {} })).toEqual([]);
  });
});

describe("what an environment asks for", () => {
  it.each(ENVIRONMENTS)("%s: is known without a deployment, but for Secrets and the checksums of pods", (name) => {
    const holes = wantedObjects(environment(name)).flatMap(({ holed, manifest }) =>
      leavesOf(holed)
        .filter(({ value }) => value === HOLE)
        .map(({ path }) => (manifest.kind === "Secret" ? path.split(".")[0] : `${manifest.kind} ${path}`)),
    );
    expect([...new Set(holes)].sort()).toEqual([
      "Deployment spec.template.metadata.annotations.filiera.dev/checksum",
      "StatefulSet spec.template.metadata.annotations.filiera.dev/checksum",
      "stringData",
    ]);
  });
});
