import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { FilieraError } from "../../constructs/kernel/errors.ts";
import { listAt, objectAt, textAt } from "../../constructs/kernel/json.ts";
import type { StateConfig } from "../environment/index.ts";
import { backendUrl, secretsProvider, stackName } from "./backend.ts";
import { type EngineEvent, readEvents } from "./events.ts";
import type { Engine } from "./find.ts";
import { makeHome, passphraseFile, workingCopy } from "./home.ts";
import { readState, type StackState, type StateResource } from "./state.ts";

/** @see Stack */
export interface StackProps {
  readonly engine: Engine;
  /** Folder of the project, absolute. */
  readonly project: string;
  readonly environment: string;
  readonly state: StateConfig;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How a run of the engine ended. */
export interface Run {
  readonly code: number;
  readonly events: readonly EngineEvent[];
}

/** What Pulumi says of a stack that is not there. */
const NO_STACK = /no stack named/;

/** The stack of an environment, with the backend, the passphrase and the configuration that its file asks for. */
export class Stack {
  readonly #props: StackProps;
  readonly #env: Record<string, string>;
  /** The file that Pulumi reads the environment from, where it is not the environment's own. */
  readonly #copy: string | undefined;
  readonly name: string;

  constructor(props: StackProps) {
    this.#props = props;
    const { project, environment, state, env } = props;
    this.name = stackName(state, environment);
    const home = makeHome(project, state);
    this.#copy = isOfThisMachine(state) ? workingCopy(home, environmentFile(props), environment) : undefined;
    this.#env = {
      PULUMI_BACKEND_URL: backendUrl(state, project),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // where the file has no salt or key of its own, the state's is the one
      PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
      ...passphrase(props, home),
      // the program runs on the Node that this runs on
      PATH: [dirname(process.execPath), env["PATH"]].join(delimiter),
    };
  }

  /** What the state knows; undefined where there is no stack yet. */
  async read(): Promise<StackState | undefined> {
    const { exitCode, stdout, stderr } = await this.#ask(["stack", "export", "--stack", this.name]);
    if (exitCode === 0) return readState(JSON.parse(stdout));
    if (NO_STACK.test(stderr)) return undefined;
    throw this.#unreadable(stderr);
  }

  /** Makes the stack. Where the passphrase is this machine's alone, no file of the project is changed. */
  async create(): Promise<void> {
    const { state, environment } = this.#props;
    const args = ["stack", "init", this.name, "--no-select", "--secrets-provider", secretsProvider(state)];
    const { exitCode, stderr } =
      this.#copy === undefined ? await this.#ask(args) : await this.#aside(this.#copy, environment, args);
    if (exitCode !== 0) throw this.#unreadable(stderr);
  }

  /** Runs an operation, its output on this terminal, and notes what happened. */
  async run(operation: string, flags: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> {
    const folder = await mkdtemp(join(tmpdir(), "filiera-events-"));
    const log = join(folder, "events.json");
    try {
      const code = await this.pulumi(
        [operation, "--stack", this.name, ...this.#configFile(), "--event-log", log, ...flags],
        // the option is hidden without it
        { PULUMI_DEBUG_COMMANDS: "true", ...env },
      );
      return { code, events: existsSync(log) ? readEvents(await readFile(log, "utf8")) : [] };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Lets go of a lock. */
  async unlock(): Promise<void> {
    const { exitCode, stderr } = await this.#ask(["cancel", "--yes", "--stack", this.name]);
    if (exitCode !== 0) throw this.#unreadable(stderr);
  }

  /** Forgets what earlier runs had begun, as every import does: all of it is done now. */
  settle(): Promise<void> {
    return this.#rewrite((deployment) => deployment);
  }

  /** Takes what is in the cluster into the state, as far as it is known; what other runs had begun is forgotten. */
  adopt(made: readonly StateResource[]): Promise<void> {
    return this.#rewrite((deployment) => {
      // with an error of initialisation the engine waits for it as for what it makes itself
      const unknown = { custom: true, initErrors: ["the run that made it ended early"] };
      const resources = made.map((each) => ({ ...each, ...unknown, outputs: each.inputs }));
      return { ...deployment, resources: [...listAt(deployment, "resources"), ...resources] };
    });
  }

  /** Writes the state anew; the engine keeps nothing of operations that are pending. */
  async #rewrite(
    change: (deployment: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const { exitCode, stdout, stderr } = await this.#ask(["stack", "export", "--stack", this.name]);
    if (exitCode !== 0) throw this.#unreadable(stderr);
    const exported: unknown = JSON.parse(stdout);
    const input = JSON.stringify({ ...objectAt(exported), deployment: change(objectAt(exported, "deployment")) });
    const imported = await this.#ask(["stack", "import", "--stack", this.name], { input });
    if (imported.exitCode !== 0) throw this.#unreadable(imported.stderr);
  }

  /** Runs any command of Pulumi with the stack's backend and passphrase, on this terminal. */
  async pulumi(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
    const { command, args: before } = this.#props.engine;
    const running = execa(command, [...before, ...args], {
      cwd: this.#props.project,
      reject: false,
      stdio: "inherit",
      env: { ...this.#env, ...env },
    });
    // a terminal interrupts both; what comes to this process alone is passed on, and cancels
    const cancel = (): void => void running.kill("SIGINT");
    const wait = (): void => undefined;
    process.on("SIGTERM", cancel).on("SIGINT", wait);
    try {
      const { exitCode } = await running;
      return exitCode ?? 1;
    } finally {
      process.off("SIGTERM", cancel).off("SIGINT", wait);
    }
  }

  #configFile(): readonly string[] {
    return this.#copy === undefined ? [] : ["--config-file", this.#copy];
  }

  async #ask(args: readonly string[], { cwd = this.#props.project, input = "" } = {}) {
    const { command, args: before } = this.#props.engine;
    const { exitCode, stdout, stderr } = await execa(command, [...before, ...args, "--non-interactive"], {
      cwd,
      reject: false,
      input,
      env: this.#env,
    });
    return { exitCode, stdout, stderr };
  }

  /** Runs a command in a project of the same name, whose file Pulumi may write to, and keeps what it wrote. */
  async #aside(copy: string, environment: string, args: readonly string[]) {
    const folder = await mkdtemp(join(tmpdir(), "filiera-stack-"));
    const file = join(folder, `Pulumi.${environment}.yaml`);
    try {
      await writeFile(join(folder, "Pulumi.yaml"), `name: ${projectName(this.#props.project)}\nruntime: nodejs\n`);
      await writeFile(file, await readFile(copy, "utf8"));
      const answer = await this.#ask(args, { cwd: folder });
      await writeFile(copy, await readFile(file, "utf8"));
      return answer;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  #unreadable(stderr: string): FilieraError {
    const said =
      stderr
        .trim()
        .split("\n")
        .at(-1)
        ?.replace(/^error: /, "") ?? "";
    return FilieraError.at("filiera:state", `the state at ${this.#env["PULUMI_BACKEND_URL"]} cannot be used (${said})`);
  }
}

/** Whether state and passphrase are this machine's own. */
export function isOfThisMachine({ backend, secrets }: StateConfig): boolean {
  return backend.kind === "local" && secrets.kind === "passphrase";
}

/** The environment's file. */
function environmentFile({ project, environment }: StackProps): string {
  return join(project, "environments", `Pulumi.${environment}.yaml`);
}

/** The variables that hold the passphrase: who set one has the last word. */
function passphrase({ state, env }: StackProps, home: string): Record<string, string> {
  if (state.secrets.kind !== "passphrase") return {};
  if (env["PULUMI_CONFIG_PASSPHRASE"] !== undefined || env["PULUMI_CONFIG_PASSPHRASE_FILE"] !== undefined) return {};
  if (isOfThisMachine(state)) return { PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(home) };
  throw FilieraError.at(
    "filiera:state.secrets",
    'found "passphrase" for a state that others share, and no passphrase here: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE',
  );
}

/** Name of the Pulumi project in a folder. */
export function projectName(project: string): string {
  const file = join(project, "Pulumi.yaml");
  if (!existsSync(file))
    throw FilieraError.at("Pulumi.yaml", "is not there: run this in the project's folder, or name that with -C");
  const name = textAt(parse(readFileSync(file, "utf8")), "name");
  if (name === undefined) throw FilieraError.at("Pulumi.yaml", "has no name: it is that of the Pulumi project");
  return name;
}
