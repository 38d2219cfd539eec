import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { postgresProgram } from "../../../local/programs/postgres.ts";
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

it.skipIf(`${process.platform}-${process.arch}` !== "linux-x64")(
  "where the one that is downloaded does not run, as with another C library, files stand for it",
  async () => {
    const other = { find: () => undefined, platform: "linux-arm64", env: {} };
    expect(await postgresProgram("postgresql:18", () => {}, other)).toEqual({
      says: "a folder with a file of SQLite for each database, as the PostgreSQL that can be downloaded does not run here",
      folder: true,
    });
  },
);

it("for a machine that nobody builds one for there is none", async () => {
  expect(await downloadedPostgres(() => {}, "sunos-sparc")).toBeUndefined();
});
