import { createRequire } from "node:module";
import { Command } from "commander";
import { FilieraError, isFilieraError, messageOf } from "../constructs/kernel/errors.ts";
import type { BackupOptions, RestoreOptions } from "./backup.ts";
import type { DeployOptions } from "./deploy.ts";
import { formatProblems } from "./problems.ts";
import type { RecoverOptions } from "./recover.ts";

const { version }: { version: string } = createRequire(import.meta.url)("filiera/package.json");

const program = new Command("filiera")
  .description(
    "an MLOps platform as code: one typed environment file becomes a planned, rendered and deployed platform",
  )
  .version(version, "--version", "print the version")
  .showHelpAfterError("(run filiera --help to see what is there)")
  .option("-C, --directory <folder>", "work in this folder instead of the current one");

program
  .command("plan <environment>")
  .description("show everything that would be made, and write its manifests and a map of it")
  .option("--json", "print the plan as JSON")
  .option("--out <folder>", "where to write (default: dist/<environment>)")
  .action(async (environment: string, options: { json?: boolean; out?: string }) => {
    const { plan } = await import("./plan.ts").catch(missingPulumi);
    await plan(environment, options);
  });

program
  .command("render <environment>")
  .description("write the manifests for GitOps")
  .requiredOption("--out <folder>", "where to write")
  .option("--gitops <tool>", "for whom operators are rendered: flux or argocd", "flux")
  .action(async (environment: string, options: { out: string; gitops: string }) => {
    const { renderEnvironment } = await import("./render.ts");
    await renderEnvironment(environment, options);
  });

program
  .command("diff <environment> <other>")
  .description("show what differs between two environments, object by object")
  .action(async (environment: string, other: string) => {
    const { diff } = await import("./diff.ts");
    await diff(environment, other);
  });

for (const [operation, description] of [
  ["up", "deploy an environment with Pulumi"],
  ["preview", "show what up would change"],
  ["destroy", "take down what up made"],
] as const) {
  const command = program
    .command(`${operation} <environment> [flags...]`)
    .description(`${description}; flags after -- are Pulumi's`)
    .action(async (environment: string, flags: string[], options: DeployOptions) => {
      const { deploy } = await import("./deploy.ts").catch(missingPulumi);
      await deploy(operation, environment, flags, options);
    });
  if (operation !== "destroy")
    command.option("--allow-data-loss", "let a store that is gone from the file go, and its data with it");
}

program
  .command("pulumi <environment> <arguments...>")
  .description("run a command of Pulumi with the environment's stack, backend and passphrase")
  .action(async (environment: string, args: string[]) => {
    const { pulumi } = await import("./deploy.ts").catch(missingPulumi);
    await pulumi(environment, args);
  });

program
  .command("run <environment>")
  .description("run an environment on this machine, as processes: no cluster, no containers")
  .option("--keep", "keep it running until Ctrl-C")
  .option("--fresh", "delete what an earlier run kept")
  .option(
    "--port <pod=number>",
    "a port of this machine, such as mlflow/mlflow:5000=5000; can be repeated",
    (port: string, before: readonly string[]) => [...before, port],
    [],
  )
  .action(async (environment: string, options: { keep?: boolean; fresh?: boolean; port?: string[] }) => {
    const { run } = await import("./run.ts");
    await run(environment, options);
  });

program
  .command("stop <environment>")
  .description("stop what filiera run started, and end what a crash left")
  .action(async (environment: string) => {
    const { stop } = await import("./stop.ts");
    await stop(environment);
  });

program
  .command("backup <environment>")
  .description("take a backup of databases and buckets together, or list those that there are")
  .option("--list", "list the backups that are whole, and take none")
  .option(
    "--folder <folder>",
    "where backups of what runs on this machine are (default: .filiera/backups/<environment>)",
  )
  .option("--json", "print what it holds as JSON")
  .action(async (environment: string, options: BackupOptions) => {
    const { backup } = await import("./backup.ts");
    await backup(environment, options);
  });

program
  .command("restore <environment> [component]")
  .description(
    "bring a backup back into an environment that nobody has used; with postgres, make a cluster beside the one that serves, as that was at a moment",
  )
  .option("--from <backup>", "the backup, as filiera backup --list names it")
  .option("--replace", "write over what is there")
  .option("--folder <folder>", "where backups of what runs here are (default: .filiera/backups/<environment>)")
  .option("--json", "print what is back as JSON")
  .option("--to <time>", "with postgres: the moment, such as 2026-11-27T10:00:00Z")
  .option(
    "--name <cluster>",
    "with postgres: what the cluster is called (default: the first of postgres-2, … that is free)",
  )
  .option("--of <cluster>", "with postgres: the cluster whose backups are taken (default: the one that serves)")
  .option("--write", "with postgres: write it into the environment's file")
  .option("--yes", "with postgres: write it there, and deploy it with filiera up")
  .action(async (environment: string, component: string | undefined, options: RestoreOptions & RecoverOptions) => {
    if (component === undefined) {
      const { restore } = await import("./backup.ts");
      return restore(environment, options);
    }
    if (component !== "postgres")
      throw FilieraError.at("component", `found "${component}"; allowed: postgres, or none with --from`);
    const { recover } = await import("./recover.ts").catch(missingPulumi);
    return recover(environment, options);
  });

program
  .command("logs <environment> [object]")
  .description("show what the processes of filiera run wrote last")
  .option("--lines <number>", "how much of each", "20")
  .action(async (environment: string, object: string | undefined, options: { lines: string }) => {
    const { logs } = await import("./logs.ts");
    await logs(environment, object, options);
  });

program
  .command("doctor <environment>")
  .description("before a deployment: what of tools, cluster and environment does not fit together; changes nothing")
  .option("--json", "print the findings as JSON")
  .action(async (environment: string, options: { json?: boolean }) => {
    const { doctor } = await import("./doctor.ts");
    await doctor(environment, options);
  });

program
  .command("status <environment>")
  .description("after a deployment: health, versions, certificates, and what is not as the file says; changes nothing")
  .option("--json", "print the findings as JSON")
  .action(async (environment: string, options: { json?: boolean }) => {
    const { status } = await import("./status.ts");
    await status(environment, options);
  });

program
  .command("schema")
  .description("print the JSON Schema of an environment file")
  .option("--out <file>", "write it to this file instead")
  .action(async (options: { out?: string }) => {
    const { schema } = await import("./schema.ts");
    await schema(options);
  });

const pipeline = program
  .command("pipeline")
  .description("pipelines of this project: its modules in the folder pipelines");

pipeline
  .command("new <name>")
  .description("write a pipeline that runs as it is: its graph, steps, configuration, tests and a page about it")
  .action(async (name: string) => {
    const { newPipeline } = await import("./pipeline-new.ts");
    await newPipeline(name, program.opts<{ directory?: string }>());
  });

pipeline
  .command("list")
  .description("show the pipelines and their inputs")
  .action(async () => {
    const { listPipelines } = await import("./pipeline.ts");
    await listPipelines();
  });

pipeline
  .command("compile <name>")
  .description("print what Kubeflow reads")
  .option("--out <file>", "write it to this file instead")
  .action(async (name: string, options: { out?: string }) => {
    const { compilePipeline } = await import("./pipeline.ts");
    await compilePipeline(name, options);
  });

pipeline
  .command("graph <name>")
  .description("draw it, as SVG")
  .option("--out <file>", "write it to this file instead of printing it")
  .option("--run <id>", "show how its tasks were in a run, or in the last one")
  .action(async (name: string, options: { out?: string; run?: string }) => {
    const { drawPipeline } = await import("./pipeline.ts");
    await drawPipeline(name, options);
  });

pipeline
  .command("run <name>")
  .description("run its Python steps on this machine")
  .option("--param <name=value>", "the value of an input; may be repeated", all)
  .option("--file <name=path>", "a file or folder for an input, whose content counts; may be repeated", all)
  .option("--no-cache", "run steps again that ran with the same inputs")
  .option("--parallel <steps>", "how many steps run at once (default: one a core, at most 4)")
  .option("--page", "show it in a page while it runs, which is kept with the run")
  .action(
    async (
      name: string,
      options: { param?: string[]; file?: string[]; cache: boolean; parallel?: string; page?: boolean },
    ) => {
      const { run } = await import("./pipeline.ts");
      await run(name, options);
    },
  );

/** The command that was given, once it is known, and whether it is to print JSON. */
let given = { name: "", json: false };

program.hook("preAction", (command, action) => {
  const { directory } = command.opts<{ directory?: string }>();
  given = { name: action.name(), json: action.opts<{ json?: boolean }>().json ?? false };
  enter(directory);
});

process.stdout.on("error", (error: Error & { code?: string }) => {
  // whoever reads may stop reading, as in `filiera plan prod | head`; what was not only to be read is then not done
  if (error.code === "EPIPE") process.exit(/^(?:run|up|preview|destroy|pulumi)$/.test(given.name) ? 141 : 0);
  const why = error.code === "ENOSPC" ? "the disk is full" : error.message;
  console.error(formatProblems([{ path: "stdout", message: `cannot be written (${why})` }], "the output is not whole"));
  process.exit(1);
});

// between two steps, not in the middle of one: no folder is left half written
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)
  process.on(signal, () => {
    // a running engine must put its state in order first: who waits for it listens, too
    if (process.listenerCount(signal) === 1) process.exit(code);
  });

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = 1;
  if (isFilieraError(error)) {
    const { problems } = error;
    console.error(formatProblems(problems));
    // what a user's own function threw
    if (process.env["FILIERA_DEBUG"] && error.cause instanceof Error) console.error(error.cause.stack);
    if (given.json) console.log(JSON.stringify({ problems }, undefined, 2));
  } else {
    const text = error instanceof Error ? (process.env["FILIERA_DEBUG"] ? error.stack : error.message) : String(error);
    console.error(`filiera failed unexpectedly: ${text}\n  set FILIERA_DEBUG=1 to see where`);
  }
}

/** All values of an option that may be repeated. */
function all(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** A plan runs the Pulumi program, and this package leaves it to its users to install Pulumi. */
function missingPulumi(error: unknown): never {
  const name = /Cannot find package '(@pulumi\/[^'/]+)/.exec(messageOf(error))?.[1];
  if (!name) throw error;
  throw FilieraError.at(
    name,
    "is not installed, and a plan needs it: npm install @pulumi/pulumi @pulumi/kubernetes @pulumi/random",
  );
}

function enter(directory: string | undefined): void {
  try {
    process.chdir(directory ?? process.cwd());
  } catch (error) {
    if (directory === undefined)
      throw FilieraError.at(".", "the folder that you are in is gone: change into another, or name one by -C");
    throw FilieraError.at(
      "--directory",
      `cannot work in "${directory}" (${messageOf(error).split(",", 1)[0]}): name a folder`,
    );
  }
}
