import { describe, expect, it } from "vitest";
import { isObject, listAt } from "../../../constructs/kernel/json.ts";
import type { Manifest } from "../../../constructs/kernel/objects.ts";
import { isPeer, Network } from "../../support/network.ts";
import {
  BACKED_UP,
  clustersOf,
  ENVIRONMENTS,
  environment,
  KAFKA,
  manifestsOf,
  type Pods,
  podsOf,
  RECOVERED,
  VARIANTS,
} from "../../support/platform.ts";

const withoutHash = (name: string) => name.replace(/-[0-9a-f]{8}$/, "");

/** Who may talk to whom, on which port: both ends allow it. Ports that anybody may call are left out. */
function connections(manifests: readonly Manifest[]): string[] {
  const network = new Network(manifests);
  const pods = podsOf(manifests);
  return pods
    .flatMap((client) =>
      pods.flatMap((server) =>
        server.ports
          .filter((port) => network.letsOut(client, server, port) && network.letsIn(client, server, port))
          .map((port) => `${withoutHash(client.name)} → ${withoutHash(server.name)}:${port}`),
      ),
    )
    .sort();
}

/** Rules that name the pods at the other end, and those pods. */
function named(manifests: readonly Manifest[], direction: "ingress" | "egress", pods: readonly Pods[]) {
  const network = new Network(manifests);
  return pods.flatMap((own) =>
    network
      .guarding(own)
      .flatMap((policy) => listAt(policy, "spec", direction))
      .flatMap((rule) =>
        listAt(rule, direction === "ingress" ? "from" : "to")
          .filter((peer) => isObject(peer["podSelector"]))
          .map((peer) => ({ own, peer, ports: listAt(rule, "ports").map(({ port }) => Number(port)) })),
      ),
  );
}

describe.each(VARIANTS)("the network of %s", (_, name, changes) => {
  const manifests = manifestsOf(environment(name, changes));
  const pods = podsOf(manifests);
  const network = new Network(manifests);

  it("has a policy for every pod: of workloads, of operators, and of those that operators make", () => {
    const nodes = name === "prod" ? ["kafka/brokers", "kafka/controllers"] : ["kafka/nodes"];
    const kafka = [
      "ingestion/ingestion-payments",
      "kafka/kafka-entity-operator",
      ...nodes,
      "strimzi-system/strimzi-cluster-operator",
    ];
    const expected = [
      ...("filiera:kafka" in changes ? kafka : []),
      ...(changes === BACKED_UP ? ["backup/backup", "backup/backup-restore"] : []),
      "cert-manager/cert-manager",
      "cert-manager/cert-manager-cainjector",
      "cert-manager/cert-manager-startupapicheck",
      "cert-manager/cert-manager-webhook",
      "cnpg-system/cloudnative-pg",
      "cnpg-system/plugin-barman-cloud",
      "minio/minio",
      "minio/minio-setup",
      "mlflow/mlflow",
      "mlflow/mlflow-migrate",
      "postgres/postgres (initdb)",
      "postgres/postgres (instance)",
      "postgres/postgres (join)",
      ...(changes === RECOVERED
        ? ["full-recovery", "instance", "join"].map((role) => `postgres/postgres-2 (${role})`)
        : []),
    ];
    expect(pods.map((each) => withoutHash(each.name)).sort()).toEqual(expected.sort());
    for (const each of pods) expect(network.guarding(each), each.name).toHaveLength(1);
  });

  it("refuses in both directions what no rule allows", () => {
    for (const policy of manifests.filter(({ kind }) => kind === "NetworkPolicy"))
      expect(policy["spec"]).toMatchObject({ policyTypes: ["Ingress", "Egress"] });
  });

  it("has no policy that guards nothing", () => {
    const guarding = new Set(pods.flatMap((each) => network.guarding(each)));
    expect(guarding.size).toBe(manifests.filter(({ kind }) => kind === "NetworkPolicy").length);
  });

  it("allows each connection on both sides, on the same port", () => {
    const outside: string[] = [];
    for (const direction of ["ingress", "egress"] as const)
      for (const { own, peer, ports } of named(manifests, direction, pods)) {
        const others = pods.filter((other) => isPeer(peer, other));
        if (others.length === 0) outside.push(`${own.name} ${direction} ${JSON.stringify(peer)}`);
        for (const other of others)
          for (const port of ports) {
            const [client, server] = direction === "ingress" ? [other, own] : [own, other];
            expect(network.letsOut(client, server, port), `${client.name} is let out to ${server.name}:${port}`).toBe(
              true,
            );
            expect(network.letsIn(client, server, port), `${server.name}:${port} lets in ${client.name}`).toBe(true);
          }
      }
    expect(outside).toEqual([]);
  });

  it("lets everybody look up names, and no one out to an address but backups to their store", () => {
    for (const each of pods)
      for (const rule of network.guarding(each).flatMap((policy) => listAt(policy, "spec", "egress"))) {
        const ports = listAt(rule, "ports").map(({ port }) => port);
        const blocks = listAt(rule, "to").flatMap(({ ipBlock }) => (isObject(ipBlock) ? ipBlock["cidr"] : []));
        const isStore = each.name.startsWith("backup/") && ports.includes(443);
        const allowed = isStore ? [["0.0.0.0/0"], [443]] : [["169.254.20.10/32"], [53, 53]];
        if (blocks.length > 0) expect([blocks, ports]).toEqual(allowed);
      }
  });

  it("lets only what talks to the API server out to anywhere, and only on its ports", () => {
    const free = pods.filter((each) =>
      network
        .guarding(each)
        .flatMap((policy) => listAt(policy, "spec", "egress"))
        .some((rule) => {
          if (rule["to"] !== undefined) return false;
          expect(listAt(rule, "ports").map(({ port }) => port)).toEqual([443, 6443]);
          return true;
        }),
    );
    expect(free.map((each) => each.name).filter((each) => /^(minio|mlflow)/.test(each))).toEqual([]);
  });
});

describe("who talks to whom", () => {
  it("at a Kafka is its operators, its nodes, and the namespaces of its clients", () => {
    const manifests = manifestsOf(environment("prod", KAFKA));
    expect(connections(manifests).filter((each) => each.includes("kafka/"))).toMatchInlineSnapshot(`
      [
        "ingestion/ingestion-payments → kafka/brokers:9093",
        "kafka/brokers → kafka/brokers:9091",
        "kafka/brokers → kafka/controllers:9090",
        "kafka/controllers → kafka/brokers:9091",
        "kafka/controllers → kafka/controllers:9090",
        "kafka/kafka-entity-operator → kafka/brokers:9091",
        "strimzi-system/strimzi-cluster-operator → kafka/brokers:8443",
        "strimzi-system/strimzi-cluster-operator → kafka/brokers:9091",
        "strimzi-system/strimzi-cluster-operator → kafka/controllers:8443",
        "strimzi-system/strimzi-cluster-operator → kafka/controllers:9090",
      ]
    `);
    const client = (namespace: string): Pods => ({ name: "client", namespace, labels: {}, ports: [] });
    const network = new Network(manifests);
    const open = (namespace: string) =>
      podsOf(manifests).flatMap((server) =>
        server.ports
          .filter((port) => network.letsIn(client(namespace), server, port))
          .map((port) => `${server.name}:${port}`),
      );
    expect(open("scoring").filter((each) => each.startsWith("kafka/"))).toEqual(["kafka/brokers:9093"]);
    expect(open("elsewhere").filter((each) => each.startsWith("kafka/"))).toEqual([]);
    expect(open("monitoring").filter((each) => each.startsWith("kafka/"))).toEqual([
      "kafka/controllers:9404",
      "kafka/brokers:9404",
    ]);
  });

  it("is the same in each environment but for backups, and nothing else is allowed", () => {
    const prod = connections(manifestsOf(environment("prod")));
    expect(prod).toMatchInlineSnapshot(`
      [
        "cnpg-system/cloudnative-pg → cnpg-system/plugin-barman-cloud:9090",
        "cnpg-system/cloudnative-pg → postgres/postgres (instance):5432",
        "cnpg-system/cloudnative-pg → postgres/postgres (instance):8000",
        "minio/minio → minio/minio:9000",
        "minio/minio-setup → minio/minio:9000",
        "mlflow/mlflow → minio/minio:9000",
        "mlflow/mlflow → postgres/postgres (instance):5432",
        "mlflow/mlflow-migrate → postgres/postgres (instance):5432",
        "postgres/postgres (initdb) → minio/minio:9000",
        "postgres/postgres (initdb) → postgres/postgres (instance):5432",
        "postgres/postgres (initdb) → postgres/postgres (instance):8000",
        "postgres/postgres (instance) → minio/minio:9000",
        "postgres/postgres (instance) → postgres/postgres (instance):5432",
        "postgres/postgres (instance) → postgres/postgres (instance):8000",
        "postgres/postgres (join) → minio/minio:9000",
        "postgres/postgres (join) → postgres/postgres (instance):5432",
        "postgres/postgres (join) → postgres/postgres (instance):8000",
      ]
    `);
    const backup = /^postgres\/postgres .* → minio\/minio:9000$/;
    for (const name of ENVIRONMENTS) {
      const config = environment(name);
      const wanted = clustersOf(config).backup.kind === "none" ? prod.filter((each) => !backup.test(each)) : prod;
      expect(connections(manifestsOf(config))).toEqual(wanted);
    }
  });

  it("is open to Prometheus for metrics alone, which MinIO serves where it serves all", () => {
    const manifests = manifestsOf(environment("prod", { "filiera:monitoring": { namespace: "observability" } }));
    const prometheus: Pods = {
      name: "prometheus",
      namespace: "observability",
      labels: { app: "prometheus" },
      ports: [],
    };
    const network = new Network(manifests);
    const open = podsOf(manifests).flatMap((server) =>
      server.ports.filter((port) => network.letsIn(prometheus, server, port)).map((port) => `${server.name}:${port}`),
    );
    expect(open).toMatchInlineSnapshot(`
      [
        "cert-manager/cert-manager:9402",
        "cert-manager/cert-manager-cainjector:9402",
        "cert-manager/cert-manager-webhook:9402",
        "cert-manager/cert-manager-webhook:10250",
        "cnpg-system/cloudnative-pg:8080",
        "cnpg-system/cloudnative-pg:9443",
        "minio/minio:9000",
        "postgres/postgres (instance):9187",
        "mlflow/mlflow:9090",
      ]
    `);
  });
});
