import { randomInt } from "node:crypto";
import { readJson, writeWhole } from "./folder.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Passwords and keys of a run: generated once, and kept in a file that its owner alone can read. */
export class Secrets {
  readonly #file: string;
  readonly #values: Record<string, string>;

  constructor(file: string) {
    this.#file = file;
    this.#values = readJson<Record<string, string>>(file) ?? {};
  }

  /** A secret by its name, such as `mlflow/admin`: 40 letters and digits. */
  get(name: string): string {
    const known = this.#values[name];
    if (known !== undefined) return known;
    const made = Array.from({ length: 40 }, () => LETTERS[randomInt(LETTERS.length)]).join("");
    this.#values[name] = made;
    writeWhole(this.#file, `${JSON.stringify(this.#values, undefined, 2)}\n`, 0o600);
    return made;
  }

  /** All of them, which no log may show. */
  get all(): readonly string[] {
    return Object.values(this.#values);
  }
}
