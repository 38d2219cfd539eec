import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, describe, expect, it } from "vitest";
import { at } from "../../../constructs/kernel/json.ts";
import { type AlertRule, alertsOf } from "../../support/alerts.ts";
import { environment, KAFKA, manifestsOf, VARIANTS } from "../../support/platform.ts";
import { layers } from "../layers.ts";
import { folderOf, skipped } from "../prepared.ts";
import { CASES, type Case, MINUTES, type Series } from "./cases.ts";
import { promtool } from "./tools.ts";

const { skip, title } = skipped(layers.alerts);

describe.skipIf(skip)(title, () => {
  const folder = mkdtempSync(join(tmpdir(), "filiera-alerts-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What promtool says of files, which are YAML as JSON is. */
  async function check(...command: readonly string[]): Promise<string> {
    const { all } = await execa(join(folderOf(promtool), "promtool"), command, {
      cwd: folder,
      all: true,
      reject: false,
    });
    return all;
  }

  function rulesOf(...environmentOf: Parameters<typeof environment>): string[] {
    const rules = manifestsOf(environment(...environmentOf)).filter(({ kind }) => kind === "PrometheusRule");
    return rules.map(({ metadata, ...rest }) => {
      const file = fileOf(`${metadata.namespace}/${metadata.name}`);
      writeFileSync(join(folder, file), JSON.stringify({ groups: at(rest, "spec", "groups") }));
      return file;
    });
  }

  it.each(VARIANTS)("Prometheus takes the rules of %s", async (_, name, changes) => {
    const files = rulesOf(name, changes);
    const said = await check("check", "rules", "--lint=all", "--lint-fatal", ...files);
    expect(said).not.toContain("FAILED");
    expect(said.match(/SUCCESS/g)).toHaveLength(files.length);
  });

  it("each alert fires in its case, says what it should, and is quiet in the other", async () => {
    const alerts = alertsOf(manifestsOf(environment("prod", KAFKA)));
    expect(alerts.map(({ name }) => name).sort()).toEqual(Object.keys(CASES).sort());
    const files = rulesOf("prod", KAFKA).map((file) => {
      const tests = alerts
        .filter(({ of }) => file === fileOf(of))
        .flatMap((alert) => {
          const its = CASES[alert.name];
          if (!its) throw new Error(`there is no case for ${alert.name}`);
          return [testOf(alert, its, its.fires, true), testOf(alert, its, its.quiet, false)];
        });
      const name = `tests-${file}`;
      writeFileSync(join(folder, name), JSON.stringify({ rule_files: [file], evaluation_interval: "1m", tests }));
      return name;
    });
    const said = await check("test", "rules", ...files);
    expect(said).not.toContain("FAILED");
    expect(said.match(/SUCCESS/g)).toHaveLength(files.length);
  });
});

function fileOf(rule: string): string {
  return `${rule.replace("/", "-")}.json`;
}

function testOf({ name, labels, annotations }: AlertRule, its: Case, series: Series, fires: boolean) {
  const fired = {
    exp_labels: { ...labels, ...its.labels },
    exp_annotations: { ...annotations, description: its.says },
  };
  return {
    name: `${name} ${fires ? "fires" : "is quiet"}`,
    interval: "1m",
    input_series: Object.entries(series).map(([series, values]) => ({ series, values })),
    alert_rule_test: [{ eval_time: `${MINUTES}m`, alertname: name, exp_alerts: fires ? [fired] : [] }],
  };
}
