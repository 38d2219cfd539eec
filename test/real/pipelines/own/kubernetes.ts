import {
  containerStep,
  createClaim,
  deleteClaim,
  list,
  type Pool,
  pipeline,
  string,
  struct,
} from "../../../../pipelines/index.ts";
import { names, say } from "./steps.ts";

const gpus: Pool = {
  nodeSelector: { "example.com/pool": "gpu" },
  tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
};
const pick = containerStep({
  name: "pick",
  outputs: { cpu: string(), memory: string(), image: string(), secret: string() },
  container: { image: "busybox:1.37" },
});

export const resources = pipeline(
  { name: "resources", inputs: { cpu: string(), memory: string(), gpus: string(), kind: string() } },
  (steps, inputs) => {
    steps.run(
      say,
      { words: "constant" },
      {
        resources: {
          cpuRequest: "500m",
          cpuLimit: 2,
          memoryRequest: "512Mi",
          memoryLimit: "4G",
          accelerator: { type: "nvidia.com/gpu", count: 2 },
        },
      },
    );
    steps.run(
      say,
      { words: "parameters" },
      {
        resources: {
          cpuRequest: inputs.cpu,
          cpuLimit: inputs.cpu,
          memoryRequest: inputs.memory,
          memoryLimit: inputs.memory,
          accelerator: { type: inputs.kind, count: inputs.gpus },
        },
      },
    );
    const picked = steps.run(pick, {});
    steps.run(
      say,
      { words: "outputs" },
      { resources: { cpuLimit: picked.outputs.cpu, memoryLimit: picked.outputs.memory } },
    );
    steps.run(say, { words: "half" }, { resources: { cpuLimit: 0.5, memoryLimit: "3Ti" } });
  },
);

export const images = pipeline({ name: "images", inputs: { image: string() } }, (steps, { image }) => {
  steps.run(say, { words: "a" }, { image: "busybox:1.36" });
  steps.run(say, { words: "b" }, { image });
  const picked = steps.run(pick, {});
  steps.run(say, { words: "c" }, { image: picked.outputs.image });
  steps.forEach([1, 2], (steps) => {
    steps.run(say, { words: "d" }, { image: picked.outputs.image });
    steps.run(say, { words: "e" }, { image });
  });
});

export const secrets = pipeline(
  { name: "secrets", inputs: { secret: string(), settings: string() } },
  (steps, { secret, settings }) => {
    const picked = steps.run(pick, {});
    steps.run(
      say,
      { words: "a" },
      {
        kubernetes: {
          secretEnv: [
            { secret: "login", keys: { password: "PASSWORD", user: "USER_NAME" } },
            { secret, keys: { key: "KEY" }, optional: true },
            { secret: picked.outputs.secret, keys: { token: "TOKEN" } },
          ],
          secretVolumes: [
            { secret: "login", path: "/login" },
            { secret, path: "/secret", optional: true },
          ],
          configMapEnv: [
            { configMap: "settings", keys: { level: "LEVEL" } },
            { configMap: settings, keys: { mode: "MODE" }, optional: true },
          ],
          configMapVolumes: [
            { configMap: "settings", path: "/settings" },
            { configMap: settings, path: "/more", optional: true },
          ],
          imagePullSecrets: ["registry", secret],
          fieldEnv: { POD: "metadata.name", NODE: "spec.nodeName" },
        },
      },
    );
    steps.forEach(["x"], (steps) => {
      steps.run(
        say,
        { words: "b" },
        {
          kubernetes: {
            secretEnv: [{ secret: picked.outputs.secret, keys: { token: "TOKEN" } }],
            configMapVolumes: [{ configMap: settings, path: "/settings" }],
          },
        },
      );
    });
  },
);

export const claims = pipeline({ name: "claims", inputs: { claim: string() } }, (steps, { claim }) => {
  const made = steps.run(createClaim, {
    access_modes: ["ReadWriteOnce"],
    size: "5Gi",
    pvc_name_suffix: "-data",
    storage_class_name: "standard",
  });
  const used = steps.run(
    say,
    { words: "a" },
    {
      kubernetes: {
        claims: [
          { claim: made.output, path: "/data" },
          { claim: "there", path: "/there", subPath: "models" },
          { claim, path: "/given" },
        ],
      },
    },
  );
  steps.run(deleteClaim, { pvc_name: made.output }).after(used);
});

export const nodes = pipeline(
  { name: "nodes", inputs: { labels: struct(), taints: list(), taint: struct(), affinity: struct() } },
  (steps, { labels, taints, taint, affinity }) => {
    steps.run(
      say,
      { words: "a" },
      {
        timeout: "90s",
        kubernetes: {
          nodeSelector: { zone: "a", disk: "ssd" },
          tolerations: [
            { key: "team", operator: "Equal", value: "ml", effect: "NoExecute", seconds: 30 },
            { operator: "Exists" },
          ],
          nodeAffinity: [
            { expressions: [{ key: "zone", operator: "In", values: ["a", "b"] }] },
            { fields: [{ key: "metadata.name", operator: "NotIn", values: ["bad"] }], weight: 50 },
          ],
          labels: { team: "ml", stage: "train" },
          annotations: { note: "long" },
          imagePullPolicy: "IfNotPresent",
          securityContext: { runAsUser: 1000, runAsGroup: 0, runAsNonRoot: true },
        },
      },
    );
    steps.run(
      say,
      { words: "b" },
      { kubernetes: { nodeSelector: labels, tolerations: [taints, taint], nodeAffinity: [affinity] } },
    );
    steps.run(
      say,
      { words: "c" },
      { resources: { accelerator: { type: "nvidia.com/gpu", count: 1 } }, kubernetes: { pool: gpus } },
    );
  },
);

export const scratch = pipeline({ name: "scratch" }, (steps) => {
  steps.run(
    say,
    { words: "a" },
    {
      kubernetes: {
        emptyDirs: [
          { name: "shared", path: "/dev/shm", medium: "Memory", sizeLimit: "1Gi" },
          { name: "tmp", path: "/scratch" },
        ],
        ephemeralVolumes: [
          { name: "large", path: "/large", size: "100Gi", labels: { a: "b" }, annotations: { c: "d" } },
          { name: "fast", path: "/fast", size: "10Gi", storageClass: "fast", accessModes: ["ReadWriteMany"] },
        ],
      },
    },
  );
});

export const inNested = pipeline({ name: "in-nested" }, (steps) => {
  const inner = pipeline({ name: "inner", inputs: { secret: string() } }, (steps, { secret }) => {
    steps.run(say, { words: "a" }, { kubernetes: { secretEnv: [{ secret, keys: { a: "A" } }] } });
  });
  steps.run(inner, { secret: "one" });
  steps.run(inner, { secret: "two" });
  steps.run(say, { words: "b" }, { kubernetes: { labels: { a: "b" } } });
  steps.forEach(steps.run(names, {}).output, (steps, secret) => {
    steps.run(say, { words: "c" }, { kubernetes: { secretEnv: [{ secret, keys: { a: "A" } }] } });
  });
});
