import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { textAt } from "../../../constructs/kernel/json.ts";
import { changes, type EngineEvent, readEvents } from "../../../stacks/engine/events.ts";
import { type Ended, filiera, folder } from "../../support/filiera.ts";
import { chartOf, type StandIns } from "../apply/operators.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { writeCharts } from "./charts.ts";

/** How a run ended, and what it did. */
export interface Deployed extends Ended {
  readonly events: readonly EngineEvent[];
  /** How many resources were created, updated, replaced, …, `same` among them. */
  readonly changes: Readonly<Record<string, number>>;
}

/** Replaces the operators' charts, which are on the internet, by ones that bring their kinds alone. */
const PROGRAM = (charts: Readonly<Record<string, string>>) => `
import * as pulumi from "@pulumi/pulumi";
import program from ${JSON.stringify(resolve("stacks/stack.ts"))};
const charts = ${JSON.stringify(charts)};
export default () => {
  pulumi.runtime.registerStackTransformation(({ type, props, opts }) => {
    if (type !== "kubernetes:helm.sh/v3:Release") return undefined;
    const { version, repositoryOpts, values, ...rest } = props;
    const changed = props.name === process.env.CHANGED_RELEASE ? { values: { changed: true } } : {};
    return { props: { ...rest, ...changed, chart: charts[props.name] }, opts };
  });
  return program();
};
`;

/** Once Helm has installed an operator's kinds, however long that takes, has kwok say of their objects what it would. */
export async function playOnceInstalled(plane: ControlPlane, operators: StandIns, release: string): Promise<void> {
  const { namespace } = chartOf(release);
  const name = `sh.helm.release.v1.${release}.v1`;
  const revision = { apiVersion: "v1", kind: "Secret", metadata: { name, namespace } };
  const isInstalled = async (): Promise<true | undefined> =>
    textAt(await plane.client.get(revision), "metadata", "labels", "status") === "deployed" ? true : undefined;
  await plane.processes.until("kube-apiserver", `${release} installed`, isInstalled, 900);
  await operators.play(release);
}

/** A project that deploys to a control plane, with the environment \`local\`. */
export class Target {
  readonly project = folder();
  /** Variables of the commands. */
  readonly env: Readonly<Record<string, string>>;
  #runs = 0;

  constructor(plane: ControlPlane) {
    const at = (path: string): string => join(this.project, path);
    mkdirSync(at("environments"));
    const local = readFileSync("environments/Pulumi.local.yaml", "utf8");
    this.write(local.replace("context: kind-filiera", "context: test"));
    writeFileSync(
      at("Pulumi.yaml"),
      readFileSync("Pulumi.yaml", "utf8").replace("main: stacks/main.js", "main: main.mjs"),
    );
    copyFileSync("package.json", at("package.json"));
    symlinkSync(resolve("node_modules"), at("node_modules"));
    writeFileSync(at("main.mjs"), PROGRAM(writeCharts(at("charts"))));
    this.env = { KUBECONFIG: plane.kubeconfig, PULUMI_HOME: at("home"), HOME: at("home"), NO_COLOR: "1" };
  }

  /** The environment's file. */
  get file(): string {
    return join(this.project, "environments", "Pulumi.local.yaml");
  }

  /** Writes the environment's file. */
  write(text: string): void {
    writeFileSync(this.file, text);
  }

  /** Adds settings to the environment's file. */
  add(settings: string): void {
    this.write(`${readFileSync(this.file, "utf8").trimEnd()}\n${settings}\n`);
  }

  /** Changes a text in the environment's file. */
  change(from: string, to: string): void {
    this.write(readFileSync(this.file, "utf8").replace(from, to));
  }

  /** Runs a command of the command line, with Pulumi's flags. */
  async run(
    operation: "up" | "preview" | "destroy",
    {
      flags = [],
      env = {},
    }: { readonly flags?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
  ): Promise<Deployed> {
    this.#runs += 1;
    const log = join(this.project, `events-${this.#runs}.json`);
    const yes = operation === "preview" ? [] : ["--yes", "--skip-preview"];
    const ended = await filiera([operation, "local", "--", ...yes, "--event-log", log, ...flags], {
      cwd: this.project,
      env: { ...this.env, ...env },
    });
    const events = readEvents(readFileSync(log, { encoding: "utf8", flag: "a+" }));
    return { ...ended, events, changes: changes(events) };
  }

  /** The state, as it is on disk. */
  get state(): string {
    return readFileSync(join(this.project, ".filiera/state/.pulumi/stacks/filiera/local.json"), "utf8");
  }
}
