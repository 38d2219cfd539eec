import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { downloadedPostgres } from "../../../local/programs/postgres-download.ts";

const known = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];

it.skipIf(!known.includes(`${process.platform}-${process.arch}`))(
  "a PostgreSQL is downloaded for this machine, whole and able to run",
  async () => {
    const folder = await downloadedPostgres(() => {});
    for (const program of ["initdb", "postgres"])
      expect(execFileSync(`${folder}/${program}`, ["--version"], { encoding: "utf8" })).toBe(
        `${program} (PostgreSQL) 18.4\n`,
      );
  },
);

it("for a machine that nobody builds one for there is none", async () => {
  expect(await downloadedPostgres(() => {}, "sunos-sparc")).toBeUndefined();
});
