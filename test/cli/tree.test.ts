import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { treeOf } from "../../cli/tree.ts";
import { planOfOnly, resource, sample } from "../stacks/plan/sample.ts";

describe("a plan as a tree", () => {
  it("has layers from the ground up, their namespaces, and what they ask for", () => {
    expect(treeOf(sample, { color: false, columns: 80 })).toMatchInlineSnapshot(`
      "test  6 resources, 5 of them objects of Kubernetes

      secrets
      └─ random
         └─ RandomPassword mlflow-admin
      data
      └─ postgres
         └─ Cluster postgres  protected, kept  3 pods, 6 cores, 24 GiB, 600 GiB stora…
      tracking
      └─ mlflow
         ├─ Deployment mlflow  2 pods, 1 core, 4 GiB
         └─ Secret ×3: mlflow-admin, mlflow-backend, mlflow-flask

      pods                5  of which 3 by bills
      cpu           7 cores  of which 6 cores by bills
      memory         28 GiB  of which 24 GiB by bills
      gpu                 0
      storage       600 GiB  of which 600 GiB by bills

      images              2  1 not resolved to a digest
        ghcr.io/cloudnative-pg/postgresql:17.5

      ! 1 of 2 images is not resolved to a digest: production refuses to deploy with
        any
      "
    `);
  });

  it("looks the same without its colours", () => {
    const colored = treeOf(sample, { color: true, columns: 100 });
    expect(colored).not.toBe(stripVTControlCharacters(colored));
    expect(stripVTControlCharacters(colored)).toBe(treeOf(sample, { color: false, columns: 100 }));
  });

  it("puts resources of a kind on one line, as many names as fit", () => {
    const secrets = Array.from({ length: 12 }, (_, i) =>
      resource({ type: "kubernetes:core/v1:Secret", title: `team/credentials-${i}`, protect: i === 0 }),
    );
    expect(
      treeOf(planOfOnly(...secrets), { color: false, columns: 80 })
        .split("\n")
        .slice(2, 6),
    ).toEqual([
      "tracking",
      "└─ team",
      "   ├─ Secret credentials-0  protected",
      "   └─ Secret ×11: credentials-1, credentials-2, credentials-3, … 8 more",
    ]);
  });

  it.each([40, 80, 100, 120])("fits %i columns", (columns) => {
    const long = resource({ type: "kubernetes:core/v1:Secret", title: `team/${"long-".repeat(40)}` });
    for (const plan of [sample, planOfOnly(long, { ...long, urn: "urn:2" })])
      for (const line of treeOf(plan, { color: false, columns }).split("\n"))
        expect(line.length).toBeLessThanOrEqual(columns);
  });

  it("does not let names steer the terminal", () => {
    const evil = resource({ type: "kubernetes:core/v1:Secret", title: "team/\u001b[2Ja\u0007b\u202ec\nd" });
    expect(treeOf(planOfOnly(evil), { color: false, columns: 80 })).toContain("└─ Secret a�b�c�d\n");
  });
});
