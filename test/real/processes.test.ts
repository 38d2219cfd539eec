import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { processOf } from "../../local/process/table.ts";
import { Processes } from "./processes.ts";

describe("programs beside a test", () => {
  it("are gone with all that they started, and with their folder, when they are stopped", async () => {
    const processes = new Processes();
    processes.start("shell", ["sh", "-c", "sleep 1000 & echo $!; wait"]);
    const child = await processes.until("shell", "started", async () => numberIn(processes.logOf("shell")));
    const { folder } = processes;
    expect(processOf(child)).toBeDefined();
    await processes.stopAll();
    expect([processOf(child), existsSync(folder)]).toEqual([undefined, false]);
  });

  it("and when whoever started them is killed", async () => {
    const owner = spawn(process.execPath, ["--input-type=module", "--eval", OWNER], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line]: unknown[] = await once(owner.stdout, "data");
    const [pid = "", folder = ""] = String(line).trim().split(" ");
    expect(processOf(Number(pid))).toBeDefined();
    expect(existsSync(folder)).toBe(true);
    owner.kill("SIGKILL");
    await vi.waitUntil(() => !processOf(Number(pid)) && !existsSync(folder), { timeout: 30_000 });
  });

  it("that end before they are ready are an error with what they said", async () => {
    const processes = new Processes();
    processes.start("false", ["sh", "-c", "echo no such luck >&2; exit 3"]);
    await expect(processes.until("false", "ready", async () => undefined)).rejects.toThrow(
      /^false ended \(exit status 3\) before ready\nno such luck\n$/,
    );
    await processes.stopAll();
  });

  it("that cannot be started are one too", async () => {
    const processes = new Processes();
    processes.start("absent", ["/no/such/program"]);
    await expect(processes.until("absent", "ready", async () => undefined)).rejects.toThrow(
      "absent ended (spawn /no/such/program ENOENT) before ready",
    );
    await processes.stopAll();
  });
});

/** A process that starts one, and says which. */
const OWNER = `
import { Processes } from ${JSON.stringify(new URL("processes.ts", import.meta.url).href)};
const processes = new Processes();
processes.start("sleep", ["sleep", "1000"]);
console.log(processes.pidOf("sleep"), processes.folder);
setInterval(() => {}, 1000);
`;

function numberIn(text: string): number | undefined {
  return /^\d+\n/.test(text) ? Number(text) : undefined;
}
