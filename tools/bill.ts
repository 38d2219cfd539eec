/**
 * Reads what an operator's chart brings, with our values, and compares it with the committed bill or writes it:
 *
 *     node tools/bill.ts                                  every chart, pulled from where it is pinned
 *     node tools/bill.ts cloudnative-pg <chart>           one chart: a folder, a .tgz file or an oci:// reference
 *     node tools/bill.ts cloudnative-pg <chart> --write --source owner/repository@commit:folder
 *
 * It needs Helm 3.8 or later: $HELM, or `helm` on the PATH. A chart in a source repository may lack what its release
 * adds: `helm package --version <version> --app-version <version>` where the version is set there (cert-manager),
 * `helm dependency build` where it has subcharts that are not committed (cloudnative-pg).
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import diff from "microdiff";
import { parse } from "yaml";
import { at, textAt } from "../constructs/kernel/json.ts";
import type { Bill } from "../constructs/operator/bill.ts";
import type { OperatorChart } from "../constructs/operator/chart.ts";
import { operatorCharts } from "../constructs/operator/charts/index.ts";
import { billOf, mergeReplicas } from "./bill-reader.ts";

class UsageError extends Error {}

function helm(args: readonly string[], input = ""): string {
  const command = process.env["HELM"] ?? "helm";
  const run = spawnSync(command, args, { input, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (run.error && "code" in run.error && run.error.code === "ENOENT")
    throw new UsageError(
      `"${command}" not found; install Helm 3.8 or later (https://helm.sh/docs/intro/install), or set HELM to its path`,
    );
  if (run.error) throw run.error;
  if (run.status !== 0) throw new UsageError(`helm ${args.join(" ")}: ${run.stderr.trim()}`);
  return run.stdout;
}

interface Options {
  /** @default - where the chart is pinned */
  readonly chart?: string;
  /** Version of Kubernetes that the chart is rendered for. */
  readonly kubeVersion: string;
  /** @default - the source that the committed bill names */
  readonly source?: string;
}

function readBill(operator: OperatorChart, { chart, kubeVersion, source = operator.bill.source }: Options): Bill {
  const { release, namespace, chart: pin } = operator;
  const { repository, version } = pin;
  const where = chart ? [chart] : [pin.chart, "--version", version, ...(repository ? ["--repo", repository] : [])];
  const about: unknown = parse(helm(["show", "chart", ...where]));
  const facts = {
    name: textAt(about, "name") ?? "",
    version: String(at(about, "version")),
    appVersion: String(at(about, "appVersion")),
    source,
  };
  const name = pin.chart.slice(pin.chart.lastIndexOf("/") + 1);
  if (facts.name !== name || facts.version !== version)
    throw new UsageError(`the chart is ${facts.name} ${facts.version}, pinned is ${name} ${version}`);
  const render = (replicas: number): Bill => {
    const flags = ["--namespace", namespace, "--kube-version", kubeVersion, "--include-crds", "--values", "-"];
    return billOf(
      facts,
      helm(["template", release, ...where, ...flags], JSON.stringify(operator.values({ replicas }))),
    );
  };
  return mergeReplicas(render(2), render(3));
}

function writeBill(name: string, bill: Bill): string {
  const file = join(import.meta.dirname, `../constructs/operator/bills/${name}.ts`);
  const constant = `${name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())}Bill`;
  writeFileSync(
    file,
    `// Read from the chart by tools/bill.ts.
import type { Bill } from "../bill.ts";

export const ${constant} = ${JSON.stringify(bill, null, 2)} as const satisfies Bill;
`,
  );
  return file;
}

/** Whether every bill that was asked for is as committed, or was written. */
function main(): boolean {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      write: { type: "boolean", default: false },
      source: { type: "string" },
      "kube-version": { type: "string", default: "1.35.0" },
    },
  });
  const [only, chart] = positionals;
  const charts = Object.entries<OperatorChart>(operatorCharts).filter(([name]) => only === undefined || name === only);
  if (charts.length === 0)
    throw new UsageError(`no chart is called "${only}"; there are ${Object.keys(operatorCharts).join(", ")}`);
  let clean = true;
  for (const [name, operator] of charts) {
    const bill = readBill(operator, { chart, kubeVersion: values["kube-version"], source: values.source });
    const changes = diff(operator.bill, bill);
    if (values.write) {
      console.log(`${name}: written; format it with biome: ${writeBill(name, bill)}`);
      continue;
    }
    if (changes.length > 0) clean = false;
    console.log(`${name}: ${changes.length === 0 ? "as committed" : "differs from the committed bill"}`);
    for (const change of changes) {
      const [before, after] = [
        "oldValue" in change ? JSON.stringify(change.oldValue) : "absent",
        "value" in change ? JSON.stringify(change.value) : "absent",
      ];
      console.log(`  ${change.path.join(".")}: ${before} → ${after}`);
    }
  }
  return clean;
}

if (import.meta.main) {
  try {
    process.exitCode = main() ? 0 : 1;
  } catch (error) {
    const misread = error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
    if (!misread && !(error instanceof UsageError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
