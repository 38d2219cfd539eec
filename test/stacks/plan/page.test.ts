import { createHash } from "node:crypto";
import { Script } from "node:vm";
import { describe, expect, it } from "vitest";
import { nodesOf } from "../../../stacks/plan/page/data.ts";
import { pageOf } from "../../../stacks/plan/page.ts";
import type { Plan } from "../../../stacks/plan/plan.ts";
import { planOfOnly, resource, sample } from "./sample.ts";

const page = pageOf(sample);

/** What stands between two texts of a page. */
function between(text: string, start: string, end: string): string {
  const from = text.indexOf(start);
  expect(from, start).toBeGreaterThanOrEqual(0);
  return text.slice(from + start.length, text.indexOf(end, from + start.length));
}

describe("the page of a plan", () => {
  it("shows each resource as a link that carries its URN", () => {
    expect(between(page, '<div class="group"><h3>postgres</h3>', "</div></div>")).toMatchInlineSnapshot(`
      "<div class="nodes">
      <a class="node runs" data-urn="urn:pulumi:test::filiera::kubernetes:postgresql.cnpg.io/v1:Cluster::postgres/postgres" href="#Cluster/postgres/postgres" title="postgres/postgres (protected, kept on delete)"><svg class="icon" aria-hidden="true"><use href="#icon-store"/></svg><span class="kind">Cluster</span> <span class="name">postgres</span><span class="asks">3 pods · 6 cores · 24 GiB · 600 GiB storage <i>bill</i></span><svg class="lock" role="img" aria-label="protected"><use href="#icon-lock"/></svg></a>
      "
    `);
  });

  it("has the layers from the ground at its bottom up, with what is in them", () => {
    const bands = [...page.matchAll(/<section class="band" data-layer="(\w+)"/g)].map(([, layer]) => layer);
    expect(bands).toEqual(["tracking", "data", "secrets"]);
  });

  it("says how much is asked for, and which part of it bills say", () => {
    const totals = between(page, '<ul class="totals"', "</ul>").replace(/<[^>]*>/g, "");
    expect(totals.split("\n").map((line) => line.trim())).toMatchInlineSnapshot(`
      [
        "aria-label="Requests">",
        "Pods 5  3 by bills",
        "CPU 7 cores  6 cores by bills",
        "Memory 28 GiB  24 GiB by bills",
        "GPU none",
        "Storage 600 GiB  600 GiB by bills",
        "",
      ]
    `);
  });

  it("counts the images without a digest", () => {
    expect(page).toContain('<p class="verdict open">1 of 2 not resolved to a digest</p>');
    const resolved = { ...sample, images: sample.images.filter((image) => image.resolved) };
    expect(pageOf(resolved)).toContain('<p class="verdict">all resolved to a digest</p>');
  });

  it("marks outputs that are secret or not known yet", () => {
    expect(between(page, '<table class="outputs">', "</table>").replace(/\n/g, "")).toContain(
      '<th scope="row">mlflowPassword</th><td><span class="secret">[secret]</span></td>',
    );
    expect(page).toContain('<td><span class="unknown">[known after up]</span></td>');
  });

  it("is the same, byte for byte, for the same plan, and knows nothing of this machine", () => {
    expect(pageOf(structuredClone(sample))).toBe(page);
    expect(page).not.toContain(process.cwd());
  });

  it("asks nobody but whoever serves it: its own program and style are all that its policy allows", () => {
    const policy = between(page, 'http-equiv="Content-Security-Policy" content="', '"').replaceAll("&#39;", "'");
    const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    const style = hash(between(page, "<style>", "</style>"));
    const program = hash(between(page, "<script>", "</script>"));
    expect(policy).toBe(
      `default-src 'none'; img-src data:; style-src ${style}; script-src ${program}; connect-src 'self'; base-uri 'none'; form-action 'none'`,
    );
    expect(page).not.toMatch(/ (?:src|style|on\w+)=|@import|url\(/);
  });

  it("has a program that is whole: nothing of it was left to be imported", () => {
    const program = between(page, "<script>", "</script>");
    expect(() => new Script(program)).not.toThrow();
    expect(program).not.toMatch(/__vi|import\b|export\b|<\/|<!--/);
  });
});

describe("what the page knows of a resource", () => {
  it("is called by kind and title, and by its URN where another one is called the same", () => {
    const [old, other] = ["extensions/v1beta1", "networking.k8s.io/v1"].map((version) =>
      resource({ type: `kubernetes:${version}:Ingress`, title: "a/web" }),
    );
    if (!old || !other) throw new Error("both are there");
    const single = resource({ type: "kubernetes:core/v1:Service", title: "a/web" });
    expect(nodesOf(planOfOnly(old, other, single)).map(({ id }) => id)).toEqual([old.urn, other.urn, "Service/a/web"]);
  });

  it("names what comes before it by its place, and leaves out what is not in the plan", () => {
    expect(nodesOf(sample).map(({ dependsOn }) => dependsOn)).toEqual([[], [], [1, 3, 4, 5], [0], [0], [0]]);
  });

  it("says what a change must heed", () => {
    const flags = nodesOf(sample).flatMap((node) => node.flags);
    expect(flags).toEqual(["protected", "kept on delete", "spec.replicas has another owner"]);
  });
});

describe("text from a plan", () => {
  const attacks = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "<img src=x onerror=alert(1)>",
    `"><svg onload=alert(1)>' autofocus onfocus='alert(1)`,
    "javascript:alert(1)//",
    "a\u2028b\u2029c\u0000d\ud800e",
    "#%2F?&amp;",
  ];

  function attacked(text: string): Plan {
    const victim = resource({
      urn: `urn:${text}`,
      type: `kubernetes:${text}:${text}`,
      title: text,
      kind: text,
      inputs: { [text]: { nested: [text] } },
      ignoreChanges: [text],
      origin: { construct: text, noun: text, source: text },
      footprint: { pods: 1, cpu: 0, memory: 0, gpu: 0, storage: 0, images: [text], source: "manifest" },
    });
    return {
      ...sample,
      environment: text,
      resources: [victim],
      images: [{ reference: `${text}@${text}`, resolved: true, usedBy: [victim.urn] }],
      outputs: { [text]: text, list: [text] },
      warnings: [text],
    };
  }

  /** Every element of a page with the names of its attributes; text that looks like one does not get away. */
  function elements(text: string): string[] {
    const body = text.slice(text.indexOf("<body>"), text.indexOf("<script>"));
    const tag = /<(\/?[a-z][a-z0-9]*)((?: [a-z-]+(?:="[^"<>]*")?)*)\/?>/gi;
    expect(body.replace(tag, "")).not.toMatch(/[<>]/);
    return [...body.matchAll(tag)].map(([, name, rest = ""]) => `${name}${rest.replace(/="[^"]*"/g, "")}`);
  }

  it.each(attacks)("stays text: %j", (text) => {
    const harmless = new Set(elements(pageOf(attacked("a/b:c@d"))));
    expect(elements(pageOf(attacked(text))).filter((element) => !harmless.has(element))).toEqual([]);
  });

  it.each(attacks)("reaches the page's program unchanged: %j", (text) => {
    const data: unknown = JSON.parse(
      between(pageOf(attacked(text)), '<script type="application/json" id="plan">', "</script>"),
    );
    expect(data).toMatchObject([{ title: text, inputs: { [text]: { nested: [text] } } }]);
  });
});
