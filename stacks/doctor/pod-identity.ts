import type { Environment } from "../environment/index.ts";
import { type Finding, findingsOf, given } from "../findings/index.ts";
import type { Facts } from "./facts.ts";
import { nameOf } from "./nodes.ts";

const say = findingsOf("identity");

/** The DaemonSet of EKS's add-on. */
const AGENT = "eks-pod-identity-agent";

/** Whether pods can get the keys of their roles, where they use S3. */
export function podIdentity(
  { daemonSets }: Pick<Facts, "daemonSets">,
  { objectStore }: Pick<Environment, "objectStore">,
): readonly Finding[] {
  const path = "filiera:objectStore.kind";
  if (objectStore.kind !== "s3") return [];
  return given(daemonSets, say, path, (all) =>
    all.some((each) => nameOf(each) === AGENT)
      ? [say.fine(path, "the Pod Identity agent runs on the nodes")]
      : [
          say.problem(
            path,
            'found "s3", and the cluster has no Pod Identity agent, from which pods get their keys',
            `install the EKS add-on ${AGENT}`,
          ),
        ],
  );
}
