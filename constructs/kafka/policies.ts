import type { Construct } from "constructs";
import type { Peer } from "../connections/index.ts";
import { strimziLabels } from "../operator/charts/strimzi.ts";
import { PodPolicy } from "../workload/index.ts";
import { CLUSTER_LABEL } from "./strimzi.ts";

const CONTROLLER_PORT = 9090;
const REPLICATION_PORT = 9091;
const AGENT_PORT = 8443;
const METRICS_PORT = 9404;

/** Whose policies, and who comes from outside. */
interface Guarded {
  readonly name: string;
  readonly namespace: string;
  readonly operatorNamespace?: string;
  readonly scrapers: Peer;
}

/**
 * What the policies of Strimzi itself would admit (KafkaCluster and EntityOperator of 1.2), without what they admit from
 * anywhere.
 *
 * @returns the policy of brokers and controllers
 */
export function guardNodes(
  scope: Construct,
  { name, namespace, operatorNamespace = "strimzi-system", scrapers }: Guarded,
): PodPolicy {
  const podLabels = (what: string) => ({ [CLUSTER_LABEL]: name, "strimzi.io/name": `${name}-${what}` });
  const nodes = new PodPolicy(scope, "policy", { name: `${name}-nodes`, namespace, podLabels: podLabels("kafka") });
  const entities = new PodPolicy(scope, "policy-entity-operator", {
    name: `${name}-operators`,
    namespace,
    podLabels: podLabels("entity-operator"),
  });
  const operator: Peer = { kind: "pods", namespace: operatorNamespace, labels: strimziLabels };
  for (const port of [CONTROLLER_PORT, REPLICATION_PORT]) {
    nodes.allowFrom(operator, port);
    nodes.allowTo(nodes.endpoint(port));
  }
  nodes.allowFrom(operator, AGENT_PORT);
  entities.allowTo(nodes.endpoint(REPLICATION_PORT));
  nodes.allowFrom(scrapers, METRICS_PORT);
  // the nodes read their certificates and their zone there
  nodes.allowToApiServer();
  entities.allowToApiServer();
  return nodes;
}
