import { expect, test } from "vitest";
import { configOf } from "../../../stacks/environment/index.ts";
import { freeName, withRecovery } from "../../../stacks/environment/recovery.ts";
import { complaint } from "../../support/errors.ts";

const TO = "2026-11-27T10:00:00Z";
const FILE = `# the comment at the top
config:
  filiera:profile: small # inline

  filiera:postgres:
    # why there are three
    instances: 3
    backup: { kind: barman-cloud }
  filiera:mlflow:
    replicas: 2
    clients:
      - "ingress"
`;

test("a recovery is added to a file, and all else stays as it was", () => {
  const text = withRecovery(FILE, { name: "postgres-2", from: "postgres", to: TO });
  expect(text).toBe(
    FILE.replace("  filiera:mlflow:", `    recoveries:\n      postgres-2:\n        to: ${TO}\n  filiera:mlflow:`),
  );
  const more = withRecovery(text, { name: "postgres-3", from: "postgres-2", to: TO });
  expect(more).toBe(
    text.replace(
      `        to: ${TO}\n`,
      `        to: ${TO}\n      postgres-3:\n        from: postgres-2\n        to: ${TO}\n`,
    ),
  );
  expect(configOf(more, "file")["filiera:postgres"]).toMatchObject({
    recoveries: { "postgres-2": { to: TO }, "postgres-3": { from: "postgres-2", to: TO } },
  });
});

test("a file without settings of PostgreSQL gets them", () => {
  const text = withRecovery("config:\n  filiera:profile: small\n", { name: "postgres-2", from: "postgres", to: TO });
  expect(text).toBe(
    `config:\n  filiera:profile: small\n  filiera:postgres:\n    recoveries:\n      postgres-2:\n        to: ${TO}\n`,
  );
});

test("what is no mapping is not written over", () => {
  const text = "config:\n  filiera:postgres:\n    recoveries: none\n";
  expect(complaint(() => withRecovery(text, { name: "postgres-2", from: "postgres", to: TO }))).toBe(
    "[filiera:postgres.recoveries] is no mapping: write it as one",
  );
});

test("a new cluster has a name that none had", () => {
  const named = (more: Partial<Parameters<typeof freeName>[0]>) => freeName({ recoveries: {}, retired: [], ...more });
  expect(named({})).toBe("postgres-2");
  const recovery = { from: "postgres", to: TO };
  const recoveries = { "postgres-2": recovery, "postgres-3": recovery };
  expect(named({ recoveries, retired: ["postgres-2"] })).toBe("postgres-4");
});
