import { describe, expect, it } from "vitest";
import { backendUrl, secretsProvider, stackName } from "../../../stacks/engine/backend.ts";
import type { StateConfig } from "../../../stacks/environment/index.ts";
import { ENVIRONMENTS, environment } from "../../support/platform.ts";

const passphrase = { kind: "passphrase" } as const;
const local = { kind: "local" } as const;
const s3 = { kind: "s3", bucket: "states", region: "eu-central-1" } as const;
const cloud = { kind: "pulumi-cloud", organization: "acme" } as const;

describe("a backend", () => {
  it.each<[string, StateConfig["backend"], string]>([
    ["a folder of the project", local, "file:///home/jo/my%20project/.filiera/state"],
    ["a folder beside it", { ...local, path: "../states" }, "file:///home/jo/states"],
    ["a folder anywhere", { ...local, path: "/srv/states" }, "file:///srv/states"],
    ["a bucket", s3, "s3://states?region=eu-central-1"],
    ["a path in a bucket", { ...s3, prefix: "filiera/prod" }, "s3://states/filiera/prod?region=eu-central-1"],
    [
      "a bucket elsewhere",
      { ...s3, endpoint: "https://s3.example.com:9000" },
      "s3://states?region=eu-central-1&endpoint=https%3A%2F%2Fs3.example.com%3A9000&use_path_style=true",
    ],
    ["Pulumi Cloud", cloud, "https://api.pulumi.com"],
  ])("is %s", (_, backend, url) => {
    expect(backendUrl({ backend, secrets: passphrase }, "/home/jo/my project")).toBe(url);
  });

  it("has the environment's name as its stack, and in Pulumi Cloud under the organization", () => {
    expect(stackName({ backend: s3, secrets: passphrase }, "dev")).toBe("dev");
    expect(stackName({ backend: cloud, secrets: passphrase }, "dev")).toBe("acme/dev");
  });
});

describe("what encrypts", () => {
  it.each<[string, StateConfig["secrets"], string]>([
    ["a passphrase", passphrase, "passphrase"],
    ["Pulumi Cloud", { kind: "pulumi-cloud" }, "default"],
    ["a key of Vault", { kind: "hashivault", key: "filiera" }, "hashivault://filiera"],
    [
      "an alias of a KMS key",
      { kind: "awskms", key: "alias/filiera-dev", region: "eu-central-1" },
      "awskms://alias/filiera-dev?region=eu-central-1",
    ],
    [
      "the ARN of a KMS key",
      { kind: "awskms", key: "arn:aws:kms:eu-central-1:123456789012:key/1234abcd", region: "eu-central-1" },
      "awskms:///arn:aws:kms:eu-central-1:123456789012:key/1234abcd?region=eu-central-1",
    ],
  ])("is %s", (_, secrets, provider) => {
    expect(secretsProvider({ backend: s3, secrets })).toBe(provider);
  });
});

it("every environment of the project has its own state", () => {
  const states = ENVIRONMENTS.map((name) => backendUrl(environment(name).state, "/project"));
  expect(states).toEqual([
    "file:///project/.filiera/state",
    "s3://example-filiera-state/dev?region=eu-central-1",
    "s3://example-filiera-state/staging?region=eu-central-1",
    "s3://example-filiera-state/prod?region=eu-central-1",
  ]);
});
