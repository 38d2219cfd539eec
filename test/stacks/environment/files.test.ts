import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  configOf,
  environmentNames,
  environmentSchema,
  loadEnvironmentFile,
  parseEnvironment,
} from "../../../stacks/environment/index.ts";
import { complaints, NAMES, parseFile } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "filiera-environments-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the environments of the repository", () => {
  it.each(NAMES)("has %s, which parses and names its schema", (name) => {
    expect(parseFile(name).cluster.kind).toBe("existing");
    expect(readFileSync(`environments/Pulumi.${name}.yaml`, "utf8")).toMatch(
      /^# yaml-language-server: \$schema=schema\.json\n/,
    );
  });

  it("lists them", () => {
    expect(environmentNames("environments")).toEqual(["aws", "dev", "local", "prod", "staging"]);
  });

  it.each(NAMES)("keeps no secret, digest or salt in %s", (name) => {
    expect(readFileSync(`environments/Pulumi.${name}.yaml`, "utf8")).not.toMatch(/secure|salt|sha256|password/);
  });

  it("has a schema.json that is up to date: npx filiera schema --out environments/schema.json writes it", () => {
    expect(readFileSync("environments/schema.json", "utf8")).toBe(`${JSON.stringify(environmentSchema(), null, 2)}\n`);
  });

  it("describes each setting for editors, with the profiles' defaults and the encrypted form of a secret", () => {
    const text = JSON.stringify(environmentSchema());
    expect(text).toContain("servers; with autoscaling, the fewest; default: laptop 1, small 1, production 2");
    expect(text).toContain(
      '"password":{"description":"the user\'s password or token, encrypted","type":"object","properties":{"secure":{"type":"string","minLength":1}},"required":["secure"],"additionalProperties":false}',
    );
  });
});

/** A file's text, and what the user then reads, word for word. */
const texts: readonly (readonly [string, string, readonly unknown[]])[] = [
  ["nothing", "", ["F: found an empty file; allowed: a mapping with the key config"]],
  ["a list", "[]", ["F: found a list; allowed: a mapping with the key config"]],
  ["a text, which is not shown", "hunter2", ["F: found a text; allowed: a mapping with the key config"]],
  [
    "an empty config",
    "config:",
    ["F: found nothing (null) under config; allowed: a mapping of filiera:<concern> keys under config"],
  ],
  [
    "no config",
    "encryptionsalt: v1:a",
    ["F: found no key config; allowed: a mapping of filiera:<concern> keys under config"],
  ],
  [
    "a number for the config",
    "config: 12345678",
    ["F: found a number under config; allowed: a mapping of filiera:<concern> keys under config"],
  ],
  ["a misspelt key", "config: {}\nconfg: 1", ['F: unknown key "confg"; did you mean "config"?']],
  ["a concern at the top", "filiera:mlflow: {}", ['F: unknown key "filiera:mlflow"; indent it under config']],
  [
    "a key twice",
    "config:\n  filiera:profile: laptop\n  filiera:profile: small",
    ['F:3:3: duplicate key "filiera:profile"; keep one of them'],
  ],
  [
    "an open brace",
    "config: {a: b",
    ["F:1:14: malformed YAML; flow map in block collection must be sufficiently indented and end with a }"],
  ],
  ["a tab", "config:\n\t- a", ["F:2:1: malformed YAML; tabs are not allowed as indentation"]],
  ["an alias of nothing", "config: *a", ["F:1:9: malformed YAML; an alias without an anchor before it"]],
  ["two documents", "config: {}\n---\nb: 2", ["F:2:1: found several documents; allowed: one"]],
  ["a tag", "config: !foo x", ["F:1:9: malformed YAML; unresolved tag"]],
  [
    "a quote that is left open, without what it quotes",
    "config:\n  a: 'hunter2",
    ["F:2:14: malformed YAML; missing closing 'quote"],
  ],
  [
    "a line out of column",
    "config:\n  'a': 1\n 'b': hunter2",
    ["F:3:1: malformed YAML; all mapping items must start at the same column"],
  ],
  [
    "aliases without end",
    `config:\n  a0: &a0 [1]\n${Array.from({ length: 40 }, (_, level) => `  a${level + 1}: &a${level + 1} [*a${level}, *a${level}]`).join("\n")}`,
    ["F: malformed YAML; too many levels, or too many aliases in one another"],
  ],
  [
    "levels without end",
    `config: ${"[".repeat(30_000)}${"]".repeat(30_000)}`,
    [expect.stringMatching(/^F:1:\d+: malformed YAML; too many levels$/)],
  ],
];

describe("a file that is wrong", () => {
  it.each(texts)("tells of %s", (_, text, says) => {
    expect(complaints(() => configOf(text, "F"))).toEqual(says);
  });

  it("tells of an environment that isn't there, and which are", () => {
    expect(complaints(() => loadEnvironmentFile("environments", "prd"))).toEqual([
      'environments/Pulumi.prd.yaml: no such environment; there are: aws, dev, local, prod, staging; did you mean "prod"?',
    ]);
  });

  it("tells of a folder without environments", () => {
    expect(complaints(() => loadEnvironmentFile("nowhere", "prod"))).toEqual([
      "nowhere/Pulumi.prod.yaml: no such environment; nowhere has none; run this in the project's folder",
    ]);
  });

  it("keeps to the folder", () => {
    expect(complaints(() => loadEnvironmentFile("environments", "../../etc"))).toEqual([
      'environments/Pulumi.<env>.yaml: found the environment "../../etc"; allowed: a name of letters, digits, dots, hyphens and underscores',
    ]);
  });

  it("tells of what can't be read", () => {
    expect(complaints(() => loadEnvironmentFile("test", "x/../../y"))).toHaveLength(1);
    writeFileSync(join(folder, "Pulumi.big.yaml"), `config: ${"a".repeat(1_100_000)}`);
    expect(complaints(() => loadEnvironmentFile(folder, "big"))).toEqual([
      `${join(folder, "Pulumi.big.yaml")}: found 1100008 characters; allowed: at most 1048576`,
    ]);
  });

  it("reads merge keys as Pulumi does", () => {
    const config = configOf(
      "config:\n  filiera:profile: laptop\n  filiera:cluster:\n    <<: &base { kind: existing, context: a }\n    storageClass: fast\n",
      "F",
    );
    expect(parseEnvironment(config, { secrets: "sealed" }).cluster).toMatchObject({
      context: "a",
      storageClass: "fast",
    });
  });
});
