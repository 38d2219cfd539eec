import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findCommand, searchPath } from "../../../local/programs/find.ts";
import { kafkaProgram } from "../../../local/programs/kafka.ts";
import { JARS } from "../../../local/programs/kafka-jars.ts";
import { ownProgram } from "../../../local/programs/own.ts";
import { postgresFolder } from "../../../local/programs/postgres.ts";
import { goTool } from "../tools/go.ts";
import type { Tool } from "../tools/tool.ts";

/** The object store, where it is not on PATH. What is built here `filiera run` takes from the cache. */
export const minio = goTool({
  name: "minio",
  cost: "4 minutes on two cores, 112 MB",
  module: join(import.meta.dirname, "programs/minio"),
  package: "github.com/minio/minio",
  find: () => {
    const found = findCommand("minio", searchPath());
    return found && dirname(found);
  },
});

/** A PostgreSQL of this machine, which nobody makes. */
export const postgres: Tool = {
  name: "postgres",
  cost: "",
  sources: () => [],
  find: () => postgresFolder(),
  missing: () => "there is no PostgreSQL on this machine",
  make: () => Promise.reject(new Error("PostgreSQL is installed, not made")),
};

/** Kafka's jars, where `filiera run` keeps them too: from Maven, for the Java of this machine. */
export const kafka: Tool = {
  name: "kafka",
  cost: "its jars, about 45 MB to download",
  sources: () => [JSON.stringify(JARS)],
  missing: () =>
    ["java", "mvn"].filter((each) => !findCommand(each, searchPath())).map((each) => `there is no ${each} on PATH`)[0],
  make: async (folder) => {
    const program = await kafkaProgram((line) => process.stdout.write(`  ${line}\n`));
    writeFileSync(join(folder, "says"), program.says);
  },
};

const LOCK = join(import.meta.dirname, "../../../images/mlflow/requirements.txt");

/** The packages of our image of MLflow, where `filiera run` keeps them too. */
export const mlflow: Tool = {
  name: "mlflow",
  cost: "the packages of its lock, about 210 MB to download and 690 MB on disk",
  sources: () => [readFileSync(LOCK, "utf8")],
  missing: () => undefined,
  make: async (folder) => {
    const { says, path } = await ownProgram("mlflow", (line) => process.stdout.write(`  ${line}\n`));
    writeFileSync(join(folder, "where"), [says, ...path].join("\n"));
  },
};
