import { describe, expect, it } from "vitest";
import { at, listAt, objectAt, textAt } from "../../../constructs/kernel/json.ts";
import { collect, type Manifest } from "../../../constructs/kernel/objects.ts";
import { order } from "../../../constructs/kernel/order.ts";
import { erasureSetSize } from "../../../constructs/object-store/config.ts";
import { bucketPolicy, type MinioProps } from "../../../constructs/object-store/index.ts";
import { chart } from "../../support/chart.ts";
import { complaint } from "../../support/errors.ts";
import { minio } from "../../support/nouns.ts";
import { inCluster } from "../../support/places.ts";
import { lateAs } from "../../support/plain.ts";
import { find } from "../../support/platform.ts";

function manifests(props: Partial<MinioProps> = {}): Manifest[] {
  const root = chart();
  minio(root, props);
  return collect(root).map(({ manifest }) => manifest);
}

function server(props: Partial<MinioProps> = {}) {
  const set = find(manifests(props), "StatefulSet", "minio");
  const [container] = listAt(set, "spec", "template", "spec", "containers");
  return { set, container };
}

describe("MinIO", () => {
  it.each([
    [{ servers: 1, drivesPerServer: 1 }, "/data", "cluster", undefined],
    [{ servers: 1, drivesPerServer: 4 }, "/data/data{0...3}", "cluster", undefined],
    [
      { servers: 4, drivesPerServer: 1 },
      "https://minio-{0...3}.minio-headless.store.svc.cluster.local:9000/data",
      "ready",
      10,
    ],
    [
      { servers: 4, drivesPerServer: 2 },
      "https://minio-{0...3}.minio-headless.store.svc.cluster.local:9000/data/data{0...1}",
      "ready",
      10,
    ],
  ])("of %j finds its drives", (layout, folders, readiness, minReadySeconds) => {
    const { set, container } = server(layout);
    expect(container?.["args"]).toEqual([
      "minio",
      "server",
      "--address",
      ":9000",
      "--certs-dir",
      "/etc/minio/certs",
      folders,
    ]);
    expect(textAt(container, "readinessProbe", "httpGet", "path")).toBe(`/minio/health/${readiness}`);
    expect(textAt(container, "readinessProbe", "httpGet", "scheme")).toBe("HTTPS");
    expect(set["spec"]).toMatchObject({ replicas: layout.servers, podManagementPolicy: "Parallel" });
    expect(at(set, "spec", "minReadySeconds")).toBe(minReadySeconds);
    expect(listAt(set, "spec", "volumeClaimTemplates").map((claim) => textAt(claim, "metadata", "name"))).toEqual(
      Array.from({ length: layout.drivesPerServer }, (_, i) => `data${i}`),
    );
  });

  it("has a certificate for each name it is called by, its servers' too", () => {
    expect(objectAt(find(manifests(), "Certificate", "minio-server"), "spec")).toMatchObject({
      dnsNames: [
        "minio",
        "minio.store",
        "minio.store.svc",
        "minio.store.svc.cluster.local",
        "*.minio-headless.store.svc.cluster.local",
      ],
    });
  });

  it("lets servers find each other before they are ready, and talk to each other", () => {
    const found = manifests();
    expect(find(found, "Service", "minio-headless")["spec"]).toMatchObject({
      clusterIP: "None",
      publishNotReadyAddresses: true,
    });
    const peers = (direction: string, end: string) =>
      listAt(find(found, "NetworkPolicy", "minio"), "spec", direction)
        .filter((rule) => listAt(rule, "ports").some(({ port }) => port === 9000))
        .map((rule) => listAt(rule, end).map((peer) => objectAt(peer, "podSelector", "matchLabels")));
    const labels = objectAt(find(found, "StatefulSet", "minio"), "spec", "selector", "matchLabels");
    expect(peers("ingress", "from")).toEqual([[labels]]);
    expect(peers("egress", "to")).toEqual([[labels]]);
  });

  it("shows no console, and looks for no updates", () => {
    expect(listAt(server().container, "env")).toEqual(
      expect.arrayContaining([
        { name: "MINIO_BROWSER", value: "off" },
        { name: "MINIO_UPDATE", value: "off" },
        {
          name: "MINIO_ROOT_PASSWORD",
          valueFrom: { secretKeyRef: { name: "minio-root", key: "password" } },
        },
      ]),
    );
  });
});

describe("buckets and grants", () => {
  const root = chart();
  const store = minio(root);
  store.addBucket("models", { versioning: true, keepVersionsDays: 30 });
  store.addBucket("logs");
  const secretAccessKey = lateAs("vision's key");
  const granted = store.grant("vision", { bucket: "models", prefix: "teams/vision", secretAccessKey });
  const rotated = store.grant("reader", {
    bucket: "logs",
    access: "read",
    secretAccessKey: lateAs("reader's key"),
    generation: 4,
    previous: lateAs("reader's key of before"),
  });
  const found = order(root, collect(root)).map(({ manifest }) => manifest);
  const document = JSON.parse(textAt(find(found, "ConfigMap", "minio-setup"), "data", "state.json") ?? "");

  it("are made by one Job that is told all of them, without a secret", () => {
    expect(document).toEqual({
      buckets: [
        { name: "models", versioning: true, lifecycle: [{ expireNoncurrentAfterDays: 30 }] },
        { name: "logs", lifecycle: [] },
      ],
      users: [
        { accessKey: "vision", secretFile: "vision", policy: bucketPolicy("models", "teams/vision", "read-write") },
        { accessKey: "reader-g4", secretFile: "reader-g4", policy: bucketPolicy("logs", undefined, "read") },
        { accessKey: "reader-g3", secretFile: "reader-g3", policy: bucketPolicy("logs", undefined, "read") },
      ],
    });
    expect(objectAt(find(found, "Secret", "minio-consumers"), "stringData")).toEqual({
      vision: String(secretAccessKey),
      "reader-g4": expect.stringMatching(/late:/),
      "reader-g3": expect.stringMatching(/late:/),
    });
    expect(found.filter(({ kind }) => kind === "Job")).toHaveLength(1);
  });

  it("have a name for each generation, of which the newest is the client's", () => {
    expect(rotated.authentication).toMatchObject({ accessKeyId: "reader-g4" });
    const other = chart();
    const without = minio(other);
    without.addBucket("logs");
    const first = without.grant("reader", { bucket: "logs", secretAccessKey, previous: lateAs("there is none") });
    expect(first.authentication).toMatchObject({ accessKeyId: "reader" });
    const secrets = collect(other).map(({ manifest }) => manifest);
    expect(Object.keys(objectAt(find(secrets, "Secret", "minio-consumers"), "stringData"))).toEqual(["reader"]);
    expect(complaint(() => without.grant("reader-g2", { bucket: "logs", secretAccessKey }))).toBe(
      '[test/minio] cannot have a credential for "reader-g2": a name that ends in g and a number is that of a rotated credential',
    );
  });

  it("come with all that a client needs", () => {
    expect({ ...granted, url: inCluster(granted.url) }).toMatchObject({
      url: "https://minio.store.svc.cluster.local:9000",
      bucket: "models",
      prefix: "teams/vision",
      authentication: { kind: "key", accessKeyId: "vision", secretAccessKey },
      authority: { kind: "issuer", issuer: { kind: "ClusterIssuer", name: "authority" } },
      endpoint: { port: 9000, peer: { kind: "pods", namespace: "store" } },
    });
  });

  it.each([
    [
      "a bucket twice",
      () => store.addBucket("models"),
      'has a bucket "models" already: share it with grant, or choose another name',
    ],
    [
      "a bucket that is not there",
      () => store.grant("other", { bucket: "model", secretAccessKey }),
      'has no bucket "model": its buckets are models, logs',
    ],
    [
      "a consumer twice",
      () => store.grant("vision", { bucket: "logs", secretAccessKey }),
      'has a credential for "vision" already: give each consumer a name of its own',
    ],
    ...["/teams", "teams/", "teams//vision", "teams/*", "", "te ams", "teams/?"].map(
      (prefix): [string, () => unknown, string] => [
        `the prefix ${JSON.stringify(prefix)}`,
        () => store.grant("other", { bucket: "logs", prefix, secretAccessKey }),
        `cannot grant the prefix "${prefix}": write a path such as teams/vision, without * or ? and without slashes at its ends`,
      ],
    ),
  ])("refuse %s", (_, action, message) => {
    expect(complaint(action)).toBe(`[test/minio] ${message}`);
  });

  it.each(["root", "a", "x y", ""])("refuse a credential for %j, which the server would refuse", (consumer) => {
    const store = minio(chart());
    store.addBucket("logs");
    expect(complaint(() => store.grant(consumer, { bucket: "logs", secretAccessKey }))).toBe(
      `[test/minio] cannot have a credential for "${consumer}": a name is 3 to 52 letters, digits, dots, underscores and hyphens, and not root`,
    );
  });

  it.each(["BAD NAME", "a", "my.bucket"])("refuse a bucket %j", (bucket) => {
    expect(complaint(() => minio(chart()).addBucket(bucket))).toBe(
      `[test/minio] cannot have a bucket "${bucket}": a bucket's name is 3 to 63 lower-case letters, digits and hyphens`,
    );
  });

  it("refuse a grant before there is a bucket", () => {
    expect(complaint(() => minio(chart()).grant("reader", { bucket: "b", secretAccessKey }))).toBe(
      '[test/minio] has no bucket "b": its buckets are none yet',
    );
  });
});

describe("a bucket's policy", () => {
  const denied = (objects: string) => [
    { Effect: "Deny", Action: ["s3:DeleteObjectVersion"], Resource: [objects] },
    { Effect: "Deny", Action: ["admin:*"] },
  ];

  it("reaches a prefix, and no neighbour of the same beginning", () => {
    expect(bucketPolicy("models", "teams/vision", "read-write")).toEqual({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: ["s3:GetBucketLocation"], Resource: ["arn:aws:s3:::models"] },
        {
          Effect: "Allow",
          Action: ["s3:ListBucket"],
          Resource: ["arn:aws:s3:::models"],
          Condition: { StringLike: { "s3:prefix": ["teams/vision/*"] } },
        },
        {
          Effect: "Allow",
          Action: [
            "s3:GetObject",
            "s3:PutObject",
            "s3:DeleteObject",
            "s3:AbortMultipartUpload",
            "s3:ListMultipartUploadParts",
          ],
          Resource: ["arn:aws:s3:::models/teams/vision/*"],
        },
        ...denied("arn:aws:s3:::models/teams/vision/*"),
      ],
    });
  });

  it("lets a reader read", () => {
    const { Statement } = bucketPolicy("logs", undefined, "read");
    expect(Statement.filter(({ Effect }) => Effect === "Allow").flatMap(({ Action }) => Action)).toEqual([
      "s3:GetBucketLocation",
      "s3:ListBucket",
      "s3:GetObject",
    ]);
    expect(Statement.slice(-2)).toEqual(denied("arn:aws:s3:::logs/*"));
  });
});

describe("erasure sets", () => {
  it.each([
    [4, 1, 4],
    [4, 4, 16],
    [8, 2, 16],
    [5, 1, 5],
    [1, 4, 4],
    [16, 1, 16],
    [17, 1, undefined],
    [1, 1, undefined],
  ])("of %i servers with %i drives have %s drives", (servers, drives, size) => {
    expect(erasureSetSize(servers, drives)).toBe(size);
  });
});
