import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { renderPlatform } from "../../cli/render.ts";
import { isObject } from "../../constructs/kernel/json.ts";
import { contents, filiera, folder, project, shell } from "../support/filiera.ts";
import { environment } from "../support/platform.ts";

/** The same mapping with its keys, and those inside it, in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}

describe.concurrent("filiera plan", () => {
  it("shows a tree, writes manifests and a page, and says where", async () => {
    const cwd = project();
    const { code, stdout, stderr } = await filiera(["plan", "local"], { cwd, env: { FORCE_COLOR: "1" } });
    expect([code, stderr]).toEqual([0, ""]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^local {2}\d+ resources, \d+ of them objects of Kubernetes$/);
    expect(lines.filter((line) => /^[a-z]+$/.test(line))).toEqual([
      "cluster",
      "secrets",
      "namespaces",
      "operators",
      "trust",
      "data",
      "tracking",
    ]);
    expect(lines.at(-1)).toBe(
      `manifests in dist/local, a map of the platform at ${pathToFileURL(join(cwd, "dist/local/index.html"))}`,
    );
    // no colours where nobody looks
    expect(stdout).not.toContain("\u001b");
    const files = contents(join(cwd, "dist/local"));
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining([".filiera", "index.html", "plan.json", "manifests/mlflow/Deployment-mlflow.yaml"]),
    );
    const { resources } = JSON.parse(files["plan.json"] ?? "");
    expect(lines[0]).toContain(`${resources.length} resources`);
    expect(files["manifests/mlflow/Secret-mlflow-admin.yaml"]).toContain('password: "[secret]"');
    for (const { origin, urn } of resources)
      if (urn.includes("kubernetes:Objects")) expect(origin.source, urn).toMatch(/^constructs\/[a-z/-]+\.ts:\d+$/);
  });

  it("is the same to the byte, whatever the clock, the locale, the folder and the order of keys", async () => {
    const one = project();
    const text = readFileSync("environments/Pulumi.prod.yaml", "utf8");
    // Windows' line ends and a byte order mark too
    const other = project({ prod: `\uFEFF${stringify(reversed(parse(text))).replaceAll("\n", "\r\n")}` });
    const here = { TZ: "UTC", LANG: "C", LC_ALL: "C" };
    const there = { TZ: "Asia/Kathmandu", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8", LANGUAGE: "tr", COLUMNS: "40" };
    const first = await filiera(["plan", "prod", "--json"], { cwd: one, env: here });
    const second = await filiera(["-C", other, "plan", "prod", "--json"], { cwd: folder(), env: there });
    expect([first.code, first.stderr, second.code, second.stderr]).toEqual([0, "", 0, ""]);
    expect(second.stdout).toBe(first.stdout);
    const before = contents(join(one, "dist/prod"));
    expect(contents(join(other, "dist/prod"))).toEqual(before);
    expect(Object.keys(before).length).toBeGreaterThan(50);
    // JSON is all that is printed, and the very same that is written
    expect(JSON.parse(first.stdout)).toEqual(JSON.parse(before["plan.json"] ?? ""));
    expect(JSON.stringify(before)).not.toContain(one);
    // again, for a reader who goes away
    const again = await shell("filiera plan prod --json | head -c 2", { cwd: one });
    expect(again).toEqual({ code: 0, stdout: "{\n", stderr: "" });
    expect(contents(join(one, "dist/prod"))).toEqual(before);
  });

  it("may run several times at once into one folder, and leaves one whole plan", async () => {
    const cwd = project();
    const { stderr } = await shell("filiera plan local --out out & filiera plan local --out out & wait", { cwd });
    expect(stderr).toBe("");
    expect(Object.keys(contents(cwd)).filter((path) => !path.includes("/"))).toEqual(["environments", "out"]);
    expect(Object.keys(contents(join(cwd, "out")))).toContain("plan.json");
  });
});

describe.concurrent.each([
  ["flux", ["HelmRelease", "HelmRepository"]],
  ["argocd", ["Application"]],
])("filiera render --gitops %s", (tool, kinds) => {
  it("lists every file once, what is needed first, and no template", async () => {
    const cwd = project();
    const { code, stdout, stderr } = await filiera(["render", "prod", "--out", "out", "--gitops", tool], { cwd });
    expect([code, stderr]).toEqual([0, ""]);
    const files = contents(join(cwd, "out"));
    const paths = Object.keys(files).filter((path) => /(?<!kustomization)\.yaml$/.test(path));
    const resources = ["operators", "platform"].flatMap((folder) => {
      const { resources: listed, ...rest } = parse(files[`${folder}/kustomization.yaml`] ?? "");
      expect(rest).toEqual({
        apiVersion: "kustomize.config.k8s.io/v1beta1",
        kind: "Kustomization",
        sortOptions: { order: "fifo" },
      });
      return listed.map((path: string) => `${folder}/${path}`);
    });
    const applied = paths.filter((path) => !path.startsWith("templates/"));
    const templates = paths.filter((path) => path.startsWith("templates/"));
    expect([...resources].sort()).toEqual([...applied].sort());
    expect(new Set(resources).size).toBe(resources.length);
    const count = (folder: string) => applied.filter((path) => path.startsWith(`${folder}/`)).length;
    expect(stdout.split("\n").slice(0, 2)).toEqual([
      `${count("operators")} objects in out/operators: to be applied first, until the operators are ready`,
      `${count("platform")} objects in out/platform: what needs them`,
    ]);

    // each file is one object, in its place
    const objects = new Map<string, string>(
      resources.map((path: string) => {
        const { apiVersion, kind, metadata } = parse(files[path] ?? "");
        return [`${apiVersion.replace(/(^|\/)v\w+$/, "")}/${kind}/${metadata.namespace ?? ""}/${metadata.name}`, path];
      }),
    );
    expect(objects.size).toBe(resources.length);
    const release = { flux: "helm.toolkit.fluxcd.io/HelmRelease", argocd: "argoproj.io/Application" }[tool];
    const placeOf = (identity: string): number => {
      const [group, , namespace, name] = identity.split("/");
      const own = tool === "argocd" ? "argocd" : namespace;
      const path = objects.get(group === "filiera.dev" ? `${release}/${own}/${name}` : identity);
      return path === undefined ? -1 : resources.indexOf(path);
    };
    let edges = 0;
    for (const { object } of renderPlatform(environment("prod")))
      for (const { identity } of object.dependsOn.keys()) {
        if (placeOf(identity) < 0 || placeOf(object.identity) < 0) continue;
        edges += 1;
        expect(placeOf(identity), `${identity} before ${object.identity}`).toBeLessThan(placeOf(object.identity));
      }
    expect(edges).toBeGreaterThan(80);

    // templates are the Secrets, their holes named; nothing else has one
    expect(templates.map((path) => parse(files[path] ?? "").kind)).toEqual(templates.map(() => "Secret"));
    for (const path of applied) expect(files[path], path).not.toMatch(/\$\{[a-z]/);
    expect(parse(files["templates/mlflow/Secret-mlflow-admin.yaml"] ?? "").stringData).toEqual({
      username: "admin",
      password: `${"$"}{mlflow/admin}`,
    });
    for (const path of templates) expect(stdout).toContain(`  ${path.replace("templates/", "")}\n`);
    expect(resources.filter((path: string) => kinds.some((kind) => path.includes(`/${kind}-`))).length).toBe(
      4 * kinds.length,
    );
  });
});

describe.concurrent("filiera diff and filiera schema", () => {
  it("show what differs, and the schema that is committed", async () => {
    const cwd = project({ twin: readFileSync("environments/Pulumi.prod.yaml", "utf8") });
    const same = await filiera(["diff", "prod", "twin"], { cwd });
    expect(same).toEqual({ code: 0, stdout: "prod and twin are the same\n", stderr: "" });
    const { code, stdout } = await filiera(["diff", "staging", "prod"], { cwd });
    expect(code).toBe(0);
    const lines = stdout.split("\n");
    expect(lines.slice(0, 2)).toEqual(["--- staging", "+++ prod"]);
    expect(lines).toContain("~ apps/Deployment/mlflow/mlflow");
    expect(lines.filter((line) => /^ {4}spec\.instances|^ {4}spec\.storage\.size/.test(line))).toEqual([
      '    spec.storage.size: "20Gi" → "200Gi"',
    ]);
    for (const line of lines.slice(2, -1)) expect(line).toMatch(/^([-+~] \S+$| {4}\S+: .+ → .+$)/);
    const schema = await filiera(["schema"], { cwd });
    expect(schema).toEqual({ code: 0, stdout: readFileSync("environments/schema.json", "utf8"), stderr: "" });
  });
});
