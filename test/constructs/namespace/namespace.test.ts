import { describe, expect, it } from "vitest";
import { collect } from "../../../constructs/kernel/objects.ts";
import { PlatformNamespace } from "../../../constructs/namespace/index.ts";
import { chart } from "../../support/chart.ts";

describe("a namespace of the platform", () => {
  it.each([
    ["1.35", "v1.35"],
    [undefined, "latest"],
  ])("enforces, audits and warns by the restricted standard of Kubernetes %s", (kubernetesVersion, version) => {
    const root = chart();
    new PlatformNamespace(root, "team", { name: "team", ...(kubernetesVersion && { kubernetesVersion }) });
    expect(collect(root).map(({ manifest }) => manifest)).toEqual([
      {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: {
          name: "team",
          labels: {
            "app.kubernetes.io/part-of": "filiera",
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/enforce-version": version,
            "pod-security.kubernetes.io/audit": "restricted",
            "pod-security.kubernetes.io/audit-version": version,
            "pod-security.kubernetes.io/warn": "restricted",
            "pod-security.kubernetes.io/warn-version": version,
          },
        },
      },
    ]);
  });
});
