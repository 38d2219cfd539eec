import type { Problem } from "../../constructs/kernel/errors.ts";
import { identity } from "../../constructs/kernel/identity.ts";
import type { JsonObject } from "../../constructs/kernel/json.ts";
import type { ClusterAccess } from "../cluster/access.ts";
import { Reader } from "../cluster/reader.ts";
import { answerTo, archives } from "../doctor/collect.ts";
import { recoveries } from "../doctor/recoveries.ts";
import type { Environment } from "../environment/index.ts";
import type { Finding } from "../findings/index.ts";

const CLUSTER = "postgresql.cnpg.io/Cluster";

/** What the doctor finds of clusters that are to be recovered and are not there yet. */
export async function recoveryFindings(access: ClusterAccess, environment: Environment): Promise<readonly Finding[]> {
  const { postgres } = environment;
  const names = postgres.kind === "cloudnative-pg" ? Object.keys(postgres.recoveries) : [];
  if (names.length === 0) return [];
  const reader = new Reader(access);
  const there = async (name: string): Promise<readonly [string, JsonObject][]> => {
    const object = await reader.get(`/apis/postgresql.cnpg.io/v1/namespaces/postgres/clusters/${name}`, {
      metadataOnly: true,
    });
    return object ? [[identity(CLUSTER, "postgres", name), object]] : [];
  };
  const present = await answerTo(Promise.all(names.map(there)).then((found) => new Map(found.flat())));
  return recoveries({ archives: await answerTo(archives(reader, environment)), present }, environment);
}

/** Recoveries that would never come about: a cluster would be waited for that no backup reaches. */
export async function recoveryProblems(access: ClusterAccess, environment: Environment): Promise<Problem[]> {
  return (await recoveryFindings(access, environment))
    .filter(({ verdict }) => verdict === "problem")
    .map(({ path, found, fix }) => ({ path, message: `${found}: ${fix}` }));
}
