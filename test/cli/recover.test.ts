import { copyFileSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filiera, folder, project, write } from "../support/filiera.ts";
import { kubeconfig } from "../support/kubeconfig.ts";

const FIRST = "2026-11-20T02:00:07Z";
const STAGING = readFileSync("environments/Pulumi.staging.yaml", "utf8");
const ARCHIVES = "/apis/barmancloud.cnpg.io/v1/namespaces/postgres/objectstores";

/** An API server that knows one archive, and no cluster of PostgreSQL. */
let server: Server;
beforeAll(async () => {
  server = createServer(({ url = "" }, answer) => {
    const archive = { status: { serverRecoveryWindow: { postgres: { firstRecoverabilityPoint: FIRST } } } };
    const body = url.startsWith("/version")
      ? { gitVersion: "v1.35.0" }
      : url.startsWith(ARCHIVES)
        ? { items: [archive], metadata: {} }
        : { kind: "Status", code: 404, reason: "NotFound" };
    answer.writeHead("code" in body ? 404 : 200, { "content-type": "application/json" });
    answer.end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
});
afterAll(() => server.close());

async function restore(...args: readonly string[]) {
  const HOME = folder();
  const address = server.address();
  const port = typeof address === "object" ? (address satisfies AddressInfo | null)?.port : 0;
  write(HOME, { ".kube/config": kubeconfig({ staging: { server: `http://127.0.0.1:${port}` } }) });
  const cwd = project();
  copyFileSync("Pulumi.yaml", join(cwd, "Pulumi.yaml"));
  const ended = await filiera(["restore", "staging", ...args], { cwd, env: { HOME, KUBECONFIG: "" } });
  return { ...ended, file: readFileSync(join(cwd, "environments/Pulumi.staging.yaml"), "utf8") };
}

describe.concurrent("filiera restore postgres", () => {
  test("shows what it would add to the file, and writes it when told", async () => {
    const to = "2026-11-27T10:00:00Z";
    const shown = await restore("postgres", "--to", to);
    const lines = ["+     recoveries:", "+       postgres-2:", `+         to: ${to}`];
    expect(shown).toEqual({
      code: 0,
      stdout: [
        `the backups of postgres reach back to ${FIRST}`,
        "environments/Pulumi.staging.yaml:",
        ...lines,
        "nothing was written: --write writes this, --yes writes it and deploys it",
        "",
      ].join("\n"),
      stderr: "",
      file: STAGING,
    });
    const written = await restore("postgres", "--to", to, "--write");
    expect([written.code, written.stdout.split("\n").at(-2)]).toEqual([
      0,
      "npx filiera up staging makes postgres-2; postgres goes on serving",
    ]);
    expect(written.file).toBe(
      STAGING.replace(
        "      kind: barman-cloud\n",
        `      kind: barman-cloud\n${lines.map((line) => `${line.slice(2)}\n`).join("")}`,
      ),
    );
  });

  test.each([
    [
      "a time before the first backup, with the first that there is",
      ["--to", "2026-11-20T02:00:06Z"],
      `filiera:postgres.recoveries.postgres-2.to: found "2026-11-20T02:00:06Z", and the first base backup of postgres that is kept ended at ${FIRST}: write that time, or a later one`,
    ],
    [
      "a time that is to come",
      ["--to", "2999-01-01T00:00:00Z"],
      'filiera:postgres.recoveries.postgres-2.to: found "2999-01-01T00:00:00Z"; allowed: a time that has passed',
    ],
    ["no time", [], "--to: is missing: write a time such as 2026-11-27T10:00:00Z"],
    [
      "a cluster that is there",
      ["--to", "2026-11-27T10:00:00Z", "--name", "postgres"],
      '--name: found "postgres", which is there: a cluster is recovered once, give it another name',
    ],
  ])("refuses %s", async (_, args, problem) => {
    expect(await restore("postgres", ...args)).toEqual({
      code: 1,
      stdout: "",
      stderr: `1 problem, nothing was written:\n  ${problem}\n`,
      file: STAGING,
    });
  });

  test("there is no other component", async () => {
    const { code, stderr } = await restore("kafka", "--to", "2026-11-27T10:00:00Z");
    expect([code, stderr]).toEqual([
      1,
      '1 problem, nothing was written:\n  component: found "kafka"; allowed: postgres, or none with --from\n',
    ]);
  });
});
