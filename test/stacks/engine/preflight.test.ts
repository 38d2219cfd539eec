import { describe, expect, it } from "vitest";
import { contextProblems, resourceArgument } from "../../../stacks/engine/preflight.ts";
import { busyProblems, type ReleaseRevision } from "../../../stacks/engine/releases.ts";
import { readState } from "../../../stacks/engine/state.ts";

const provider = (inputs: object) => ({
  urn: "urn:pulumi:dev::filiera::pulumi:providers:kubernetes::platform",
  type: "pulumi:providers:kubernetes",
  inputs,
});
const state = (...resources: readonly object[]) => readState({ deployment: { resources } });

describe("the context of a state", () => {
  it("must be the file's: another one would have everything taken down there", () => {
    const deployed = state(provider({ clusterIdentifier: "dev", context: "dev" }));
    expect(contextProblems({ context: "staging" }, deployed)).toEqual([
      {
        path: "filiera:cluster.context",
        message:
          'found "staging", and this environment is deployed to "dev": destroy it there first, or make another environment for "staging"',
      },
    ]);
    expect(contextProblems({ context: "dev" }, deployed)).toEqual([]);
    expect(contextProblems({ context: "staging" }, state())).toEqual([]);
  });
});

describe("an unfinished Helm revision of a shared state", () => {
  const planned = {
    urn: "urn",
    type: "kubernetes:helm.sh/v3:Release",
    name: "platform/cert-manager/cert-manager",
    layer: "operators",
    title: "cert-manager/cert-manager",
    kind: "Release",
    inputs: {},
    dependsOn: [],
    protect: false,
    retainOnDelete: false,
    ignoreChanges: [],
    origin: { construct: "platform/operators/cert-manager/release" },
  } as const;
  const revision = (status: string, at: string): ReleaseRevision => ({
    name: "cert-manager",
    namespace: "cert-manager",
    status,
    revision: 1,
    at: new Date(at),
    secret: "sh.helm.release.v1.cert-manager.v1",
    planned,
  });
  const now = new Date("2026-09-16T10:00:00Z");

  it("may be another run's while it is young", () => {
    expect(busyProblems([revision("pending-upgrade", "2026-09-16T09:46:00Z")], now)).toEqual([
      {
        path: "platform/operators/cert-manager/release",
        message:
          "the Helm release cert-manager/cert-manager is pending-upgrade for less than 15 minutes: another run may be at it; wait, and try again",
      },
    ]);
  });

  it("is a killed one's later, and a finished one is nobody's", () => {
    expect(busyProblems([revision("pending-upgrade", "2026-09-16T09:44:00Z")], now)).toEqual([]);
    expect(busyProblems([revision("deployed", "2026-09-16T09:59:00Z")], now)).toEqual([]);
  });
});

it("a kind is named as kubectl finds it", () => {
  expect(
    [
      ["v1", "Secret"],
      ["apps/v1", "Deployment"],
      ["networking.k8s.io/v1", "NetworkPolicy"],
      ["postgresql.cnpg.io/v1", "Cluster"],
    ].map(([apiVersion = "", kind = ""]) => resourceArgument(apiVersion, kind)),
  ).toEqual(["secret", "deployment", "networkpolicy", "cluster.postgresql.cnpg.io"]);
});
