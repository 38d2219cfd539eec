import { describe, expect, it } from "vitest";
import { changes, interrupted, readEvents, unfinished } from "../../../stacks/engine/events.ts";

const urn = (name: string) => `urn:pulumi:local::filiera::kubernetes:apps/v1:Deployment::${name}`;
const pre = (name: string, op = "create") => ({ resourcePreEvent: { metadata: { op, urn: urn(name) } } });
const done = (name: string, op = "create") => ({ resOutputsEvent: { metadata: { op, urn: urn(name) } } });
const failed = (name: string, op = "create") => ({ resOpFailedEvent: { metadata: { op, urn: urn(name) } } });
const said = (name: string, message: string, severity = "info") => ({
  diagnosticEvent: { urn: urn(name), message, severity },
});
const summary = (isPreview: boolean, resourceChanges: Record<string, number>) => ({
  summaryEvent: { isPreview, resourceChanges },
});

describe("the events of a run", () => {
  it("are read line by line, without a last line that nobody finished", () => {
    expect(readEvents('{"sequence":0}\n{"sequence":1}\n{"seq')).toEqual([{ sequence: 0 }, { sequence: 1 }]);
  });

  it("tell what was under way and what failed, and what was said of it last", () => {
    const events = [
      pre("done"),
      pre("same", "same"),
      pre("waits"),
      said("waits", "waiting for pods"),
      said("waits", "a trace", "debug"),
      done("done"),
      pre("failed", "update"),
      said("failed", "2 of 3 pods are ready\nand more", "error"),
      failed("failed", "update"),
    ];
    expect(unfinished(events)).toEqual([
      { urn: urn("waits"), operation: "create", failed: false, said: "waiting for pods", resource: {} },
      { urn: urn("failed"), operation: "update", failed: true, said: "2 of 3 pods are ready\nand more", resource: {} },
    ]);
  });

  it("tell what was being created as the run was stopped: nobody knows whether it came about", () => {
    const events = [
      pre("under way"),
      pre("stopped"),
      said("stopped", "create: context canceled", "error"),
      failed("stopped"),
      pre("refused"),
      said("refused", "admission webhook denied the request", "error"),
      failed("refused"),
      pre("changed", "update"),
      pre("done"),
      done("done"),
    ];
    expect(interrupted(events).map((each) => each.urn)).toEqual([urn("under way"), urn("stopped")]);
  });

  it("are those of the update, not of the preview before it", () => {
    const events = [
      pre("planned"),
      summary(true, { create: 1 }),
      pre("made"),
      done("made"),
      summary(false, { same: 3 }),
    ];
    expect(unfinished(events)).toEqual([]);
    expect(changes(events)).toEqual({ same: 3 });
    expect(changes(events.slice(0, 2))).toEqual({ create: 1 });
  });
});
