import { Lazy } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import type { Construct } from "constructs";
import type { Endpoint, Peer } from "../connections/endpoint.ts";
import { Noun } from "../kernel/noun.ts";
import { PART_OF } from "./run.ts";

/** @see PodPolicy */
export interface PodPolicyProps {
  /** Name of the NetworkPolicy. */
  readonly name: string;
  readonly namespace: string;
  /** Labels of the pods that it guards. */
  readonly podLabels: Readonly<Record<string, string>>;
}

type Ports = readonly k8s.NetworkPolicyPort[];

/**
 * What a set of pods may talk to, and who may talk to them: everything else is refused, in both directions.
 * Looking up names is allowed.
 */
export class PodPolicy extends Noun {
  readonly #props: PodPolicyProps;
  readonly #ingress = new Map<string, k8s.NetworkPolicyIngressRule>();
  readonly #egress = new Map<string, k8s.NetworkPolicyEgressRule>();

  constructor(scope: Construct, id: string, props: PodPolicyProps) {
    super(scope, id);
    this.#props = props;
    this.#allowNames();
    new k8s.KubeNetworkPolicy(this, "networkpolicy", {
      metadata: { name: props.name, namespace: props.namespace, labels: { ...props.podLabels, ...PART_OF } },
      spec: Lazy.any({ produce: () => this.#spec() }),
    });
  }

  /** The guarded pods as the far end of somebody else's connection. */
  endpoint(port: number): Endpoint {
    const { namespace, podLabels } = this.#props;
    return { peer: { kind: "pods", namespace, labels: podLabels, policy: this }, port };
  }

  /** Lets the pods connect to an endpoint, and, where its policy is ours, lets it be connected to. */
  allowTo(endpoint: Endpoint): void {
    this.#add(this.#egress, { to: [peerOf(endpoint.peer)], ports: portsOf([endpoint]) });
    if (endpoint.peer.kind !== "pods") return;
    const { namespace, podLabels } = this.#props;
    endpoint.peer.policy?.allowFrom({ kind: "pods", namespace, labels: podLabels }, endpoint.port, endpoint.protocol);
  }

  /** Lets a peer connect to a port of the pods. */
  allowFrom(peer: Peer, port: number, protocol?: Endpoint["protocol"]): void {
    this.#add(this.#ingress, { from: [peerOf(peer)], ports: portsOf([{ port, protocol }]) });
  }

  /** Lets anybody in the cluster connect to a port: for webhooks, which the API server calls from no known address. */
  allowFromAnywhere(port: number): void {
    this.#add(this.#ingress, { ports: portsOf([{ port }]) });
  }

  /** Lets the pods talk to the Kubernetes API, whose address a policy cannot name: TCP 443 and 6443 anywhere. */
  allowToApiServer(): void {
    this.#add(this.#egress, { ports: portsOf([{ port: 443 }, { port: 6443 }]) });
  }

  #allowNames(): void {
    const ports = portsOf([
      { port: 53, protocol: "UDP" },
      { port: 53, protocol: "TCP" },
    ]);
    // the second is NodeLocal DNSCache's address on every node
    const to = [
      peerOf({ kind: "namespace", namespace: "kube-system" }),
      peerOf({ kind: "cidr", cidr: "169.254.20.10/32" }),
    ];
    this.#add(this.#egress, { to, ports });
  }

  #add<Rule>(rules: Map<string, Rule>, rule: Rule): void {
    rules.set(JSON.stringify(rule), rule);
  }

  #spec(): k8s.NetworkPolicySpec {
    return {
      podSelector: { matchLabels: { ...this.#props.podLabels } },
      policyTypes: ["Ingress", "Egress"],
      // an empty list would be dropped by the API server, and applied anew each time
      ...(this.#ingress.size > 0 && { ingress: sorted(this.#ingress) }),
      egress: sorted(this.#egress),
    };
  }
}

function sorted<Rule>(rules: ReadonlyMap<string, Rule>): Rule[] {
  return [...rules].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, rule]) => rule);
}

function portsOf(endpoints: readonly Pick<Endpoint, "port" | "protocol">[]): k8s.NetworkPolicyPort[] {
  const ports: Ports = endpoints.map(({ port, protocol }) => ({
    port: k8s.IntOrString.fromNumber(port),
    protocol: protocol ?? "TCP",
  }));
  return [...ports];
}

function peerOf(peer: Peer): k8s.NetworkPolicyPeer {
  switch (peer.kind) {
    case "pods":
      return { namespaceSelector: namespaceSelector(peer.namespace), podSelector: { matchLabels: { ...peer.labels } } };
    case "namespace":
      return { namespaceSelector: namespaceSelector(peer.namespace) };
    case "cluster":
      return { namespaceSelector: {} };
    case "cidr":
      return { ipBlock: { cidr: String(peer.cidr) } };
  }
}

function namespaceSelector(namespace: string): k8s.LabelSelector {
  return { matchLabels: { "kubernetes.io/metadata.name": namespace } };
}
