import { expect, it } from "vitest";
import { podIdentity } from "../../../stacks/doctor/pod-identity.ts";
import { known } from "../../../stacks/findings/index.ts";
import { named, REFUSED, told } from "../../support/cluster.ts";
import { environment } from "../../support/platform.ts";

const aws = environment("aws");

it("pods get the keys of their roles from an agent on each node", () => {
  expect(told(podIdentity({ daemonSets: known([named("aws-node"), named("eks-pod-identity-agent")]) }, aws))).toEqual([
    "fine filiera:objectStore.kind: the Pod Identity agent runs on the nodes",
  ]);
  expect(told(podIdentity({ daemonSets: known([named("aws-node")]) }, aws))).toEqual([
    'problem filiera:objectStore.kind: found "s3", and the cluster has no Pod Identity agent, from which pods get their keys → install the EKS add-on eks-pod-identity-agent',
  ]);
});

it("nobody knows where DaemonSets may not be listed, and nobody asks without S3", () => {
  expect(told(podIdentity({ daemonSets: REFUSED }, aws))[0]).toMatch(/^unknown filiera:objectStore\.kind: /);
  expect(podIdentity({ daemonSets: known([]) }, environment("prod"))).toEqual([]);
});
