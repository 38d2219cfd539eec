import type { Problem } from "../../constructs/kernel/errors.ts";
import { s3NameProblem } from "../../constructs/object-store/s3.ts";
import { rdsAuthority } from "../../constructs/postgres/rds.ts";
import type { Environment } from "./config.ts";
import { production, type Rule, rule, tooFew } from "./rule.ts";

/** The settings that ask for a store of AWS. */
function kindsOf({ objectStore, postgres }: Pick<Environment, "objectStore" | "postgres">): readonly string[] {
  return [
    ...(objectStore.kind === "s3" ? ["filiera:objectStore.kind"] : []),
    ...(postgres.kind === "rds" ? ["filiera:postgres.kind"] : []),
  ];
}

/** The settings by which buckets are named, with the buckets. */
function bucketsOf({
  postgres,
  mlflow,
  ingestions,
}: Pick<Environment, "postgres" | "mlflow" | "ingestions">): readonly (readonly [string, string])[] {
  const backup = postgres.kind === "cloudnative-pg" && postgres.backup.kind !== "none" ? postgres.backup : undefined;
  return [
    ["filiera:mlflow.bucket", mlflow.bucket],
    ...(backup ? [["filiera:postgres.backup.bucket", backup.bucket] as const] : []),
    ...Object.entries(ingestions).map(([name, { bucket }]) => [`filiera:ingestions.${name}.bucket`, bucket] as const),
  ];
}

/** What must hold between the settings of AWS's stores. */
export const awsRules: readonly Rule[] = [
  rule("A store of AWS says where on AWS it is.", ["objectStore", "postgres", "aws"], ({ aws, ...stores }) => {
    const kinds = kindsOf(stores);
    return aws !== undefined || kinds.length === 0
      ? undefined
      : {
          path: "filiera:aws",
          message: `missing; allowed: account, region, cluster, vpc and subnets, which ${kinds.join(" and ")} ${kinds.length > 1 ? "need" : "needs"}`,
        };
  }),
  rule("RDS has a standby in another zone, and asks for two at least.", ["postgres", "aws"], ({ postgres, aws }) => {
    const zones = [...new Set(aws?.subnets.map(({ zone }) => zone))];
    if (postgres.kind !== "rds" || !aws || zones.length > 1) return undefined;
    return {
      path: "filiera:aws.subnets",
      message: `found subnets in ${zones.join(", ")} alone; allowed: two zones or more, which filiera:postgres.kind "rds" needs`,
    };
  }),
  rule("Clients verify the certificate of RDS.", ["postgres", "aws"], ({ postgres, aws }) =>
    postgres.kind !== "rds" || !aws || postgres.authority !== undefined || rdsAuthority(aws.region) !== undefined
      ? undefined
      : {
          path: "filiera:postgres.authority",
          message: `missing; allowed: the certificate of RDS's authority rds-ca-rsa2048-g1 in ${aws.region}, as PEM, which filiera does not know of that region`,
        },
  ),
  rule(
    "S3 takes the names of all buckets.",
    ["objectStore", "postgres", "mlflow", "ingestions"],
    ({ objectStore, ...named }) => {
      if (objectStore.kind !== "s3") return undefined;
      return bucketsOf(named).flatMap(([path, bucket]): Problem[] => {
        const whole = `${objectStore.namePrefix}-${bucket}`;
        const wrong = s3NameProblem(whole);
        if (wrong !== undefined)
          return [{ path, message: `found "${bucket}", for a bucket "${whole}"; allowed: another name, as ${wrong}` }];
        return Object.hasOwn(objectStore.auditBuckets, bucket)
          ? [
              {
                path: `filiera:objectStore.auditBuckets.${bucket}`,
                message: `found a bucket that is ${path}; allowed: buckets of their own, as what is in them stays`,
              },
            ]
          : [];
      });
    },
  ),
  production("Production's RDS outlives the loss of a zone.", ["postgres"], ({ postgres }) =>
    postgres.kind !== "rds" || postgres.multiAz
      ? undefined
      : {
          path: "filiera:postgres.multiAz",
          message: "found false; allowed: true in production, so that the loss of a zone is outlived",
        },
  ),
  production("Production's RDS is not deleted by a mistake.", ["postgres"], ({ postgres }) =>
    postgres.kind !== "rds" || postgres.deletionProtection
      ? undefined
      : {
          path: "filiera:postgres.deletionProtection",
          message: "found false; allowed: true in production, so that no mistake deletes it",
        },
  ),
  production("Production's RDS can be recovered to any time of a week.", ["postgres"], ({ postgres }) =>
    postgres.kind !== "rds"
      ? undefined
      : tooFew(
          "filiera:postgres.backupRetentionDays",
          postgres.backupRetentionDays,
          7,
          "what is noticed after some days can be undone",
        ),
  ),
];
