import { App } from "cdk8s";
import { describe, expect, it } from "vitest";
import { withChecksums } from "../../../constructs/kernel/checksum.ts";
import { at, type JsonObject, listAt, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import type { Manifest } from "../../../constructs/kernel/objects.ts";
import { containersOf, podTemplateOf } from "../../../constructs/kernel/pods.ts";
import { render, toYaml } from "../../../constructs/kernel/render.ts";
import { unresolvedImages } from "../../../constructs/platform/images.ts";
import { known, lateAs } from "../../support/plain.ts";
import {
  chosenBy,
  composed,
  environment,
  find,
  isLateLeaf,
  leavesOf,
  manifestsOf,
  objectsOf,
  selectorsOf,
  VARIANTS,
} from "../../support/platform.ts";

const SERVERS = new Set(["Deployment", "StatefulSet"]);
/** Under these keys of a Secret stands the name of a user or a region, which need not be late. */
const PLAIN_KEYS = new Set(["database-user", "kafka-user", "username", "access-key-id", "region"]);

function templates(manifests: readonly Manifest[]) {
  return manifests.flatMap((manifest) => {
    const template = podTemplateOf(manifest);
    return template ? [{ manifest, ...template }] : [];
  });
}

describe.each(VARIANTS)("the platform of %s", (_, name, changes) => {
  const config = environment(name, changes);
  const objects = objectsOf(config);
  const manifests = objects.map(({ manifest }) => manifest);

  it("renders the same bytes twice", () => {
    const yaml = () => render(composed(config).chart).map(({ manifest }) => toYaml(manifest));
    expect(yaml()).toEqual(yaml());
    expect(yaml().length).toBeGreaterThan(40);
  });

  it("has every namespace that its objects are in, all of them restricted", () => {
    const made = manifests.filter(({ kind }) => kind === "Namespace");
    const used = new Set(manifests.flatMap(({ metadata }) => metadata.namespace ?? []));
    expect([...used].sort()).toEqual(made.map(({ metadata }) => metadata.name).sort());
    for (const { metadata } of made)
      expect(metadata["labels"]).toMatchObject({
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/enforce-version": `v${config.cluster.kubernetesVersion}`,
      });
  });

  it("says of each of its objects that it is part of filiera, by which it is found again", () => {
    const silent = objects
      .filter(({ manifest }) => manifest.kind !== "HelmRelease")
      .filter(({ manifest }) => at(manifest, "metadata", "labels", "app.kubernetes.io/part-of") !== "filiera");
    expect(silent.map(({ identity }) => identity)).toEqual([]);
  });

  it("selects by nothing that is empty, except every namespace for what operators call", () => {
    const empty = manifests.flatMap((manifest) =>
      selectorsOf(manifest)
        .filter(({ selector }) => chosenBy(selector).length === 0)
        .map(({ path }) => `${manifest.kind} ${manifest.metadata.name} ${path.replace(/\[\d+\]/g, "[]")}`),
    );
    const callers = ["cloudnative-pg", ...(config.kafka ? ["strimzi-cluster-operator"] : [])];
    expect(new Set(empty)).toEqual(
      new Set(callers.map((each) => `NetworkPolicy ${each} spec.egress[].to[].namespaceSelector`)),
    );
  });

  it("has a selector wherever a kind selects pods", () => {
    for (const manifest of manifests) {
      const path = { Service: ["selector"], NetworkPolicy: ["podSelector", "matchLabels"] }[manifest.kind] ?? [
        "selector",
        "matchLabels",
      ];
      if (!/^(Service|NetworkPolicy|Deployment|StatefulSet|PodDisruptionBudget|\w+Monitor)$/.test(manifest.kind))
        continue;
      expect(
        Object.keys(objectAt(manifest, "spec", ...path)),
        `${manifest.kind} ${manifest.metadata.name}`,
      ).not.toEqual([]);
    }
  });

  it("selects with each Service and each budget the pods of one workload, by the port's name too", () => {
    for (const { kind, metadata, ...rest } of manifests.filter(({ kind }) =>
      ["Service", "PodDisruptionBudget", "ServiceMonitor"].includes(kind),
    )) {
      const selector =
        kind === "Service" ? objectAt(rest, "spec", "selector") : objectAt(rest, "spec", "selector", "matchLabels");
      const chosen = templates(manifests).filter(
        ({ manifest, labels }) =>
          manifest.metadata.namespace === metadata.namespace &&
          Object.entries(selector).every(([key, value]) => labels[key] === value),
      );
      expect(chosen, `${kind} ${metadata.name}`).toHaveLength(1);
      const names = chosen
        .flatMap(({ spec }) => containersOf(spec))
        .flatMap((each) => listAt(each, "ports").map((port) => port["name"]));
      if (kind === "Service")
        for (const port of listAt(rest, "spec", "ports")) expect(names).toContain(port["targetPort"]);
    }
  });

  it("holds no hash of a construct's path: no name, label or selector has one", () => {
    const text = JSON.stringify(manifests);
    expect(text).not.toContain("cdk8s.io/metadata.addr");
    for (const { construct } of objects) {
      expect(text).not.toContain(construct.node.addr);
      expect(text).not.toContain(construct.node.addr.slice(0, 8));
    }
  });

  it("probes every server, and nothing that runs to completion", () => {
    for (const { manifest, spec } of templates(manifests))
      for (const container of listAt(spec, "containers")) {
        const probes = Object.keys(container).filter((key) => key.endsWith("Probe"));
        expect(probes.sort(), `${manifest.kind} ${manifest.metadata.name}`).toEqual(
          SERVERS.has(manifest.kind) ? ["livenessProbe", "readinessProbe", "startupProbe"] : [],
        );
      }
  });

  it("requests CPU and memory for every container, and limits its memory", () => {
    for (const container of templates(manifests).flatMap(({ spec }) => containersOf(spec))) {
      expect(container["resources"]).toMatchObject({
        requests: { cpu: expect.stringMatching(/^\d/), memory: expect.stringMatching(/^\d/) },
        limits: { memory: expect.stringMatching(/^\d/) },
      });
    }
  });

  it("keeps every pod to the restricted Pod Security Standard, without a token", () => {
    for (const { manifest, spec } of templates(manifests))
      expect(unrestricted(spec), `${manifest.kind} ${manifest.metadata.name}`).toEqual([]);
  });

  it("names the tag or the digest of every image, and pulls a tag again unless only the nodes have it", () => {
    for (const { image, imagePullPolicy } of templates(manifests).flatMap(({ spec }) => containersOf(spec))) {
      expect(image).toMatch(/^[a-z0-9.:/_-]+[:@][\w.:-]+$/);
      expect(image).toMatch(/(@sha256:[0-9a-f]{64}|:[\w][\w.-]*)$/);
      expect(image).not.toMatch(/:latest$/);
      expect(imagePullPolicy).toBe(/@sha256:|^filiera\//.test(String(image)) ? "IfNotPresent" : "Always");
    }
  });

  it("knows no value of a Secret but the names of users", () => {
    const secrets = manifests.filter(({ kind }) => kind === "Secret");
    expect(secrets.length).toBeGreaterThan(4);
    for (const secret of secrets) {
      expect(secret["data"]).toBeUndefined();
      for (const [key, value] of Object.entries(objectAt(secret, "stringData")))
        expect(isLateLeaf(value), `${secret.metadata.name} ${key}`).toBe(!PLAIN_KEYS.has(key));
    }
  });

  it("has late values in Secrets alone, and in the checksums of what pods use", () => {
    const found = withChecksums(objects, lateAs("key")).flatMap(({ manifest }) =>
      leavesOf(manifest)
        .filter(({ value }) => isLateLeaf(value))
        .map(({ path }) => (manifest.kind === "Secret" ? path.split(".")[0] : `${manifest.kind} ${path}`)),
    );
    expect(new Set(found)).toEqual(
      new Set([
        "stringData",
        "Deployment spec.template.metadata.annotations.filiera.dev/checksum",
        "StatefulSet spec.template.metadata.annotations.filiera.dev/checksum",
      ]),
    );
  });

  it("uses apiVersions that Kubernetes 1.34 to 1.36 serve", () => {
    const served: Readonly<Record<string, readonly string[]>> = {
      v1: ["ConfigMap", "Namespace", "Secret", "Service", "ServiceAccount"],
      "apps/v1": ["Deployment", "StatefulSet"],
      "autoscaling/v2": ["HorizontalPodAutoscaler"],
      "batch/v1": ["CronJob", "Job"],
      "networking.k8s.io/v1": ["NetworkPolicy"],
      "policy/v1": ["PodDisruptionBudget"],
      "cert-manager.io/v1": ["Certificate", "ClusterIssuer"],
      "kafka.strimzi.io/v1": ["Kafka", "KafkaNodePool", "KafkaTopic", "KafkaUser"],
      "barmancloud.cnpg.io/v1": ["ObjectStore"],
      "postgresql.cnpg.io/v1": ["Cluster", "Database", "DatabaseRole", "ScheduledBackup"],
      "monitoring.coreos.com/v1": ["PodMonitor", "PrometheusRule", "ServiceMonitor"],
      // stands for a Helm release, and never reaches a cluster
      "filiera.dev/v1": ["HelmRelease"],
    };
    for (const { apiVersion, kind } of manifests) expect(served[apiVersion], apiVersion).toContain(kind);
  });

  it("comes after what it needs, in one order", () => {
    const places = new Map(objects.map(({ identity }, i) => [identity, i]));
    for (const [i, { dependsOn }] of objects.entries())
      for (const { identity } of dependsOn.keys()) expect(places.get(identity)).toBeLessThan(i);
  });
});

/** What of a pod the restricted standard of Kubernetes 1.35 refuses, or this project. */
function unrestricted(spec: JsonObject): string[] {
  const pod = objectAt(spec, "securityContext");
  const problems = containersOf(spec).flatMap((container) => {
    const own = objectAt(container, "securityContext");
    return [
      ...(own["allowPrivilegeEscalation"] === false ? [] : ["may escalate its privileges"]),
      ...(own["privileged"] === false ? [] : ["is privileged"]),
      ...(own["readOnlyRootFilesystem"] === true ? [] : ["may write to its root"]),
      ...(JSON.stringify(own["capabilities"]) === '{"drop":["ALL"]}' ? [] : ["has capabilities"]),
      ...(own["runAsNonRoot"] === true && own["runAsUser"] !== 0 ? [] : ["may be root"]),
      ...listAt(container, "ports").flatMap(({ hostPort }) => (hostPort === undefined ? [] : ["takes a host's port"])),
    ];
  });
  const volumes = listAt(spec, "volumes")
    .flatMap((volume) => Object.keys(volume))
    .filter((key) => key !== "name");
  const allowed = new Set(["configMap", "secret", "emptyDir", "persistentVolumeClaim", "projected", "downwardAPI"]);
  return [
    ...problems,
    ...(pod["runAsNonRoot"] === true && Number(pod["runAsUser"]) > 0 ? [] : ["the pod may be root"]),
    ...(textAt(pod, "seccompProfile", "type") === "RuntimeDefault" ? [] : ["has no seccomp profile"]),
    ...["hostNetwork", "hostPID", "hostIPC"].filter((key) => spec[key] !== undefined),
    ...volumes.filter((key) => !allowed.has(key)),
    ...(spec["automountServiceAccountToken"] === false ? [] : ["has a token"]),
  ];
}

describe("the check of the restricted standard", () => {
  it("finds what is wrong with a pod", () => {
    const container = { securityContext: { privileged: true }, ports: [{ hostPort: 80 }] };
    expect(
      unrestricted({ hostNetwork: true, containers: [container], volumes: [{ name: "a", hostPath: {} }] }),
    ).toEqual([
      "may escalate its privileges",
      "is privileged",
      "may write to its root",
      "has capabilities",
      "may be root",
      "takes a host's port",
      "the pod may be root",
      "has no seccomp profile",
      "hostNetwork",
      "hostPath",
      "has a token",
    ]);
  });
});

describe("what cdk8s does not know", () => {
  it("is there all the same: the pause before a server stops", () => {
    const pod = at(find(manifestsOf(environment("prod")), "Deployment", "mlflow"), "spec", "template", "spec");
    expect(at(pod, "containers", "0", "lifecycle")).toEqual({ preStop: { sleep: { seconds: 5 } } });
  });

  it("is not needed anywhere else: every field that was given is in the manifest", () => {
    const prod = manifestsOf(environment("prod"));
    const fields = (kind: string, name: string, ...path: readonly string[]) =>
      Object.keys(objectAt(find(prod, kind, name), ...path)).sort();
    expect(fields("Deployment", "mlflow", "spec")).toEqual(
      ["replicas", "revisionHistoryLimit", "selector", "strategy", "template"].sort(),
    );
    expect(fields("StatefulSet", "minio", "spec")).toEqual(
      [
        "minReadySeconds",
        "podManagementPolicy",
        "replicas",
        "revisionHistoryLimit",
        "selector",
        "serviceName",
        "template",
        "volumeClaimTemplates",
      ].sort(),
    );
    expect(fields("PodDisruptionBudget", "minio", "spec")).toEqual(
      ["maxUnavailable", "selector", "unhealthyPodEvictionPolicy"].sort(),
    );
    expect(fields("Service", "minio-headless", "spec")).toEqual(
      ["clusterIP", "ports", "publishNotReadyAddresses", "selector"].sort(),
    );
    expect(fields("Deployment", "mlflow", "spec", "template", "spec")).toEqual(
      [
        "automountServiceAccountToken",
        "containers",
        "enableServiceLinks",
        "restartPolicy",
        "securityContext",
        "serviceAccountName",
        "terminationGracePeriodSeconds",
        "topologySpreadConstraints",
        "volumes",
      ].sort(),
    );
  });
});

describe("images", () => {
  const digest = `sha256:${"ab".repeat(32)}`;

  it("are open until each has a digest", () => {
    const digests = { mlflow: digest, "minio-setup": digest, minio: digest, postgresql: digest };
    expect(unresolvedImages(environment("prod"))).toEqual(["mlflow", "minio-setup", "minio", "postgresql"]);
    expect(unresolvedImages(environment("prod", { "filiera:images": { digests } }))).toEqual([]);
  });

  it("keep their tag beside the digest, and are pulled once", () => {
    const config = environment("prod", { "filiera:images": { digests: { mlflow: digest, postgresql: digest } } });
    const [container] = listAt(
      find(manifestsOf(config), "Deployment", "mlflow"),
      "spec",
      "template",
      "spec",
      "containers",
    );
    expect(container).toMatchObject({
      image: `registry.example.com/filiera/mlflow:3.17.2@${digest}`,
      imagePullPolicy: "IfNotPresent",
    });
    expect(find(manifestsOf(config), "Cluster", "postgres")["spec"]).toMatchObject({
      imageName: `ghcr.io/cloudnative-pg/postgresql:18.4-system-trixie@${digest}`,
    });
  });

  it.each([
    ["16", "ghcr.io/cloudnative-pg/postgresql:16-system-trixie"],
    ["17", "ghcr.io/cloudnative-pg/postgresql:17-system-trixie"],
  ])("of PostgreSQL %s is CloudNativePG's", (version, image) => {
    const config = environment("prod", { "filiera:postgres": { version } });
    expect(find(manifestsOf(config), "Cluster", "postgres")["spec"]).toMatchObject({ imageName: image });
  });

  it("of the registry are pulled with its credentials, by our pods alone", () => {
    const config = environment("prod", {
      "filiera:images": {
        pullSecret: { server: "registry.example.com", username: "robot", password: { secure: "v1:abc" } },
      },
    });
    const manifests = manifestsOf(config);
    const secrets = manifests.filter(({ metadata }) => metadata.name === "filiera-registry");
    expect(secrets.map(({ type, metadata }) => [type, metadata.namespace])).toEqual([
      ["kubernetes.io/dockerconfigjson", "minio"],
      ["kubernetes.io/dockerconfigjson", "mlflow"],
    ]);
    for (const secret of secrets)
      expect(JSON.parse(String(known(textAt(secret, "stringData", ".dockerconfigjson") ?? "")))).toEqual({
        auths: { "registry.example.com": { username: "robot", password: "the registry's password" } },
      });
    const pulling = templates(manifests)
      .filter(({ spec }) => listAt(spec, "imagePullSecrets").length > 0)
      .map(({ manifest }) => manifest.metadata.name.replace(/-[0-9a-f]{8}$/, ""));
    expect(pulling.sort()).toEqual(["minio-setup", "mlflow", "mlflow-migrate"]);
  });
});

describe("what an environment chooses", () => {
  const kinds = (changes: Record<string, unknown>) =>
    manifestsOf(environment("prod", changes)).map(({ kind, metadata }) => `${kind} ${metadata.name}`);

  it("an issuer that the cluster has takes the place of the platform's own authority", () => {
    const found = kinds({ "filiera:tls": { kind: "issuer", name: "company" } });
    expect(found.filter((each) => each.startsWith("ClusterIssuer"))).toEqual([]);
    expect(found).not.toContain("Certificate filiera-ca");
    const config = environment("prod", { "filiera:tls": { kind: "issuer", name: "company" } });
    for (const certificate of manifestsOf(config).filter(({ kind }) => kind === "Certificate"))
      expect(at(certificate, "spec", "issuerRef")).toEqual({
        group: "cert-manager.io",
        kind: "ClusterIssuer",
        name: "company",
      });
  });

  it("operators that are there already are not installed, nor are their namespaces made", () => {
    const existing = {
      certManager: "existing",
      cloudnativePg: "existing",
      barmanCloud: "none",
      prometheusCrds: "existing",
    };
    const found = kinds({
      "filiera:operators": existing,
      "filiera:tls": { kind: "issuer", name: "company" },
      "filiera:postgres": { backup: { kind: "none" } },
    });
    expect(found.filter((each) => /^(HelmRelease|Namespace)/.test(each)).sort()).toEqual([
      "Namespace minio",
      "Namespace mlflow",
      "Namespace postgres",
    ]);
  });

  it("a plugin joins an operator that is there already in its namespace, which stays another's", () => {
    const found = kinds({ "filiera:operators": { cloudnativePg: "existing" } });
    expect(found).toContain("HelmRelease plugin-barman-cloud");
    expect(found).not.toContain("Namespace cnpg-system");
  });

  it("the StorageClass is that of every volume", () => {
    const manifests = manifestsOf(environment("prod"));
    expect(find(manifests, "Cluster", "postgres")["spec"]).toMatchObject({
      storage: { storageClass: "fast-retain" },
      walStorage: { storageClass: "fast-retain" },
    });
    for (const claim of listAt(find(manifests, "StatefulSet", "minio"), "spec", "volumeClaimTemplates"))
      expect(at(claim, "spec", "storageClassName")).toBe("fast-retain");
  });

  it("the scope may be an App or anything in it", () => {
    const app = new App();
    expect(composed(environment("local"), app).chart.node.path).toBe("platform");
  });
});
