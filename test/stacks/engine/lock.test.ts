import { spawnSync } from "node:child_process";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lockProblem, locksOf } from "../../../stacks/engine/lock.ts";
import { folder, write } from "../../support/filiera.ts";

const since = "2026-09-16T10:00:00Z";

function locks(content: object) {
  const state = folder();
  write(join(state, ".pulumi/locks/organization/filiera/local"), { "a.json": JSON.stringify(content) });
  return locksOf(state, "filiera", "local");
}

describe("a lock", () => {
  const { pid: gone } = spawnSync("true");

  it("is nobody's once its process is gone", () => {
    expect(locks({ pid: gone, username: "jo", hostname: hostname(), timestamp: since })).toEqual([
      { pid: gone, who: `jo@${hostname()}`, since, stale: true },
    ]);
  });

  it("is somebody's while its process runs, and on another machine", () => {
    expect(locks({ pid: process.pid, username: "jo", hostname: hostname(), timestamp: since })[0]?.stale).toBe(false);
    expect(locks({ pid: gone, username: "jo", hostname: "elsewhere", timestamp: since })[0]?.stale).toBe(false);
  });

  it("is not there where no run was", () => {
    expect(locksOf(folder(), "filiera", "local")).toEqual([]);
  });

  it("says who holds it, and the command that takes it away", () => {
    expect(lockProblem({ pid: 4711, who: "jo@laptop", since, stale: false }, "local")).toEqual({
      path: "filiera:state",
      message: `another run holds the state (process 4711 of jo@laptop, since ${since}): wait for it, or if it is gone: npx filiera pulumi local -- cancel`,
    });
  });
});
