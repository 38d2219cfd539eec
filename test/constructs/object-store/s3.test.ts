import { describe, expect, it } from "vitest";
import { type AwsServices, awsHoles } from "../../../constructs/aws/index.ts";
import { collect } from "../../../constructs/kernel/objects.ts";
import { order } from "../../../constructs/kernel/order.ts";
import { S3 } from "../../../constructs/object-store/index.ts";
import { chart } from "../../support/chart.ts";
import { complaint } from "../../support/errors.ts";
import { mlflow, postgres } from "../../support/nouns.ts";
import { find } from "../../support/platform.ts";

const MLFLOW = { namespace: "ml", name: "mlflow" };

/** A store on S3, and what it had AWS make. */
function s3() {
  const asked: unknown[] = [];
  const aws: AwsServices = {
    ...awsHoles(undefined),
    bucket: (...args) => asked.push(args),
    letIn: (...args) => asked.push(args),
  };
  return { store: new S3({ region: "eu-central-1", namePrefix: "example", aws }), asked };
}

describe("S3", () => {
  it("makes buckets under names of its own, and lets ServiceAccounts into parts of them", () => {
    const { store, asked } = s3();
    store.addBucket("models", { versioning: true, keepVersionsDays: 30 });
    store.addBucket("audit", { lock: { mode: "compliance", days: 365 } });
    const granted = store.grant("vision", { bucket: "models", prefix: "teams/vision", accounts: [MLFLOW] });
    expect(asked).toEqual([
      ["example-models", { versioning: true, keepVersionsDays: 30 }],
      ["example-audit", { lock: { mode: "compliance", days: 365 } }],
      ["vision", { bucket: "example-models", prefix: "teams/vision", access: "read-write", accounts: [MLFLOW] }],
    ]);
    expect(granted).toEqual({
      url: "https://s3.eu-central-1.amazonaws.com",
      region: "eu-central-1",
      bucket: "example-models",
      prefix: "teams/vision",
      authentication: {
        kind: "pod-identity",
        accounts: [MLFLOW],
        agent: { peer: { kind: "cidr", cidr: "169.254.170.23/32" }, port: 80 },
      },
      authority: { kind: "public" },
      endpoint: { peer: { kind: "cidr", cidr: "0.0.0.0/0" }, port: 443 },
    });
    expect(new S3({ region: "cn-north-1", namePrefix: "x", aws: awsHoles(undefined) }).url).toBe(
      "https://s3.cn-north-1.amazonaws.com.cn",
    );
  });

  it("refuses what S3 or EKS would", () => {
    const { store } = s3();
    store.addBucket("models");
    store.grant("mlflow", { bucket: "models", accounts: [MLFLOW] });
    const grant = (consumer: string, more: object) => () =>
      store.grant(consumer, { bucket: "models", accounts: [{ namespace: "ml", name: consumer }], ...more });
    expect(complaint(() => store.addBucket("x--ol-s3"))).toBe(
      '[filiera:objectStore] cannot have the bucket "example-x--ol-s3": S3 keeps names that end in --ol-s3 for itself',
    );
    expect(complaint(() => store.addBucket("models"))).toBe(
      '[filiera:objectStore] has a bucket "models" already: choose another name',
    );
    expect(complaint(grant("other", { bucket: "model" }))).toBe(
      '[filiera:objectStore] has no bucket "model": its buckets are models',
    );
    expect(complaint(grant("other", { prefix: "teams/*" }))).toBe(
      '[filiera:objectStore] cannot grant the prefix "teams/*": write a path such as teams/vision, without * or ? and without slashes at its ends',
    );
    expect(complaint(grant("mlflow", {}))).toBe(
      '[filiera:objectStore] has let "mlflow" in already: give each consumer a name of its own',
    );
    expect(complaint(grant("other", { accounts: [MLFLOW] }))).toBe(
      "[filiera:objectStore] has given pods of ml/mlflow a role already: EKS gives a ServiceAccount one alone, so let the consumer run as another",
    );
  });

  it("is used by MLflow without a key, by its own ServiceAccount alone", () => {
    const { store } = s3();
    store.addBucket("models");
    const root = chart();
    mlflow(root, { artifacts: store.grant("mlflow", { bucket: "models", accounts: [MLFLOW] }) });
    const manifests = order(root, collect(root)).map(({ manifest }) => manifest);
    expect(Object.keys(Object(find(manifests, "Secret", "mlflow-settings")["stringData"]))).toEqual([
      "database-password",
      "database-user",
      "session-key",
    ]);
    const server = JSON.stringify(find(manifests, "Deployment", "mlflow"));
    expect(server).not.toContain("AWS_ACCESS_KEY_ID");
    expect(server).not.toContain("AWS_SECRET_ACCESS_KEY");
    expect(server).toContain("s3://example-models");
    expect(JSON.stringify(find(manifests, "NetworkPolicy", "mlflow"))).toContain("169.254.170.23/32");
    const stranger = store.grant("other", { bucket: "models", accounts: [{ namespace: "ml", name: "other" }] });
    expect(complaint(() => mlflow(chart(), { artifacts: stranger }))).toBe(
      "[test/mlflow] cannot use the bucket example-models, which lets in pods of ml/other: grant it to the ServiceAccount ml/mlflow",
    );
    const backup = { store: stranger, schedule: "0 0 2 * * *", retentionDays: 14 };
    expect(complaint(() => postgres(chart(), { backup }))).toMatch(
      / cannot use the bucket example-models, which lets in pods of ml\/other: grant it to the ServiceAccount /,
    );
  });
});
