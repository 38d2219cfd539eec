import { describe, expect, it } from "vitest";
import { formatWaiting, type Waiting } from "../../../stacks/engine/stopped.ts";

const waiting = (name: string, more: Partial<Waiting> = {}): Waiting => ({
  construct: `platform/data/${name}`,
  source: "constructs/platform/platform.ts:100",
  object: `Deployment team/${name}`,
  condition: "Available",
  said: "2 of 3 pods are ready",
  event: `pod ${name}-0: BackOff: Back-off restarting failed container`,
  look: `kubectl --context dev --namespace team logs ${name}-0 --all-containers --previous`,
  ...more,
});

describe("what a stopped run waits for", () => {
  it("is told with its source, the last event of its pods and the command to look further", () => {
    expect(formatWaiting([waiting("one")])).toEqual([
      "  platform/data/one (constructs/platform/platform.ts:100): Deployment team/one waits for Available",
      "    pod one-0: BackOff: Back-off restarting failed container",
      "    kubectl --context dev --namespace team logs one-0 --all-containers --previous",
    ]);
  });

  it("is told in the engine's words where the cluster has no event", () => {
    expect(formatWaiting([waiting("one", { event: undefined, source: undefined })]).slice(0, 2)).toEqual([
      "  platform/data/one: Deployment team/one waits for Available",
      "    2 of 3 pods are ready",
    ]);
  });

  it("fits on a screen, however much there is", () => {
    const lines = formatWaiting(Array.from({ length: 30 }, (_, i) => waiting(`w${i}`)));
    expect(lines).toHaveLength(13);
    expect(lines.at(-1)).toBe("  … and 26 more");
  });
});
