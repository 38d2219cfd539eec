import { at, type JsonObject, listAt, textAt } from "../../constructs/kernel/json.ts";
import { type Finding, findingsOf, given } from "../findings/index.ts";
import type { Facts } from "./facts.ts";
import { nameOf } from "./nodes.ts";

const say = findingsOf("network");
const PATH = "filiera:cluster.context";

/** CNIs that enforce NetworkPolicies, by the DaemonSet of their agent. */
const ENFORCING: Readonly<Record<string, string>> = {
  "calico-node": "Calico",
  canal: "Canal",
  "rke2-canal": "Canal",
  cilium: "Cilium",
  anetd: "GKE Dataplane V2",
  "antrea-agent": "Antrea",
  "kube-router": "kube-router",
  "ovnkube-node": "OVN-Kubernetes",
  "kube-network-policies": "kube-network-policies",
  "azure-npm": "Azure Network Policy Manager",
  "weave-net": "Weave Net",
};

/** CNIs that leave NetworkPolicies alone. */
const INDIFFERENT: Readonly<Record<string, string>> = {
  "kube-flannel-ds": "Flannel",
  "kube-flannel": "Flannel",
};

/**
 * A hint whether NetworkPolicies are enforced: no API tells, so that it goes by the agents that are known.
 */
export function network({ daemonSets }: Pick<Facts, "daemonSets">): readonly Finding[] {
  return given(daemonSets, say, PATH, (sets) => {
    const enforcing = sets.flatMap((set) => ENFORCING[nameOf(set)] ?? (isAwsAgent(set) ? "the Amazon VPC CNI" : []));
    if (enforcing[0] !== undefined) return [say.fine(PATH, `${enforcing[0]} enforces NetworkPolicies`)];
    if (sets.some((set) => nameOf(set) === "kindnet"))
      return [
        say.note(PATH, "kindnet enforces NetworkPolicies since kind 0.24, and not before", "use kind 0.24 or newer"),
      ];
    const indifferent = sets.flatMap((set) => INDIFFERENT[nameOf(set)] ?? (isAws(set) ? "the Amazon VPC CNI" : []));
    if (indifferent[0] !== undefined)
      return [
        say.problem(
          PATH,
          `${indifferent[0]} does not enforce NetworkPolicies here: whoever is in the cluster reaches every pod`,
          isAwsFix(indifferent[0])
            ? "set enableNetworkPolicy of the add-on vpc-cni to true"
            : "add a CNI that does, such as Calico or Cilium",
        ),
      ];
    return [
      say.note(
        PATH,
        "no CNI is known here, and some enforce no NetworkPolicies",
        "see the documentation of the cluster's",
      ),
    ];
  });
}

function isAwsFix(name: string): boolean {
  return name === "the Amazon VPC CNI";
}

function isAws(set: JsonObject): boolean {
  return nameOf(set) === "aws-node";
}

/** Its second container enforces policies once it is told to. */
function isAwsAgent(set: JsonObject): boolean {
  if (!isAws(set)) return false;
  const containers = listAt(set, "spec", "template", "spec", "containers");
  const agent = containers.find((each) => textAt(each, "name") === "aws-eks-nodeagent");
  const args: unknown = at(agent, "args");
  return Array.isArray(args) && args.includes("--enable-network-policy=true");
}
