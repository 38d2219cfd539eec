import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RunFolder } from "../../../local/run/folder.ts";
import { folder } from "../../support/filiera.ts";

test.each(["keys", "mlflow", "pipeline-cache", "pipeline-runs", "serving"])(
  "an environment named %s has no folder, as --fresh would delete what pipelines keep there",
  (name) => {
    const project = folder();
    expect(() => new RunFolder(project, name).make()).toThrow(
      `[${join(project, ".filiera", name)}] is where pipelines keep what is theirs: give the environment another name`,
    );
    expect(existsSync(join(project, ".filiera"))).toBe(false);
  },
);
