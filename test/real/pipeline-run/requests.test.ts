import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Chart } from "cdk8s";
import { execa } from "execa";
import { afterAll, describe, expect, test, vi } from "vitest";
import { late } from "../../../constructs/kernel/late.ts";
import { RunFolder, run } from "../../../local/index.ts";
import { ownProgram } from "../../../local/programs/own.ts";
import { localIssuer, runningMinio } from "../../support/running-stores.ts";
import { layers } from "../layers.ts";
import { minio as minioTool } from "../local/programs.ts";
import { folderOf, skipped } from "../prepared.ts";

const { skip, title } = skipped(layers.requests);

describe.skipIf(skip)(title, () => {
  const project = mkdtempSync(join(tmpdir(), "filiera-requests-"));
  afterAll(() => {
    rmSync(project, { recursive: true, force: true });
    vi.unstubAllEnvs();
  });

  test("one of many writers adds a request to the platform's MinIO, over TLS, and nobody replaces it", async () => {
    vi.stubEnv("PATH", `${folderOf(minioTool)}:${process.env["PATH"]}`);
    const chart = new Chart(new App(), "stores", { disableResourceNameHashes: true });
    const issuer = localIssuer(chart);
    const minio = runningMinio(chart, issuer);
    minio.addBucket("models");
    minio.addBucket("other");
    const granted = minio.grant("serving", { bucket: "models", secretAccessKey: late.named("minio/serving") });
    const { authentication } = granted;
    if (authentication.kind !== "key") throw new Error(`MinIO lets in by a key, not by ${authentication.kind}`);
    const running = await run(chart, { folder: new RunFolder(project, "test"), environment: "test" });
    try {
      const authority = readdirSync(project, { recursive: true, encoding: "utf8" }).find((file) =>
        file.endsWith("/ca.crt"),
      );
      const { path, env } = await ownProgram("steps", () => {});
      const { stdout } = await execa(
        join(path[0] ?? "", "python"),
        [join(import.meta.dirname, "requests_in_bucket.py")],
        {
          env: {
            ...env,
            FILIERA_SERVING: `s3://models/serving?endpoint_override=${new URL(running.value(String(granted.url))).host}`,
            FILIERA_SERVING_CA: readFileSync(join(project, authority ?? ""), "utf8"),
            AWS_ACCESS_KEY_ID: running.value(String(authentication.accessKeyId)),
            AWS_SECRET_ACCESS_KEY: running.value(String(authentication.secretAccessKey)),
          },
        },
      );
      expect(JSON.parse(stdout)).toEqual({
        added: 1,
        kept: true,
        again: false,
        same: true,
        none: null,
        after: ["m/0000000002.json", "m/0000000010.json"],
        // the credential is that of one bucket
        elsewhere:
          "[s3://other/serving] cannot be used (AccessDenied): look at its address, its credentials and their rights",
      });
    } finally {
      await running.stop();
    }
  });
});
