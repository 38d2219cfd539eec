import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { findCommand, searchPath } from "../../../local/programs/find.ts";
import type { Tool } from "../tools/tool.ts";

/** The commands that take it out of Debian's package without installing anything. */
const COMMANDS = ["apt-get", "dpkg-deb"];

/** Prometheus' own check of rules. */
export const promtool: Tool = {
  name: "promtool",
  cost: "Debian's package prometheus: 20 MB to download",
  sources: () => ["Debian's prometheus, 1"],
  find: () => {
    const found = findCommand("promtool", searchPath());
    return found && dirname(found);
  },
  missing: () => {
    const lacking = COMMANDS.find((command) => !findCommand(command, searchPath()));
    return lacking && `there is no promtool on PATH, and no ${lacking} to get Debian's`;
  },
  make: async (folder) => {
    const get = () => execa("apt-get", ["download", "-qq", "prometheus"], { cwd: folder });
    // as root the lists of what there is may be brought, where a fresh machine has none
    const root = process.getuid?.() === 0;
    await get().catch(async (error: unknown) => {
      if (!root) throw error;
      await execa("apt-get", ["update", "-qq"]);
      await get();
    });
    await execa("sh", ["-c", "dpkg-deb --fsys-tarfile prometheus_*.deb | tar --extract ./usr/bin/promtool"], {
      cwd: folder,
    });
    await execa("sh", ["-c", "mv usr/bin/promtool . && rm -r usr prometheus_*.deb"], { cwd: folder });
  },
};

/**
 * Strimzi's reporter of metrics, of the last version that Maven Central has in one jar: the names that it makes of Kafka's
 * metrics are those of 0.4, which Strimzi 1.2 brings.
 */
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>filiera</groupId>
  <artifactId>metrics-reporter</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>io.strimzi</groupId>
      <artifactId>metrics-reporter</artifactId>
      <version>0.2.0</version>
    </dependency>
  </dependencies>
</project>
`;

/** Its jars, which stand in a folder of their own beside Kafka's. */
export const reporter: Tool = {
  name: "metrics-reporter",
  cost: "its jars, 3 MB to download by Maven",
  sources: () => [POM],
  missing: () => (findCommand("mvn", searchPath()) ? undefined : "there is no mvn on PATH"),
  make: async (folder) => {
    writeFileSync(join(folder, "pom.xml"), POM);
    const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
    const options = [`-DoutputDirectory=${folder}`, "-DincludeScope=runtime"];
    await execa("mvn", ["--batch-mode", "--quiet", goal, ...options], { cwd: folder });
  },
};
