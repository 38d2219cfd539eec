import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { late } from "../../../constructs/kernel/late.ts";
import { Options } from "../../../constructs/kernel/options.ts";
import { fileNamesOf, render, toYaml } from "../../../constructs/kernel/render.ts";
import { chart, object } from "../../support/chart.ts";
import { complaint } from "../../support/errors.ts";

describe("rendering", () => {
  it("writes late values as holes with names, and says which manifests have some", () => {
    const root = chart();
    object(root, "plain", { data: { a: "b" } });
    object(root, "secret", {
      kind: "Secret",
      stringData: { uri: late.text`x://${late.url(late.named("pw"))}` },
    });
    const rendered = render(root);
    expect(rendered.map(({ template }) => template)).toEqual([false, true]);
    expect(rendered[1]?.manifest["stringData"]).toEqual({ uri: `x://$\{url(pw)}` });
  });

  it("leaves out what another owner changes", () => {
    const root = chart();
    const route = object(root, "route", {
      metadata: {},
      spec: { rules: [{ x: 1 }], replicas: 1, kept: true, dotted: { "a.b/c": 1, d: 2 } },
    });
    Options.of(route).set({
      ignoreChanges: ["spec.rules", "spec.replicas", 'spec.dotted["a.b/c"]', "spec.kept.deeper", "spec.missing.x"],
    });
    expect(render(root)[0]?.manifest["spec"]).toEqual({ kept: true, dotted: { d: 2 } });
  });

  it("gives the same bytes twice, whatever the order in which keys were written", () => {
    const build = (reverse: boolean) => {
      const root = chart();
      const fields = Object.entries({ b: "1", a: "2", c: { z: 1, y: [{ q: 1, p: 2 }] } });
      object(root, "a", { data: Object.fromEntries(reverse ? fields.reverse() : fields) });
      return root;
    };
    const root = build(false);
    const text = (of: ReturnType<typeof build>) =>
      render(of)
        .map(({ manifest }) => toYaml(manifest))
        .join("---\n");
    expect(text(root)).toBe(text(root));
    expect(text(root)).toBe(text(build(true)));
  });

  it("writes YAML that reads as what it was", () => {
    const odd = {
      "": "",
      yes: "no",
      n: "1e3",
      t: "true",
      d: "2001-01-01",
      long: "x ".repeat(200),
      multi: "a\n b\n\n",
      u: "é\u2028",
    };
    expect(parse(toYaml({ odd, same: [odd, odd] }))).toEqual({ odd, same: [odd, odd] });
  });

  it("names the object that a late value is wrong in", () => {
    const root = chart();
    object(root, "a", { data: { x: late.json({ y: `z${late.named("w")}` }) } });
    expect(complaint(() => render(root))).toBe(
      "[test/a] data.x: a late value stands inside a longer text: join it with late.text, and encode it with late.url, late.json, late.ini, late.shell or late.kube",
    );
  });

  it("quotes texts that YAML 1.1 reads as something else", () => {
    expect(toYaml({ a: "off", b: "yes", c: "0777", d: "1_000", e: true, f: "plain" })).toBe(
      'a: "off"\nb: "yes"\nc: "0777"\nd: "1_000"\ne: true\nf: plain\n',
    );
  });

  it("names files after what is in them, and tells apart kinds of one name", () => {
    const metadata = { name: "system:a", namespace: "team" };
    const files = fileNamesOf([
      { apiVersion: "v1", kind: "Secret", metadata },
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "team" } },
      { apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata },
      { apiVersion: "config.openshift.io/v1", kind: "Ingress", metadata },
    ]);
    expect(files).toEqual([
      "team/Secret-system_a.yaml",
      "_cluster/Namespace-team.yaml",
      "team/Ingress-system_a.yaml",
      "team/Ingress.config.openshift.io-system_a.yaml",
    ]);
  });
});
