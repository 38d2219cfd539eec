import { isObject, type JsonObject, listAt, objectAt } from "../../constructs/kernel/json.ts";
import type { Manifest } from "../../constructs/kernel/objects.ts";
import { matches } from "../../constructs/kernel/pods.ts";
import type { Pods } from "./platform.ts";

/** NetworkPolicies as a cluster enforces them, over the pods of a platform. */
export class Network {
  readonly #policies: readonly Manifest[];

  constructor(manifests: readonly Manifest[]) {
    this.#policies = manifests.filter(({ kind }) => kind === "NetworkPolicy");
  }

  /** The policies that guard a group of pods. */
  guarding({ namespace, labels }: Pods): Manifest[] {
    return this.#policies.filter(
      (policy) =>
        policy.metadata.namespace === namespace &&
        matches(objectAt(policy, "spec", "podSelector", "matchLabels"), labels),
    );
  }

  /** Whether the client's policies let it out to a port of the server. */
  letsOut(client: Pods, server: Pods, port: number): boolean {
    return this.#allowed(client, "egress", "to", server, port);
  }

  /** Whether the server's policies let the client in on a port. */
  letsIn(client: Pods, server: Pods, port: number): boolean {
    return this.#allowed(server, "ingress", "from", client, port);
  }

  #allowed(guarded: Pods, direction: "ingress" | "egress", end: "from" | "to", other: Pods, port: number): boolean {
    const policies = this.guarding(guarded);
    const rules = policies.flatMap((policy) => listAt(policy, "spec", direction));
    return (
      policies.length === 0 ||
      rules.some((rule) => hasPort(rule, port) && (!rule[end] || listAt(rule, end).some((peer) => isPeer(peer, other))))
    );
  }
}

function hasPort(rule: JsonObject, port: number): boolean {
  const ports = listAt(rule, "ports");
  return ports.length === 0 || ports.some((each) => each["port"] === port && each["protocol"] === "TCP");
}

/** Whether the end of a rule means these pods; blocks of addresses mean what is outside the cluster. */
export function isPeer(peer: JsonObject, { namespace, labels }: Pods): boolean {
  if (isObject(peer["ipBlock"])) return false;
  const inNamespace = matches(objectAt(peer, "namespaceSelector", "matchLabels"), {
    "kubernetes.io/metadata.name": namespace,
  });
  return inNamespace && matches(objectAt(peer, "podSelector", "matchLabels"), labels);
}
