import { PodIdentityAssociation } from "@pulumi/aws/eks/podIdentityAssociation.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import * as pulumi from "@pulumi/pulumi";
import type { S3Grant } from "../../constructs/aws/index.ts";
import { awsName } from "./names.ts";
import { bucketAccess, type EksCluster, keyAccess, podTrust } from "./policies.ts";

/** @see PodAccess */
interface PodAccessArgs extends S3Grant {
  readonly cluster: EksCluster;
  readonly environment: string;
  /** ARN of the key that the bucket is encrypted with. */
  readonly key: pulumi.Input<string>;
  /** What must be there before anybody is let in. */
  readonly after: readonly pulumi.Resource[];
}

/** A role that pods of some ServiceAccounts have: it lets them into a part of a bucket, and there is no key to lose. */
export class PodAccess extends pulumi.ComponentResource {
  /** By `namespace/name` of the ServiceAccount: pods that start earlier have no role. */
  readonly associations: ReadonlyMap<string, pulumi.Resource>;

  constructor(name: string, args: PodAccessArgs, options: pulumi.ComponentResourceOptions) {
    super("filiera:aws:PodAccess", name, {}, options);
    const { cluster, environment, key, bucket, prefix, access, accounts, after } = args;
    const place = { region: cluster.region, bucket, ...(prefix !== undefined && { prefix }) };
    const role = new Role(
      name,
      {
        // 38 characters are all that IAM takes
        namePrefix: `${awsName([environment, name], 37)}-`,
        description: `${access} in ${bucket}${prefix === undefined ? "" : `/${prefix}`}, for pods of ${cluster.name}`,
        assumeRolePolicy: JSON.stringify(podTrust(cluster)),
      },
      { parent: this },
    );
    // apart, so that a preview shows what it lets into before the key is there
    const policies = [
      new RolePolicy(
        `${name}-bucket`,
        { role: role.name, name: "bucket", policy: JSON.stringify(bucketAccess(place, access)) },
        { parent: this },
      ),
      new RolePolicy(
        `${name}-key`,
        {
          role: role.name,
          name: "key",
          policy: pulumi.output(key).apply((arn) => JSON.stringify(keyAccess(place, arn, access))),
        },
        { parent: this },
      ),
    ];
    this.associations = new Map(
      accounts.map((account) => [
        `${account.namespace}/${account.name}`,
        new PodIdentityAssociation(
          `${name}-${account.namespace}-${account.name}`,
          {
            clusterName: cluster.name,
            namespace: account.namespace,
            serviceAccount: account.name,
            roleArn: role.arn,
          },
          { parent: this, dependsOn: [...policies, ...after] },
        ),
      ]),
    );
    this.registerOutputs({});
  }
}
