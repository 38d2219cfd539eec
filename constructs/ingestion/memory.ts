import type { Resources } from "../workload/index.ts";

const MEBIBYTE = 2 ** 20;
/** Python with pandas, Arrow and librdkafka, and what these keep waiting. */
const BASE_MIB = 320;
/** A batch as it was read, as rows, as a table and as an object. */
const TIMES = 8;

/** Memory that a worker needs for batches of that size, in bytes. */
export function memoryFor(batchBytes: number): number {
  return BASE_MIB * MEBIBYTE + TIMES * batchBytes;
}

/** What a worker asks for, where nothing is said. */
export function defaultResources(batchBytes: number): Resources {
  return { requests: { cpu: "250m", memory: `${Math.ceil(memoryFor(batchBytes) / MEBIBYTE)}Mi` } };
}
