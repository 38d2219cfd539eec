import { describe, expect, test } from "vitest";
import { late } from "../../constructs/index.ts";
import { manifestsOf, record } from "../../testing/index.ts";
import { chart, clusterObject, object } from "../support/chart.ts";
import { complaint } from "../support/errors.ts";
import "../support/matchers.ts";

function team() {
  const root = chart();
  object(root, "settings", { data: { size: "2", color: "blue" }, list: [{ a: 1, b: 2 }, { a: 3 }] });
  object(root, "password", { kind: "Secret", stringData: { password: String(late.named("team/password")) } });
  clusterObject(root, "team", { kind: "Namespace" });
  return root;
}

describe("manifestsOf", () => {
  test("renders the objects below a construct in the order of their creation, late values as holes", () => {
    const manifests = manifestsOf(team());
    expect(manifests.map(({ kind }) => kind)).toEqual(["Namespace", "ConfigMap", "Secret"]);
    expect(manifests[2]).toMatchObject({ stringData: { password: `\${team/password}` } });
  });
});

describe("toContainManifest", () => {
  test("asks for some of the fields, and compares lists item by item", () => {
    expect(team()).toContainManifest({ kind: "ConfigMap", data: { size: "2" } });
    expect(manifestsOf(team())).toContainManifest({ list: [{ b: 2 }, { a: 3 }] });
    expect(team()).not.toContainManifest({ list: [{ b: 2 }] });
    expect(team()).not.toContainManifest({ kind: "ConfigMap", data: undefined });
    expect(team()).toContainManifest({ kind: "Namespace", data: undefined });
  });

  test("takes the matchers of the test runner", () => {
    expect(team()).toContainManifest({ data: { color: expect.stringMatching(/^bl/) } });
    expect(team()).not.toContainManifest({ data: { color: expect.any(Number) } });
  });

  test("says which manifest is nearest, and how it differs", () => {
    expect(
      complaint(() => expect(team()).toContainManifest({ kind: "ConfigMap", data: { size: "3", shape: "round" } })),
    ).toBe(`there is no manifest with {"kind":"ConfigMap","data":{"size":"3","shape":"round"}}; the nearest is ConfigMap team/settings:
  data.size: expected "3", found "2"
  data.shape: expected "round", found nothing`);
    expect(complaint(() => expect(chart()).toContainManifest({ kind: "ConfigMap" }))).toBe(
      'there is no manifest with {"kind":"ConfigMap"}: there are no manifests at all',
    );
    expect(complaint(() => expect(team()).not.toContainManifest({ kind: "Secret" }))).toBe(
      'there is a manifest with {"kind":"Secret"}: Secret team/password',
    );
    expect(complaint(() => expect("nothing").toContainManifest({}))).toBe(
      "manifests are a construct, or what manifestsOf made of one",
    );
  });
});

describe("toComeBefore", () => {
  test("compares all that match", () => {
    expect({ kind: "Namespace" }).toComeBefore({ metadata: { namespace: "team" } }, team());
    expect({ kind: "Secret" }).not.toComeBefore({ metadata: { namespace: "team" } }, team());
  });

  test("says what comes first, and what is not there", () => {
    expect(complaint(() => expect({ kind: "Secret" }).toComeBefore({ kind: "Namespace" }, team()))).toBe(
      "Secret team/password (number 3) comes after Namespace team (number 1)",
    );
    expect(complaint(() => expect({ kind: "Namespace" }).not.toComeBefore({ kind: "Secret" }, team()))).toBe(
      "Namespace team (number 1) comes before Secret team/password (number 3)",
    );
    expect(complaint(() => expect({ kind: "Pod" }).toComeBefore({ kind: "Job" }, team()))).toBe(
      'there is no manifest with {"kind":"Pod"}\nthere is no manifest with {"kind":"Job"}',
    );
  });
});

describe("record", () => {
  test("runs a Pulumi program and notes its outputs", async () => {
    const recorded = await record(() => ({ answer: 42 }), { project: "project", stack: "stack" });
    expect(recorded.outputs).toEqual({ answer: 42 });
    expect(recorded.resources.map(({ type }) => type)).toEqual(["pulumi:pulumi:Stack"]);
  });
});
