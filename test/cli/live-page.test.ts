import { describe, expect, test } from "vitest";
import { liveStateOf } from "../../cli/live-page.ts";
import type { ObjectStatus, Phase } from "../../local/index.ts";

const object = (over: Partial<ObjectStatus> & Pick<ObjectStatus, "identity" | "state">): ObjectStatus => ({
  since: "2026-01-01T00:00:00Z",
  addresses: {},
  logs: {},
  restarts: 0,
  ...over,
});

const status = (phase: Phase, ...objects: readonly ObjectStatus[]) => ({
  environment: "local",
  phase,
  supervisor: { pid: 1, start: "1" },
  started: "2026-01-01T00:00:00Z",
  objects,
  notes: [],
});

const policy = object({ identity: "networking.k8s.io/NetworkPolicy/mlflow/mlflow", state: "not run here" });
const migration = object({ identity: "batch/Job/mlflow/migrate", state: "done", detail: "was done by an earlier run" });
const server = object({
  identity: "apps/Deployment/mlflow/mlflow",
  state: "restarting",
  detail: "it ended with 137\nin 2 s it starts again",
  addresses: { http: "http://127.0.0.1:20001", metrics: "127.0.0.1:20002" },
  logs: { main: "/run/logs/mlflow.mlflow.main.log", "a b": "/run/logs/a b.log" },
});

describe("the state of a run on its page", () => {
  test("names what runs, with where to look and what it made, and nothing of what does not", () => {
    const made = new Map([[server.identity, ["model iris, version 1"]]]);
    expect(liveStateOf(status("ready", policy, migration, server), "/run/logs", made)).toEqual({
      state: "working",
      says: "1 of 2 are ready",
      objects: {
        [migration.identity]: { state: "ready", says: "done: was done by an earlier run" },
        [server.identity]: {
          state: "working",
          says: "restarting: it ended with 137",
          links: [
            { name: "http: http://127.0.0.1:20001", href: "http://127.0.0.1:20001" },
            { name: "log of main", href: "logs/mlflow.mlflow.main.log" },
            { name: "log of a b", href: "logs/a%20b.log" },
          ],
          made: ["model iris, version 1"],
        },
      },
    });
  });

  test.each([
    ["starting", "working", "starting: 1 of 1 are ready"],
    ["ready", "ready", "all is ready"],
    ["stopping", "working", "stopping"],
    ["stopped", "stopped", "stopped: what it keeps is there for the next run"],
    ["failed", "failed", "failed"],
  ] as const)("%s", (phase, state, says) => {
    expect(liveStateOf(status(phase, migration), "/run/logs")).toMatchObject({ state, says });
  });

  test("says which object failed, and why", () => {
    const failed = object({
      identity: "batch/Job/mlflow/migrate",
      state: "failed",
      detail: "it ended with 1\nits log…",
    });
    expect(liveStateOf(status("failed", failed), "/run/logs")).toEqual({
      state: "failed",
      says: "failed: batch/Job/mlflow/migrate it ended with 1",
      objects: { [failed.identity]: { state: "failed", says: "it ended with 1" } },
    });
  });
});
