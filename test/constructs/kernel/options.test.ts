import { Construct } from "constructs";
import { describe, expect, it } from "vitest";
import { collect } from "../../../constructs/kernel/objects.ts";
import { type ObjectOptions, Options } from "../../../constructs/kernel/options.ts";
import { chart, object } from "../../support/chart.ts";

/** The options of an object in a group in a chart, each with options of its own. */
function resolved(onChart: ObjectOptions, onGroup: ObjectOptions, onObject: ObjectOptions): ObjectOptions | undefined {
  const root = chart();
  const group = new Construct(root, "group");
  Options.of(root).set(onChart);
  Options.of(group).set(onGroup);
  Options.of(object(group, "a")).set(onObject);
  return collect(root)[0]?.options;
}

describe("options", () => {
  it("hold for everything inside a construct, and what is nearer wins", () => {
    expect(resolved({ protect: true, skipAwait: true }, { retainOnDelete: true, skipAwait: false }, {})).toMatchObject({
      protect: true,
      retainOnDelete: true,
      skipAwait: false,
    });
    expect(resolved({ protect: true }, {}, { protect: false })?.protect).toBe(false);
  });

  it("are not taken back by what is not said", () => {
    expect(
      resolved({ protect: true, waitFor: "condition=Ready" }, { protect: undefined, waitFor: undefined }, {}),
    ).toMatchObject({
      protect: true,
      waitFor: "condition=Ready",
    });
  });

  it("add up where they are lists, but other names belong to one object alone", () => {
    const options = resolved(
      { ignoreChanges: ["a"], aliases: ["/ConfigMap/team/x"] },
      { ignoreChanges: ["b"] },
      { ignoreChanges: ["c"], aliases: ["/ConfigMap/team/y"] },
    );
    expect(options).toEqual({ ignoreChanges: ["a", "b", "c"], aliases: ["/ConfigMap/team/y"] });
  });

  it("add up when they are set again", () => {
    const root = chart();
    const a = object(root, "a");
    Options.of(a)
      .set({ ignoreChanges: ["x"], protect: true })
      .set({ ignoreChanges: ["y"] });
    expect(collect(root)[0]?.options).toMatchObject({ protect: true, ignoreChanges: ["x", "y"] });
  });
});
