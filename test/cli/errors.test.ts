import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatProblems } from "../../cli/problems.ts";
import { contents, filiera, folder, project, shell, write } from "../support/filiera.ts";

const LOCAL = readFileSync("environments/Pulumi.local.yaml", "utf8");
const AWS = readFileSync("environments/Pulumi.aws.yaml", "utf8");
const PROD = readFileSync("environments/Pulumi.prod.yaml", "utf8");

interface Case {
  readonly args: readonly string[];
  /** Environments by name. */
  readonly given?: Readonly<Record<string, string>>;
  /** Other files. */
  readonly files?: Readonly<Record<string, string>>;
  readonly says: string;
}

const one = (problem: string) => `1 problem, nothing was written:\n  ${problem}\n`;

const cases: Record<string, Case> = {
  "an unknown key": {
    args: ["plan", "bad"],
    given: { bad: `${LOCAL}  filiera:mlflow:\n    replica: 2\n` },
    says: one('filiera:mlflow.replica: unknown key; did you mean "replicas"?'),
  },
  "two wrong types": {
    args: ["plan", "bad", "--json"],
    given: { bad: `${LOCAL}  filiera:mlflow:\n    replicas: many\n  filiera:postgres:\n    storage: 20\n` },
    says: [
      "2 problems, nothing was written:",
      '  filiera:mlflow.replicas: found "many"; allowed: a whole number from 1 to 50',
      "  filiera:postgres.storage: found 20; allowed: a size with its unit, such as 512Mi or 20Gi",
      "",
    ].join("\n"),
  },
  "a missing secret": {
    args: ["plan", "bad"],
    given: {
      bad: `${PROD}    pullSecret:\n      server: registry.example.com\n      username: robot\n`,
    },
    says: one(
      "filiera:images.pullSecret.password: missing; set it with: pulumi config set --secret --path 'filiera:images.pullSecret.password' --stack bad",
    ),
  },
  "an impossible combination": {
    args: ["render", "bad", "--out", "out"],
    given: { bad: `${PROD}  filiera:objectStore:\n    servers: 1\n` },
    says: one(
      "filiera:objectStore.servers: found 1; allowed: 4 or more in production, so that no object hangs on one node",
    ),
  },
  "an address that only AWS knows": {
    args: ["render", "bad", "--out", "out"],
    given: { bad: AWS },
    says: one(
      "filiera:postgres.host: missing; allowed: the address of the instance on RDS, which up says as postgresHost: manifests need it, and only Secrets may have holes",
    ),
  },
  "stores that this machine has not": {
    args: ["run", "bad"],
    given: { bad: AWS },
    says: [
      "2 problems, nothing was written:",
      '  filiera:objectStore.kind: found "s3", which AWS alone runs; allowed here: "minio", in another environment, such as local',
      '  filiera:postgres.kind: found "rds", which AWS alone runs; allowed here: "cloudnative-pg", in another environment, such as local',
      "",
    ].join("\n"),
  },
  "malformed YAML": {
    args: ["diff", "local", "bad"],
    given: { bad: "config:\n  filiera:profile: [laptop\n" },
    says: one(
      "environments/Pulumi.bad.yaml:3:1: malformed YAML; flow sequence in block collection must be sufficiently indented and end with a ]",
    ),
  },
  "a key twice": {
    args: ["plan", "bad"],
    given: { bad: `${LOCAL}  filiera:profile: small\n` },
    says: one('environments/Pulumi.bad.yaml:10:3: duplicate key "filiera:profile"; keep one of them'),
  },
  "an environment that is not there": {
    args: ["plan", "stagin"],
    says: one(
      'environments/Pulumi.stagin.yaml: no such environment; there are: aws, dev, local, prod, staging; did you mean "staging"?',
    ),
  },
  "a name that is a path": {
    args: ["plan", "../environments/local"],
    says: one(
      'environments/Pulumi.<env>.yaml: found the environment "../environments/local"; allowed: a name of letters, digits, dots, hyphens and underscores',
    ),
  },
  "a name of what is stopped that is a path": {
    args: ["stop", "../environments"],
    says: one(
      'environments/Pulumi.<env>.yaml: found the environment "../environments"; allowed: a name of letters, digits, dots, hyphens and underscores',
    ),
  },
  "a name of what has logs that is a path": {
    args: ["logs", ".."],
    says: one(
      'environments/Pulumi.<env>.yaml: found the environment ".."; allowed: a name of letters, digits, dots, hyphens and underscores',
    ),
  },
  "a setting that says where pipelines are, and is no list": {
    args: ["pipeline", "list"],
    files: { "package.json": '{ "filiera": { "pipelines": "flows" } }' },
    says: one('package.json/filiera.pipelines: found "flows": give it a list of folders, such as ["pipelines"]'),
  },
  "a folder that cannot be written": {
    args: ["plan", "local", "--out", "notes/deep/out"],
    files: { notes: "mine" },
    says: one(
      "notes/deep/out: cannot be written (ENOTDIR: not a directory, lstat '<project>/notes/deep/out'): name another folder with --out",
    ),
  },
  "a folder of somebody else's files": {
    args: ["render", "local", "--out", "environments"],
    says: one(
      "environments: cannot be written (it holds Pulumi.aws.yaml, which filiera did not write): name another folder with --out",
    ),
  },
  "an unknown tool": {
    args: ["render", "local", "--out", "out", "--gitops", "fluxcd"],
    says: one('--gitops: found "fluxcd"; allowed: flux, argocd'),
  },
  "an unknown option": {
    args: ["plan", "local", "--jsn"],
    says: "error: unknown option '--jsn'\n(Did you mean --json?)\n(run filiera --help to see what is there)\n",
  },
  "a folder to work in that is not there": {
    args: ["-C", "nowhere", "plan", "local"],
    says: one('--directory: cannot work in "nowhere" (ENOENT: no such file or directory): name a folder'),
  },
};

describe.concurrent("bad input", () => {
  it.each(Object.entries(cases))(
    "%s gets one screen that says where and how, and nothing is written",
    async (_, { args, given, files, says }) => {
      const cwd = project(given);
      write(cwd, files ?? {});
      const before = contents(cwd);
      const { code, stdout, stderr } = await filiera(args, { cwd });
      expect(stderr.replaceAll(cwd, "<project>")).toBe(says);
      expect(code).toBe(1);
      // for programs the same, whole
      const problems = says
        .split("\n  ")
        .slice(1)
        .map((line) => line.trimEnd());
      const told = problems.map((line) => /^(?<path>\S+): (?<message>.*)$/.exec(line)?.groups);
      if (args.includes("--json")) expect(JSON.parse(stdout)).toEqual({ problems: told });
      else expect(stdout).toBe("");
      expect(stderr.split("\n").length).toBeLessThan(25);
      expect(stderr).not.toMatch(/^\s+at |node:internal|file:\/\//m);
      expect(contents(cwd)).toEqual(before);
    },
  );

  it.skipIf(!existsSync("/dev/full"))("an output that takes no more is said in a line", async () => {
    for (const command of ["schema", "plan local --json", "pipeline list"])
      expect(await shell(`filiera ${command} > /dev/full`, { cwd: process.cwd() })).toEqual({
        code: 1,
        stdout: "",
        stderr: "1 problem, the output is not whole:\n  stdout: cannot be written (the disk is full)\n",
      });
  });

  it("a folder that is gone is said, and another can be named", async () => {
    const cwd = project();
    const gone = await shell("mkdir gone && cd gone && rmdir ../gone && filiera pipeline list", { cwd });
    expect(gone).toEqual({
      code: 1,
      stdout: "",
      stderr: one(".: the folder that you are in is gone: change into another, or name one by -C"),
    });
    const other = await shell(`mkdir gone && cd gone && rmdir ../gone && filiera -C '${cwd}' diff dev dev`, { cwd });
    expect(other).toEqual({ code: 0, stdout: "dev and dev are the same\n", stderr: "" });
  });

  it("where there is no project says so", async () => {
    const cwd = folder();
    const none = await filiera(["plan", "local"], { cwd });
    expect(none).toEqual({
      code: 1,
      stdout: "",
      stderr: one(
        "environments/Pulumi.local.yaml: no such environment; environments has none; run this in the project's folder",
      ),
    });
    expect(contents(cwd)).toEqual({});
  });
});

describe("a list of problems", () => {
  it("has at most a screen of them, however many there are", () => {
    const problems = Array.from({ length: 200 }, (_, i) => ({ path: `filiera:a${i}`, message: "unknown key" }));
    const lines = formatProblems(problems).split("\n");
    expect(lines).toHaveLength(14);
    expect([lines[0], lines[1], lines.at(-1)]).toEqual([
      "200 problems, nothing was written:",
      "  filiera:a0: unknown key",
      "  … and 188 more",
    ]);
  });
});
