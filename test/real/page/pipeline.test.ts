import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PipelinePage } from "../../../cli/pipeline-page.ts";
import type { RunRecord, TaskRecord } from "../../../local/pipeline/record.ts";
import { containerStep, pipeline } from "../../../pipelines/index.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";
import { startBrowser } from "./browser.ts";

const { skip, title } = skipped(layers.page);

const step = (name: string) => containerStep({ name, container: { image: "python:3.12" } });
const training = pipeline({ name: "training", displayName: "Training <1>" }, (steps) => {
  const load = steps.run(step("load"), {});
  steps.forEach([1, 2], (round) => {
    round.run(step("train"), {}).after(load);
  });
});

function record(state: RunRecord["state"], tasks: Readonly<Record<string, TaskRecord>>): RunRecord {
  return { pipeline: "training", id: "1", state, started: "", parameters: {}, spec: "", packages: "", tasks };
}
const load = { state: "succeeded", log: "logs/load.log" } as const;
const round = (index: number) => `for-loop-2[${index}]/train`;

describe.skipIf(skip)(`${title}, of a pipeline that runs`, () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "filiera-pipeline-page-"));
    mkdirSync(join(folder, "logs/for-loop-2[1]"), { recursive: true });
    writeFileSync(join(folder, "logs/for-loop-2[1]/train.log"), "no convergence\n");
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("shows each task in its state as it goes, what steps said, and the same afterwards from the file", async () => {
    const served = await PipelinePage.open(training, folder);
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().includes("ERR_CONNECTION")) complaints.push(message.text());
    });
    const task = (path: string) => page.locator(`[data-task="${path}"]`);
    const says = (text: string) => page.getByRole("status").filter({ hasText: text }).waitFor();
    const color = (path: string) =>
      page.evaluate(`getComputedStyle(document.querySelector('[data-task="${path}"] > rect')).stroke`);
    await page.goto(served.url);
    await says("starting");
    expect(await task("load").getAttribute("class")).toBe("step");
    const idle = await color("load");
    expect(idle).toMatch(/^rgb/);

    served.changed(record("running", { load: { state: "running", log: load.log } }));
    await says("running: 0 of 1 steps that began are over");
    expect(await task("load").getAttribute("class")).toBe("step running");
    expect(await color("load")).not.toBe(idle);

    const failed = { state: "failed", error: "exit status 1: <b>no</b>", log: `logs/${round(1)}.log` } as const;
    const train = { [round(0)]: { state: "succeeded", log: `logs/${round(0)}.log` } as const, [round(1)]: failed };
    served.changed(record("failed", { load, "for-loop-2": { state: "failed" }, ...train }));
    served.keep();
    await says("failed: 3 of 3 steps that began are over, 1 failed");
    expect(await task("for-loop-2/train").getAttribute("class")).toBe("step failed");
    expect(await task("for-loop-2/train").textContent()).toContain("1 of 2 failed");
    const items = page.getByRole("list", { name: "Steps" }).getByRole("listitem");
    expect(await items.allTextContents()).toEqual([
      "for-loop-2[1]/train failed: exit status 1: <b>no</b>",
      "for-loop-2[0]/train succeeded",
      "load succeeded",
    ]);
    const shown = await page.locator("#graph").innerHTML();

    await page.goto(pathToFileURL(join(folder, "page/index.html")).href);
    expect(await page.title()).toBe("Training <1> · run");
    expect(await page.locator("#graph").innerHTML()).toBe(shown);
    expect(await items.first().textContent()).toBe("for-loop-2[1]/train failed: exit status 1: <b>no</b>");
    await page.getByRole("link", { name: round(1) }).click();
    await page.getByText("no convergence").waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });
});
