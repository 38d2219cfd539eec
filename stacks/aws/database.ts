import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import { Instance } from "@pulumi/aws/rds/instance.js";
import { ParameterGroup } from "@pulumi/aws/rds/parameterGroup.js";
import { SubnetGroup } from "@pulumi/aws/rds/subnetGroup.js";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/securityGroupIngressRule.js";
import * as pulumi from "@pulumi/pulumi";
import type { AwsConfig } from "../../constructs/aws/index.ts";
import { RDS_AUTHORITY, RDS_MASTER } from "../../constructs/postgres/rds.ts";
import { bytes } from "../../constructs/settings/settings.ts";
import type { Environment } from "../environment/index.ts";
import { awsName } from "./names.ts";

/** @see Database */
interface DatabaseArgs {
  readonly aws: AwsConfig;
  readonly environment: string;
  readonly settings: Extract<Environment["postgres"], { readonly kind: "rds" }>;
  readonly password: pulumi.Output<string>;
  /** ARN of the key that encrypts it. */
  readonly key: pulumi.Input<string>;
  readonly protect: boolean;
}

const PORT = 5432;

/** What RDS has its parameters changed at once for; the others wait for the instance's next start. */
const AT_ONCE = new Set(["rds.force_ssl", "password_encryption", "ssl_min_protocol_version"]);

/**
 * PostgreSQL on RDS: in private subnets, encrypted, over TLS alone, with backups; open to what is in the cluster's
 * security group. Whoever deletes it gets a last snapshot.
 */
export class Database extends pulumi.ComponentResource {
  readonly host: pulumi.Output<string>;

  constructor(name: string, args: DatabaseArgs, options: pulumi.ComponentResourceOptions) {
    super("filiera:aws:Database", name, {}, options);
    const { aws, environment, settings, password, key, protect } = args;
    const own = { parent: this };
    const identifier = awsName([environment], 57);
    const namePrefix = `${awsName([environment], 50)}-`;
    const subnets = new SubnetGroup(
      name,
      { namePrefix, description: "private subnets", subnetIds: aws.subnets.map(({ id }) => id) },
      own,
    );
    const parameters = new ParameterGroup(
      name,
      { namePrefix, family: `postgres${settings.version}`, parameters: parametersOf(settings) },
      own,
    );
    const instance = new Instance(
      name,
      {
        identifier,
        engine: "postgres",
        engineVersion: settings.version,
        allowMajorVersionUpgrade: false,
        autoMinorVersionUpgrade: true,
        instanceClass: settings.instanceClass,
        allocatedStorage: bytes(settings.storage) / 2 ** 30,
        ...(settings.maxStorage !== undefined && { maxAllocatedStorage: bytes(settings.maxStorage) / 2 ** 30 }),
        storageType: "gp3",
        storageEncrypted: true,
        kmsKeyId: key,
        username: RDS_MASTER,
        password: pulumi.secret(password),
        port: PORT,
        multiAz: settings.multiAz,
        dbSubnetGroupName: subnets.name,
        vpcSecurityGroupIds: [this.#guard(name, namePrefix, aws)],
        publiclyAccessible: false,
        caCertIdentifier: RDS_AUTHORITY,
        parameterGroupName: parameters.name,
        backupRetentionPeriod: settings.backupRetentionDays,
        deleteAutomatedBackups: false,
        copyTagsToSnapshot: true,
        deletionProtection: settings.deletionProtection,
        skipFinalSnapshot: false,
        finalSnapshotIdentifier: `${identifier}-final`,
        enabledCloudwatchLogsExports: ["postgresql", "upgrade"],
        performanceInsightsEnabled: true,
        performanceInsightsKmsKeyId: key,
        applyImmediately: true,
      },
      { ...own, protect, additionalSecretOutputs: ["password"] },
    );
    this.host = instance.address;
    this.registerOutputs({});
  }

  /** A security group that lets in what is in the cluster's, and nothing out. */
  #guard(name: string, namePrefix: string, aws: AwsConfig): pulumi.Output<string> {
    const group = new SecurityGroup(
      name,
      { namePrefix, description: "PostgreSQL, for the pods of the cluster", vpcId: aws.vpc.id },
      { parent: this },
    );
    new SecurityGroupIngressRule(
      name,
      {
        securityGroupId: group.id,
        description: `what is in the security group of ${aws.cluster.name}`,
        referencedSecurityGroupId: aws.cluster.securityGroup,
        ipProtocol: "tcp",
        fromPort: PORT,
        toPort: PORT,
      },
      { parent: this },
    );
    return group.id;
  }
}

function parametersOf({ parameters, maxConnections }: DatabaseArgs["settings"]) {
  const all: Record<string, string> = {
    ...parameters,
    max_connections: String(maxConnections),
    password_encryption: "scram-sha-256",
    "rds.force_ssl": "1",
    ssl_min_protocol_version: "TLSv1.2",
  };
  return Object.entries(all).map(([name, value]) => ({
    name,
    value,
    applyMethod: AT_ONCE.has(name) ? "immediate" : "pending-reboot",
  }));
}
