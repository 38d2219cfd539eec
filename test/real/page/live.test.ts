import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PageServer } from "../../../local/page-server.ts";
import { planEnvironment } from "../../../stacks/plan/index.ts";
import { EVENTS, type LiveState } from "../../../stacks/plan/page/live.ts";
import { pageOf } from "../../../stacks/plan/page.ts";
import { environment } from "../../support/platform.ts";
import { layers } from "../layers.ts";
import { skipped } from "../prepared.ts";
import { startBrowser } from "./browser.ts";

const { skip, title } = skipped(layers.page);

const SERVER = "apps/Deployment/mlflow/mlflow";
const DATABASE = "postgresql.cnpg.io/Cluster/postgres/postgres";

const working: LiveState = {
  state: "working",
  says: "starting: 1 of 2 is ready",
  objects: {
    [DATABASE]: { state: "ready" },
    [SERVER]: { state: "working", says: "its startup probe has no answer yet" },
  },
};
const ready: LiveState = {
  state: "ready",
  says: "all is ready",
  objects: {
    ...working.objects,
    [SERVER]: {
      state: "ready",
      links: [
        { name: "MLflow", href: "http://127.0.0.1:1/" },
        { name: "log of main", href: "logs/mlflow.log" },
        { name: "not a link", href: "javascript:alert(1)" },
      ],
      made: ["experiment <b>first</b>", "model iris, version 1"],
    },
  },
};

describe.skipIf(skip)(title, () => {
  let browser: Browser;
  let folder: string;
  let server: PageServer;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "filiera-live-"));
    writeFileSync(join(folder, "index.html"), pageOf(await planEnvironment("local", environment("local"))));
    writeFileSync(join(folder, "mlflow.log"), "a line of its log\n");
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    server = await PageServer.start({ folders: { "": folder, logs: folder }, events: EVENTS });
    complaints.length = 0;
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
  });
  afterEach(async () => {
    await page.close();
    await server.close();
  });

  const status = () => page.getByRole("status").filter({ visible: true }).and(page.locator(".live"));
  const node = (kind: string, name: string) => page.locator(`a.node[href="#${kind}/${name}"]`);
  const running = () => page.locator(".details .running");

  it("follows what runs: a state on each node, and one line for all", async () => {
    await page.goto(server.url);
    expect(await status().count()).toBe(0);
    server.tell(working);
    await status().waitFor();
    expect(await status().textContent()).toBe("starting: 1 of 2 is ready");
    expect(await node("Deployment", "mlflow/mlflow").getAttribute("data-state")).toBe("working");
    expect(await node("Cluster", "postgres/postgres").getAttribute("data-state")).toBe("ready");
    expect(await page.locator(".node[data-state]").count()).toBe(2);
    server.tell({ ...ready, objects: { [SERVER]: { state: "ready" } } });
    await page.locator(".live", { hasText: "all is ready" }).waitFor();
    expect(await page.locator(".node[data-state]").count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  it("shows of the selected object what it is at, where to look and what it made, as text", async () => {
    server.tell(working);
    await page.goto(`${server.url}#Deployment/mlflow/mlflow`);
    await running().getByText("working: its startup probe has no answer yet").waitFor();
    server.tell(ready);
    await running().getByRole("link", { name: "MLflow" }).waitFor();
    const links = await running().getByRole("link").all();
    expect(await Promise.all(links.map((link) => link.getAttribute("href")))).toEqual([
      "http://127.0.0.1:1/",
      "logs/mlflow.log",
    ]);
    expect(await running().locator(".made li").allTextContents()).toEqual([
      "experiment <b>first</b>",
      "model iris, version 1",
    ]);
    const [log] = await Promise.all([
      page.waitForEvent("popup"),
      running().getByRole("link", { name: "log of main" }).click(),
    ]);
    expect(await log.locator("body").textContent()).toBe("a line of its log\n");
    await log.close();
    expect(complaints).toEqual([]);
  });

  it("shows the stages of a pipeline, what each brought about as text, and where to look", async () => {
    await page.goto(server.url);
    server.tell(working);
    await status().waitFor();
    const pipeline = page.getByRole("region", { name: "Pipeline" });
    expect(await pipeline.isVisible()).toBe(false);
    const told = (state: "working" | "ready"): LiveState => ({
      ...ready,
      pipeline: {
        name: "pipeline fraud",
        state,
        stages: [
          {
            name: "ingestion",
            state: "ready",
            says: "as before",
            made: ["30,000 rows <b>"],
            links: [{ name: "log of ingest", href: "logs/mlflow.log" }],
          },
          { name: "promotion", state: state === "ready" ? "ready" : "waiting" },
        ],
      },
    });
    server.tell(told("working"));
    const stages = pipeline.locator(".stages > li");
    await stages.first().waitFor();
    expect(await stages.allTextContents()).toEqual([
      "ingestionready: as beforelog of ingest30,000 rows <b>",
      "promotionwaiting",
    ]);
    expect(await stages.getByRole("link").getAttribute("href")).toBe("logs/mlflow.log");
    server.tell(told("ready"));
    await stages.nth(1).getByText("ready").waitFor();
    expect(complaints).toEqual([]);
  });

  it("says that the run has ended, and comes back with it", async () => {
    server.tell(ready);
    await page.goto(server.url);
    await page.locator(".live", { hasText: "all is ready" }).waitFor();
    const { port } = new URL(server.url);
    await server.close();
    await page.locator(".live", { hasText: "nothing answers: the run has ended" }).waitFor();
    server = await PageServer.start({ folders: { "": folder }, events: EVENTS, port: Number(port) });
    server.tell(working);
    await page.locator(".live", { hasText: "starting: 1 of 2 is ready" }).waitFor();
  });

  it("stays a plan where it is a file, and where nobody tells it anything", async () => {
    await page.goto(pathToFileURL(join(folder, "index.html")).href);
    await page.locator(".node").first().waitFor();
    expect(await page.locator(".live").isVisible()).toBe(false);
    expect(complaints).toEqual([]);
    const silent = await PageServer.start({ folders: { "": folder }, events: "elsewhere" });
    await page.goto(silent.url);
    await page.locator(".node").first().waitFor();
    expect(await page.locator(".live").isVisible()).toBe(false);
    await silent.close();
  });
});
