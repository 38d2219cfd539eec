import { sweep } from "./sweep.ts";

/**
 * Runs beside a run, and outlives it: its input ends when the run's process does, however that ends, and it then ends
 * all that the run started. One that ended in order says so first.
 */
const [folder = "", ledger = ""] = process.argv.slice(2);
let inOrder = false;

// the terminal and whoever stops the run stop it too otherwise
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
process.stdin.on("data", (data) => {
  inOrder ||= String(data).includes("done");
});
process.stdin.on("end", async () => {
  if (!inOrder) await sweep(folder, ledger);
  process.exit();
});
