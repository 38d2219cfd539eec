import * as pulumi from "@pulumi/pulumi";
import { k8s } from "cdk8s-plus-28";
import { describe, expect, it } from "vitest";
import { late } from "../../../constructs/kernel/late.ts";
import { lower } from "../../../stacks/bridge/lower.ts";
import { record } from "../../../stacks/plan/recording.ts";
import { chart } from "../../support/chart.ts";

const options = { project: "project", stack: "stack", preview: false };

describe("a recording", () => {
  it("fails with the path of a value that cannot be written once it is known", async () => {
    const program = (): void => {
      const root = chart();
      new k8s.KubeConfigMap(root, "settings", {
        metadata: { name: "settings", namespace: "team" },
        data: { "a.ini": String(late.ini(late.from(pulumi.output("ends in a space ")))) },
      });
      lower(root, { cluster: "main", provider: new Provider("main"), checksumKey: pulumi.secret("key") });
    };
    await expect(record(program, options)).rejects.toMatchObject({
      name: "FilieraError",
      problems: [{ path: "test/settings", message: expect.stringMatching(/^an INI value cannot hold /) }],
    });
  });

  it("passes on what the program throws", async () => {
    const program = (): void => {
      throw new Error("no such thing");
    };
    await expect(record(program, options)).rejects.toThrow("no such thing");
  });

  it("can be made again after a failure", async () => {
    const { outputs } = await record(() => ({ answer: pulumi.output(42), key: pulumi.secret("x") }), options);
    expect(outputs).toEqual({ answer: 42, key: "[secret]" });
  });
});

class Provider extends pulumi.ProviderResource {
  constructor(name: string) {
    super("kubernetes", name, {});
  }
}
