import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { FilieraError, firstLine, messageOf } from "../../constructs/kernel/errors.ts";
import { cached } from "../cache.ts";
import { findCommand, searchPath } from "./find.ts";
import { JARS, KAFKA } from "./kafka-jars.ts";
import type { FolderInstead, Program } from "./program.ts";

/** The oldest Java that runs a broker of Kafka 4. */
const OLDEST_JAVA = 17;

/** Value of `$FILIERA_KAFKA` that does without. */
const NONE = "none";

/** What can be done where there is none. */
const INSTALL =
  "install Java 17 or newer and Maven, or set FILIERA_KAFKA to the folder of a Kafka 4 that is unpacked, or to none";

/**
 * A Kafka of this machine: the one that `$FILIERA_KAFKA` names, or its jars from Maven, downloaded once. Where there is no
 * Java 17, or neither Maven nor a Kafka, nothing runs in its place, which is said.
 *
 * @throws FilieraError for a folder without a Kafka, and where a download fails or has other content
 */
export async function kafkaProgram(
  progress: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Program | FolderInstead> {
  const chosen = env["FILIERA_KAFKA"];
  if (chosen === NONE) return nothing("as FILIERA_KAFKA asks for it");
  const java = findCommand("java", [...(env["JAVA_HOME"] ? [join(env["JAVA_HOME"], "bin")] : []), ...searchPath(env)]);
  const version = java === undefined ? undefined : await javaVersion(java);
  if (java === undefined || version === undefined || version < OLDEST_JAVA)
    return nothing(`as there is ${version === undefined ? "no Java" : `only Java ${version}`} here: ${INSTALL}`);
  const folder = chosen ? join(chosen, "libs") : await downloaded(progress, env);
  if (folder === undefined) return nothing(`as there is no Maven here: ${INSTALL}`);
  if (!existsSync(folder) || !readdirSync(folder).some((file) => /^kafka_2\.\d+-4\..*\.jar$/.test(file)))
    throw FilieraError.at("FILIERA_KAFKA", `found "${chosen}", in whose folder libs is no Kafka 4: ${INSTALL}`);
  return {
    says: `Kafka ${chosen ? `of ${chosen}` : KAFKA.version} on Java ${version}`,
    path: [dirname(java)],
    env: { CLASSPATH: join(folder, "*") },
  };
}

function nothing(why: string): FolderInstead {
  return { says: `nothing, ${why}`, folder: true };
}

/** The major version of a Java; undefined where it is none. */
async function javaVersion(java: string): Promise<number | undefined> {
  const { stderr, failed } = await execa(java, ["-version"], { reject: false });
  const major = /version "(\d+)/.exec(failed ? "" : stderr)?.[1];
  return major === undefined ? undefined : Number(major);
}

/** The folder with Kafka's jars, each known by its hash; undefined where there is no Maven. */
async function downloaded(progress: (line: string) => void, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const key = KAFKA.version.replaceAll(".", "-");
  const isSound = (folder: string): boolean => otherJars(folder).length === 0;
  const maven = findCommand("mvn", searchPath(env));
  if (!maven) return undefined;
  const { folder } = await cached(
    "kafka",
    key,
    async (into) => {
      progress("Kafka is downloaded once, through Maven: about 45 MB, and what Maven itself needs");
      await download(maven, into);
      const others = otherJars(into);
      if (others.length > 0)
        throw FilieraError.at(
          coordinates(),
          `has other content than it is known by, in ${others.join(", ")}: ${INSTALL}`,
        );
    },
    { isSound },
  );
  return folder;
}

async function download(maven: string, into: string): Promise<void> {
  const pom = join(into, "pom.xml");
  writeFileSync(pom, POM);
  const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
  const options = [
    "--batch-mode",
    "--quiet",
    "--file",
    pom,
    goal,
    `-DoutputDirectory=${into}`,
    "-DincludeScope=runtime",
  ];
  try {
    await execa(maven, options, { cwd: into, all: true });
  } catch (error) {
    throw FilieraError.at(coordinates(), `cannot be downloaded (${firstLine(messageOf(error))}): ${INSTALL}`);
  }
}

/** Jars that are not there, that have other content, or that nobody knows. */
function otherJars(folder: string): string[] {
  const found = readdirSync(folder).filter((file) => file.endsWith(".jar"));
  const hash = (file: string): string =>
    createHash("sha256")
      .update(readFileSync(join(folder, file)))
      .digest("hex");
  const missing = Object.keys(JARS).filter((file) => !found.includes(file));
  return [...missing, ...found.filter((file) => JARS[file] !== hash(file))];
}

function coordinates(): string {
  return `${KAFKA.group}:${KAFKA.artifact}:${KAFKA.version}`;
}

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>filiera</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>${KAFKA.group}</groupId>
      <artifactId>${KAFKA.artifact}</artifactId>
      <version>${KAFKA.version}</version>
    </dependency>
  </dependencies>
</project>
`;
