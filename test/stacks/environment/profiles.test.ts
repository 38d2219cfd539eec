import { describe, expect, it } from "vitest";
import { erasureSetSize } from "../../../constructs/object-store/config.ts";
import type { PlatformConfig } from "../../../constructs/platform/config.ts";
import { profiles, rules } from "../../../stacks/environment/index.ts";
import { parse, parseFile, type Raw, smallest } from "./support.ts";

/** The same data, every mapping with its keys the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen);
}

describe("a profile", () => {
  it.each(Object.keys(profiles))("%s is sound by itself", (profile) => {
    expect(parse(smallest(profile)).profile).toBe(profile);
  });

  it("fills in every default", () => {
    expect(parse(smallest("laptop"))).toMatchInlineSnapshot(`
      {
        "cluster": {
          "context": "here",
          "kind": "existing",
          "kubernetesVersion": "1.35",
        },
        "images": {
          "digests": {},
        },
        "ingestions": {},
        "mlflow": {
          "allowedHosts": [],
          "auth": {
            "adminUser": "admin",
            "defaultPermission": "NO_PERMISSIONS",
            "kind": "basic",
          },
          "bucket": "mlflow",
          "clients": [],
          "connectionPool": {
            "maxOverflow": 5,
            "size": 5,
          },
          "credentialGeneration": 1,
          "replicas": 1,
          "resources": {
            "limits": {
              "memory": "1Gi",
            },
            "requests": {
              "cpu": "250m",
              "memory": "1Gi",
            },
          },
          "workers": 1,
        },
        "monitoring": {
          "alerts": {
            "certificateDays": 21,
            "enabled": true,
            "minio": {
              "errorPercent": 5,
            },
            "mlflow": {
              "errorPercent": 5,
              "latencySeconds": 5,
            },
            "postgres": {
              "backupHours": 26,
              "connectionsPercent": 80,
              "replicationLagSeconds": 60,
            },
            "volumeFreePercent": 15,
          },
          "labels": {},
          "namespace": "monitoring",
        },
        "objectStore": {
          "credentialGeneration": 1,
          "drivesPerServer": 1,
          "keepVersionsDays": 90,
          "kind": "minio",
          "previousCredential": "accepted",
          "resources": {
            "limits": {
              "memory": "512Mi",
            },
            "requests": {
              "cpu": "100m",
              "memory": "512Mi",
            },
          },
          "rootGeneration": 1,
          "servers": 1,
          "storage": "10Gi",
          "versioning": false,
        },
        "operators": {
          "barmanCloud": "install",
          "certManager": "install",
          "cloudnativePg": "install",
          "prometheusCrds": "install",
          "replicas": 1,
          "strimzi": "install",
        },
        "postgres": {
          "backup": {
            "kind": "none",
          },
          "credentialGeneration": 1,
          "instances": 1,
          "kind": "cloudnative-pg",
          "maxConnections": 100,
          "parameters": {},
          "previousCredential": "accepted",
          "recoveries": {},
          "resources": {
            "limits": {
              "memory": "512Mi",
            },
            "requests": {
              "cpu": "250m",
              "memory": "512Mi",
            },
          },
          "retired": [],
          "serving": "postgres",
          "storage": "5Gi",
          "version": "18",
        },
        "profile": "laptop",
        "run": {},
        "state": {
          "backend": {
            "kind": "local",
          },
          "secrets": {
            "kind": "passphrase",
          },
        },
        "tls": {
          "kind": "internal",
        },
      }
    `);
  });

  it("gives way to the file, key by key", () => {
    const { postgres } = parse({
      ...smallest("production"),
      "filiera:postgres": { instances: 5, resources: { requests: { memory: "16Gi" } } },
    });
    expect(postgres).toMatchObject({
      instances: 5,
      storage: "100Gi",
      resources: { requests: { cpu: "2", memory: "16Gi" }, limits: { memory: "16Gi" } },
    });
  });

  it("doesn't mix its backend with the file's", () => {
    const backend = { kind: "s3", bucket: "states", region: "eu-central-1" };
    const { state } = parse({ ...smallest("laptop"), "filiera:state": { backend } });
    expect(state).toEqual({ backend, secrets: { kind: "passphrase" } });
  });

  it("spells CPUs one way", () => {
    const cpuOf = (cpu: unknown) =>
      parse({ ...smallest("laptop"), "filiera:mlflow": { resources: { requests: { cpu } } } }).mlflow.resources.requests
        .cpu;
    expect([0.5, "0.5", "500m", 2, "2.0", "2000m"].map(cpuOf)).toEqual(["500m", "500m", "500m", "2", "2", "2"]);
  });
});

describe("an environment", () => {
  it("is frozen all the way down", () => {
    expect(isDeeplyFrozen(parseFile("prod"))).toBe(true);
  });

  it("is the same whatever the order of the keys", () => {
    const raw: Raw = {
      ...smallest("production"),
      "filiera:postgres": { parameters: { work_mem: "8MB", checkpoint_timeout: "15min" }, instances: 4 },
      "filiera:mlflow": { autoscaling: { maxReplicas: 3 }, bucket: "models" },
    };
    const other = Object.fromEntries(
      Object.entries(raw)
        .map(([key, value]) => [key, reversed(value)])
        .reverse(),
    );
    expect(JSON.stringify(parse(other))).toBe(JSON.stringify(parse(raw)));
  });

  it("is what the platform takes", () => {
    const config: PlatformConfig = parseFile("prod");
    expect(config.cluster.kubernetesVersion).toBe("1.35");
  });

  it("has a sentence for each rule", () => {
    for (const { about } of rules) expect(about).toMatch(/^[A-Z].*\.$/);
  });
});

describe("erasureSetSize", () => {
  it.each([
    [1, 1, undefined],
    [1, 4, 4],
    [4, 1, 4],
    [5, 1, 5],
    [4, 4, 16],
    [8, 2, 16],
    [16, 4, 16],
    [5, 3, 15],
    [17, 1, undefined],
    [19, 2, 2],
    [4, 17, undefined],
  ])("makes sets of %i servers with %i drives as MinIO does: %s", (servers, drives, size) => {
    expect(erasureSetSize(servers, drives)).toBe(size);
  });
});
