import { ApiObject } from "cdk8s";
import { describe, expect, it } from "vitest";
import { CHECKSUM, restartOnChange, withChecksums } from "../../../constructs/kernel/checksum.ts";
import { at } from "../../../constructs/kernel/json.ts";
import type { Tree } from "../../../constructs/kernel/late.ts";
import { collect } from "../../../constructs/kernel/objects.ts";
import { render } from "../../../constructs/kernel/render.ts";
import { chart, object } from "../../support/chart.ts";
import { known, lateAs } from "../../support/plain.ts";

interface Content {
  readonly password?: Tree;
  readonly setting?: string;
  readonly other?: string;
  readonly kind?: string;
}

function tree({ password = "p", setting = "s", other = "o", kind = "Deployment" }: Content, restarts = true) {
  const root = chart();
  object(root, "password", { kind: "Secret", stringData: { password } });
  object(root, "settings", { data: { setting } });
  object(root, "other", { kind: "Secret", data: { other } });
  const template = {
    metadata: { labels: { app: "a" } },
    spec: { volumes: [{ secret: { secretName: "password" } }, { configMap: { name: "settings" } }] },
  };
  const workload = new ApiObject(root, "workload", {
    apiVersion: "apps/v1",
    kind,
    metadata: { name: "workload", namespace: "team" },
    spec: { selector: { matchLabels: { app: "a" } }, template },
  });
  if (restarts) restartOnChange(workload);
  return root;
}

function checksum(content: Content, key = "key", restarts = true): unknown {
  const objects = withChecksums(collect(tree(content, restarts)), lateAs(key));
  const annotation = at(objects.at(-1)?.manifest, "spec", "template", "metadata", "annotations", CHECKSUM);
  return typeof annotation === "string" ? known(annotation) : annotation;
}

describe("the checksum of what a pod uses", () => {
  it("changes with a Secret or ConfigMap that the pod names, and with nothing else", () => {
    const before = checksum({});
    expect(before).toMatch(/^[0-9a-f]{16}$/);
    expect(checksum({})).toBe(before);
    expect(checksum({ other: "changed" })).toBe(before);
    expect(checksum({ password: "changed" })).not.toBe(before);
    expect(checksum({ setting: "changed" })).not.toBe(before);
  });

  it("changes with a late value, and is the same as for the known one", () => {
    expect(checksum({ password: lateAs("one") })).toBe(checksum({ password: "one" }));
    expect(checksum({ password: lateAs("one") })).not.toBe(checksum({ password: lateAs("two") }));
  });

  it("depends on a key, so that it tells nothing about the Secret", () => {
    expect(checksum({}, "other key")).not.toBe(checksum({}));
  });

  it("is for those who asked for it, and for what has pods", () => {
    expect(checksum({}, "key", false)).toBeUndefined();
    expect(checksum({ kind: "Scaler" })).toBeUndefined();
  });

  it("is an annotation for the Reloader in manifests for GitOps", () => {
    const workload = render(tree({})).at(-1)?.manifest;
    expect(at(workload, "metadata", "annotations")).toEqual({ "reloader.stakater.com/auto": "true" });
    expect(JSON.stringify(workload)).not.toContain(CHECKSUM);
  });
});
