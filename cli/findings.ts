import { exitCodeOf, type Finding, type Report, type Verdict } from "../stacks/findings/index.ts";
import { count } from "../stacks/plan/amounts.ts";
import { type Look, printed, type Screen, type Span, wrapped } from "./screen.ts";

const MARKS: Readonly<Record<Verdict, readonly [Look, string]>> = {
  fine: ["green", "✓"],
  note: ["yellow", "!"],
  problem: ["red", "✗"],
  unknown: ["yellow", "?"],
};

/** Lines that a screen holds, besides heading and verdict; one finding and its fix take so many of them at most. */
const LINES = { screen: 32, found: 3, fix: 2 };

/** A report for people: a line for what is fine, and for the rest where, what, and how to mend it; a screen of it. */
export function reportOf(report: Report, screen: Screen): string {
  const { environment, context, server, kubernetes, place, findings } = report;
  const where = [
    ...(context === undefined ? [] : [`context "${context}"`]),
    ...(kubernetes === undefined ? [] : [`Kubernetes ${kubernetes}`]),
    ...[server, place].filter((each) => each !== undefined),
  ];
  const indent = 4 + Math.max(...findings.map(({ check }) => check.length), 0) + 2;
  const all = findings.map((finding) => ({ finding, lines: linesOf(finding, indent, screen.columns) }));
  const shown = fitting(all);
  const left = all.length - shown.length;
  const lines: Span[][] = [
    [["bold", environment], `  ${where.join(", ")}`],
    [],
    ...shown.flatMap((each) => each.lines),
    ...(left > 0 ? [[["dim", `    … and ${left} more: --json has all of them`] as const]] : []),
    [],
    [verdictOf(findings)],
  ];
  return `${lines.map((line) => printed(line, screen)).join("\n")}\n`;
}

interface Written {
  readonly finding: Finding;
  readonly lines: Span[][];
}

/** As many as a screen holds, in their order: what is worst first, and of the rest what came first. */
function fitting(all: readonly Written[]): readonly Written[] {
  let room = LINES.screen;
  const worst = [...all].sort((a, b) => RANK[a.finding.verdict] - RANK[b.finding.verdict]);
  const shown = new Set(
    worst.filter(({ lines }) => {
      room -= lines.length;
      return room >= 0;
    }),
  );
  return all.filter((each) => shown.has(each));
}

const RANK: Readonly<Record<Verdict, number>> = { problem: 0, unknown: 1, note: 2, fine: 3 };

function linesOf({ check, verdict, path, found, fix }: Finding, indent: number, columns: number): Span[][] {
  const width = Math.max(20, columns - indent);
  const text = verdict === "fine" ? found : `${path}: ${found}`;
  const start: Span[] = ["  ", MARKS[verdict], ` ${check}`.padEnd(indent - 3)];
  const rest = " ".repeat(indent);
  return [
    ...cut(wrapped(text, width), LINES.found).map((line, i): Span[] => (i === 0 ? [...start, line] : [rest, line])),
    ...(fix === undefined
      ? []
      : cut(wrapped(fix, width - 2), LINES.fix).map((line, i): Span[] => [
          rest,
          ["dim", `${i === 0 ? "→" : " "} ${line}`],
        ])),
  ];
}

/** The first lines of a text; the last of them says that there is more. */
function cut(lines: readonly string[], most: number): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most - 1), `${lines[most - 1]} …`];
}

function verdictOf(findings: readonly Finding[]): Span {
  const many = (verdict: Verdict) => findings.filter((finding) => finding.verdict === verdict).length;
  const [problems, unknown, notes] = [many("problem"), many("unknown"), many("note")];
  const parts = [
    ...(problems > 0 ? [count(problems, "problem")] : []),
    ...(unknown > 0 ? [`${count(unknown, "check")} could not look`] : []),
    ...(notes > 0 ? [count(notes, "note")] : []),
  ];
  if (problems === 0 && unknown === 0) return ["green", ["no problems", ...parts].join(", ")];
  return [problems > 0 ? "red" : "yellow", parts.join(", ")];
}

/** The same for programs: everything, with the exit status and what it means. */
export function jsonOf(report: Report): string {
  const verdict = (["fine", "problems", "unknown"] as const)[exitCodeOf(report)];
  return `${JSON.stringify({ ...report, verdict }, undefined, 2)}\n`;
}
