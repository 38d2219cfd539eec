import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { expect, it, onTestFinished } from "vitest";
import { kafkaProgram } from "../../../local/programs/kafka.ts";
import { KAFKA as VERSION } from "../../../local/programs/kafka-jars.ts";
import { metricsOf } from "../../support/alerts.ts";
import { environment, KAFKA, manifestsOf } from "../../support/platform.ts";
import { layers } from "../layers.ts";
import { freePort } from "../ports.ts";
import { folderOf, skipped } from "../prepared.ts";
import { Processes } from "../processes.ts";
import { reporter } from "./tools.ts";

const { skip, title } = skipped(layers.kafkaMetrics);

/** What Strimzi's operator lets the reporter tell unless it is asked for more: `KafkaCluster` of 1.2. */
const ALLOWED = `kafka_cluster_partition.* kafka_controller_kafkacontroller.*
  kafka_controller_controllerstats_uncleanleaderelectionspersec kafka_log_log_size kafka_network_requestmetrics.*
  kafka_network_socketserver_networkprocessoravgidlepercent kafka_server_app_info.* kafka_server_brokertopicmetrics.*
  kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent kafka_server_kafkaserver_brokerstate
  kafka_server_kafkaserver_clusterid kafka_server_kafkaserver_linux.* kafka_server_raft.* kafka_server_replicamanager.*
  kafka_server_request_queue_size kafka_server_socket_server.*`.split(/\s+/);

it.skipIf(skip)(
  `${title}: Kafka ${VERSION.version} tells, through Strimzi's reporter, all that the alerts ask for`,
  async () => {
    const processes = new Processes();
    onTestFinished(() => processes.stopAll());
    const program = await kafkaProgram(() => {});
    if (!("path" in program)) throw new Error(program.says);
    const [broker, controller, metrics] = [await freePort(), await freePort(), await freePort()];
    const properties = join(processes.folder, "server.properties");
    writeFileSync(
      properties,
      `process.roles=broker,controller
node.id=0
controller.quorum.voters=0@127.0.0.1:${controller}
listeners=PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=${join(processes.folder, "data")}
metric.reporters=io.strimzi.kafka.metrics.KafkaPrometheusMetricsReporter
kafka.metrics.reporters=io.strimzi.kafka.metrics.YammerPrometheusMetricsReporter
prometheus.metrics.reporter.listener=http://127.0.0.1:${metrics}
prometheus.metrics.reporter.allowlist=${ALLOWED.join(",")}
`,
    );
    const java = join(program.path[0] ?? "", "java");
    const env = { CLASSPATH: `${program.env["CLASSPATH"]}${delimiter}${join(folderOf(reporter), "*")}` };
    const id = Buffer.alloc(16, 7).toString("base64url");
    await execa(java, ["kafka.tools.StorageTool", "format", "-t", id, "-c", properties], { env });
    processes.start("kafka", [java, "-Xmx256m", "kafka.Kafka", properties], env);
    const told = await processes.until("kafka", "answering", async () => {
      const answer = await fetch(`http://127.0.0.1:${metrics}/metrics`).catch(() => undefined);
      const text = await answer?.text();
      return text?.includes("kafka_server_replicamanager_") ? text : undefined;
    });
    const asked = metricsOf(manifestsOf(environment("prod", KAFKA)), "kafka/kafka").filter((each) =>
      each.startsWith("kafka_"),
    );
    expect(asked.length).toBeGreaterThan(3);
    for (const name of asked) expect(told).toMatch(new RegExp(`^${name} \\d`, "m"));
  },
);
