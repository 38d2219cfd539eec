import { describe, expect, it } from "vitest";
import { objectAt } from "../../../constructs/kernel/json.ts";
import type { Manifest } from "../../../constructs/kernel/objects.ts";
import { CustomResources } from "../../support/crds.ts";
import { layers } from "../../support/layers.ts";
import { ENVIRONMENTS, environment, find, manifestsOf } from "../../support/platform.ts";

const FOLDERS = ["cert-manager", "cloudnative-pg", "cnpg-plugin-barman-cloud", "prometheus-operator"] as const;
const OWN = /^(v1|apps\/v1|autoscaling\/v2|batch\/v1|networking\.k8s\.io\/v1|policy\/v1|filiera\.dev\/v1)$/;

function withSpec(manifest: Manifest, change: Record<string, unknown>): Manifest {
  return JSON.parse(JSON.stringify({ ...manifest, spec: { ...objectAt(manifest, "spec"), ...change } }));
}

describe.skipIf(layers.crds.missing)(
  `${layers.crds.name}${layers.crds.missing ? `: ${layers.crds.missing}` : ""}`,
  () => {
    const resources = new CustomResources(...(layers.crds.missing ? [] : FOLDERS));

    it.each(ENVIRONMENTS)("every custom resource of %s has known fields only, and those well", (name) => {
      const custom = manifestsOf(environment(name)).filter(({ apiVersion }) => !OWN.test(apiVersion));
      expect(custom.length).toBeGreaterThan(10);
      for (const manifest of custom)
        expect(resources.problemsOf(manifest), `${manifest.kind} ${manifest.metadata.name}`).toEqual([]);
    });

    const prod = manifestsOf(environment("prod"));
    const cluster = find(prod, "Cluster", "postgres");
    it.each([
      ["a misspelt field", cluster, { instancez: 3 }, "spec.instancez: is no field of this kind"],
      [
        "a field deep inside",
        cluster,
        { storage: { size: "1Gi", class: "x" } },
        "spec.storage.class: is no field of this kind",
      ],
      ["a number where text belongs", cluster, { imageName: 3 }, "spec.imageName: is integer, not string"],
      ["text where a number belongs", cluster, { instances: "3" }, "spec.instances: is string, not integer"],
      ["a number out of bounds", cluster, { instances: 0 }, "spec.instances: 0 is out of bounds"],
      [
        "a value that is not offered",
        cluster,
        { primaryUpdateStrategy: "sometimes" },
        "spec.primaryUpdateStrategy: is not one of unsupervised, supervised",
      ],
      [
        "something that is missing",
        find(prod, "DatabaseRole", "postgres-db-mlflow"),
        { name: undefined },
        "spec.name: is missing",
      ],
      [
        "a value of a map that must be text",
        cluster,
        { postgresql: { parameters: { work_mem: 64 } } },
        "spec.postgresql.parameters.work_mem: is integer, not string",
      ],
      ["an object where a list belongs", cluster, { env: {} }, "spec.env: is object, not array"],
      ["a null", cluster, { instances: null }, "spec.instances: is null"],
    ])("it finds %s", (_, manifest, change, problem) => {
      expect(resources.problemsOf(withSpec(manifest, change))).toEqual([problem]);
    });

    it("finds a kind that nobody serves", () => {
      expect(resources.problemsOf({ ...cluster, kind: "Clusters" })).toEqual([
        "postgresql.cnpg.io/v1/Clusters is not served",
      ]);
    });
  },
);
