import type { Cpu, Memory, Time } from "../language/settings.ts";

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
const BYTES: Readonly<Record<string, number>> = {
  "": 1,
  K: 10 ** 3,
  Ki: 2 ** 10,
  M: 10 ** 6,
  Mi: 2 ** 20,
  G: 10 ** 9,
  Gi: 2 ** 30,
  T: 10 ** 12,
  Ti: 2 ** 40,
  P: 10 ** 15,
  Pi: 2 ** 50,
  E: 10 ** 18,
  Ei: 2 ** 60,
};

/** A time in seconds; not a number if it is none. */
export function secondsOf(time: Time): number {
  const [, amount, unit] = /^(\d+)([smhd])$/.exec(time) ?? [];
  const seconds = Object.entries(SECONDS).find(([name]) => name === unit)?.[1];
  return Number(amount) * (seconds ?? Number.NaN);
}

/** Cores; not a number if it is none. */
export function coresOf(cpu: Cpu | string): number {
  const text = String(cpu);
  if (!/^(?:\d*\.)?\d+m?$/.test(text)) return Number.NaN;
  return text.endsWith("m") ? Number(text.slice(0, -1)) / 1000 : Number(text);
}

/** Memory in gigabytes, as the IR has it besides; not a number if it is none. */
export function gigabytesOf(memory: Memory | string): number {
  const [, amount, unit = ""] = /^(\d+)([KMGTPE]i?)?$/.exec(memory) ?? [];
  return (Number(amount) * (BYTES[unit] ?? Number.NaN)) / 10 ** 9;
}
