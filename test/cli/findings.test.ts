import { describe, expect, it } from "vitest";
import { jsonOf, reportOf } from "../../cli/findings.ts";
import { exitCodeOf, type Finding, findingsOf, type Report } from "../../stacks/findings/index.ts";

const say = findingsOf("storage");
const fine = say.fine("filiera:a", "gp3, by a driver");
const note = findingsOf("capacity").note("filiera:b", "a node is cordoned");
const problem = say.problem("filiera:c", 'found "x", and the cluster has y', "name one of them");
const unknown = findingsOf("access").unknown("filiera:d", "could not look: it is forbidden");

const report = (findings: readonly Finding[]): Report => ({
  environment: "prod",
  context: "prod",
  server: "https://api.example.com",
  kubernetes: "1.35.4",
  findings,
});

describe("a report", () => {
  it("says where, what, and how to mend it", () => {
    expect(reportOf(report([fine, problem, note, unknown]), { color: false, columns: 60 })).toBe(
      [
        'prod  context "prod", Kubernetes 1.35.4, https://api.exampl…',
        "",
        "  ✓ storage   gp3, by a driver",
        '  ✗ storage   filiera:c: found "x", and the cluster has y',
        "              → name one of them",
        "  ! capacity  filiera:b: a node is cordoned",
        "  ? access    filiera:d: could not look: it is forbidden",
        "",
        "1 problem, 1 check could not look, 1 note",
        "",
      ].join("\n"),
    );
  });

  it("is one screen, of what is worst", () => {
    const many = Array.from({ length: 60 }, (_, i) => say.note(`filiera:note${i}`, "is so ".repeat(40), "mend it"));
    const text = reportOf(report([...many, problem]), { color: false, columns: 80 });
    expect(text.split("\n").length).toBeLessThan(40);
    expect(text).toContain("✗ storage  filiera:c:");
    expect(text).toContain("    … and 53 more: --json has all of them\n");
  });

  it("lets no name in a cluster steer the terminal", () => {
    const text = reportOf(report([say.note("a", "\u001b]0;title\u0007\u001b[2J\u202etfel")]), {
      color: false,
      columns: 80,
    });
    expect(text.replaceAll("\n", "")).not.toMatch(/\p{C}/u);
  });

  it("is all there for programs", () => {
    expect(JSON.parse(jsonOf(report([problem])))).toEqual({
      environment: "prod",
      context: "prod",
      server: "https://api.example.com",
      kubernetes: "1.35.4",
      findings: [
        {
          check: "storage",
          verdict: "problem",
          path: "filiera:c",
          found: 'found "x", and the cluster has y',
          fix: "name one of them",
        },
      ],
      verdict: "problems",
    });
  });

  it.each([
    [0, "all is well, notes among it", report([fine, note])],
    [1, "there is a problem", report([fine, problem, unknown])],
    [2, "it could not look everywhere", report([fine, unknown])],
    [2, "it never reached the cluster", { environment: "prod", context: "prod", findings: [problem, unknown] }],
  ] as const)("ends with %i where %s", (code, _, found) => {
    expect(exitCodeOf(found)).toBe(code);
  });
});
