import { formatBytes } from "../../constructs/footprint/quantity.ts";
import type { Plan } from "./plan.ts";

/** What something asks of a cluster: cores, bytes, whole GPUs. */
export type Amounts = Plan["totals"]["fromBills"];

/** The amounts in the order in which they are read. */
export const amountNames = ["pods", "cpu", "memory", "gpu", "storage"] as const;

/** One amount as people read it: `11.6 cores`, `24 GiB`. */
export function formatAmount(name: keyof Amounts, amount: number): string {
  if (name === "memory" || name === "storage") return formatBytes(amount);
  if (name === "cpu") return count(amount < 100 ? Number(amount.toPrecision(3)) : Math.round(amount), "core");
  return count(amount, name === "gpu" ? "GPU" : "pod");
}

/** One amount under its own heading, which says already what is counted: `3`, `6 cores`. */
export function formatFigure(name: keyof Amounts, amount: number): string {
  return name === "pods" || name === "gpu" ? String(amount) : formatAmount(name, amount);
}

/** Every amount that is not zero, for a line: `3 pods`, `6 cores`, `24 GiB`, `660 GiB storage`. */
export function formatAmounts(amounts: Amounts): string[] {
  return amountNames
    .filter((name) => amounts[name] > 0)
    .map((name) => formatAmount(name, amounts[name]) + (name === "storage" ? " storage" : ""));
}

/** A number of things: `1 pod`, `3 pods`. */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`;
}
