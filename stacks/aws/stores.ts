import { Alias } from "@pulumi/aws/kms/alias.js";
import { Key } from "@pulumi/aws/kms/key.js";
import { Provider } from "@pulumi/aws/provider.js";
import * as pulumi from "@pulumi/pulumi";
import type { AwsConfig, AwsServices, S3Grant } from "../../constructs/aws/index.ts";
import { FilieraError } from "../../constructs/kernel/errors.ts";
import { kindOf } from "../../constructs/kernel/identity.ts";
import { late } from "../../constructs/kernel/late.ts";
import type { OrderedObject } from "../../constructs/kernel/order.ts";
import type { S3BucketProps } from "../../constructs/object-store/index.ts";
import type { Environment } from "../environment/index.ts";
import { PodAccess } from "./access.ts";
import { Bucket } from "./bucket.ts";
import { Database } from "./database.ts";
import { awsName } from "./names.ts";
import { accountsKey } from "./policies.ts";

/** @see AwsStores */
export interface AwsStoresArgs {
  readonly environment: Environment;
  /** A secret by its name, generated once. */
  readonly secret: (name: string, generation: number) => pulumi.Output<string>;
  readonly protect: boolean;
}

/** What runs as a ServiceAccount, by the kind of the object that brings it: CloudNativePG makes the one of its Cluster. */
const ACCOUNTS: ReadonlySet<string> = new Set(["/ServiceAccount", "postgresql.cnpg.io/Cluster"]);

/** Makes the stores of an environment that are on AWS, as they are asked for. */
export class AwsStores implements AwsServices {
  readonly #args: AwsStoresArgs;
  readonly #aws: AwsConfig;
  readonly #provider: Provider;
  readonly #key: pulumi.Input<string>;
  readonly #buckets = new Map<string, Bucket>();
  readonly #associations = new Map<string, pulumi.Resource>();

  constructor(args: AwsStoresArgs, aws: AwsConfig) {
    this.#args = args;
    this.#aws = aws;
    this.#provider = new Provider("aws", {
      region: aws.region,
      // whoever has the credentials of another account is stopped before anything is made
      allowedAccountIds: [aws.account],
      defaultTags: { tags: { "filiera.dev/environment": pulumi.getStack() } },
    });
    this.#key = aws.kmsKey ?? this.#makeKey();
  }

  bucket(name: string, props: S3BucketProps): void {
    const { region } = this.#aws;
    const args = { ...props, region, key: this.#key, protect: this.#args.protect };
    this.#buckets.set(name, new Bucket(name, args, this.#options));
  }

  letIn(consumer: string, grant: S3Grant): void {
    const { account, region, cluster } = this.#aws;
    const { associations } = new PodAccess(
      consumer,
      {
        ...grant,
        cluster: { account, region, name: cluster.name },
        environment: pulumi.getStack(),
        key: this.#key,
        after: this.#buckets.get(grant.bucket)?.whole ?? [],
      },
      this.#options,
    );
    for (const [pods, association] of associations) this.#associations.set(pods, association);
  }

  database() {
    const { environment, secret, protect } = this.#args;
    const { postgres: settings } = environment;
    if (settings.kind !== "rds")
      throw FilieraError.at("filiera:postgres.kind", `found "${settings.kind}", and RDS was asked for`);
    const password = secret("postgres/master", settings.credentialGeneration);
    const { host } = new Database(
      "postgres",
      { aws: this.#aws, environment: pulumi.getStack(), settings, password, key: this.#key, protect },
      this.#options,
    );
    return { host: late.from(host), masterPassword: late.from(password) };
  }

  /** What must be there before an object: pods have a role only if it was theirs when they started. */
  before({ manifest }: Pick<OrderedObject, "manifest">): readonly pulumi.Resource[] {
    const { namespace, name } = manifest.metadata;
    const association = this.#associations.get(`${namespace}/${name}`);
    return association && ACCOUNTS.has(kindOf(manifest)) ? [association] : [];
  }

  get #options(): pulumi.ComponentResourceOptions {
    return { providers: { aws: this.#provider } };
  }

  #makeKey(): pulumi.Output<string> {
    const { account, region } = this.#aws;
    const options = { provider: this.#provider, protect: this.#args.protect };
    const key = new Key(
      "stores",
      {
        description: `encrypts the stores of filiera's environment ${pulumi.getStack()}`,
        enableKeyRotation: true,
        // the longest that there is: what is encrypted with it is lost with it
        deletionWindowInDays: 30,
        policy: JSON.stringify(accountsKey(account, region)),
      },
      options,
    );
    new Alias("stores", { name: `alias/${awsName([pulumi.getStack()], 200)}`, targetKeyId: key.keyId }, options);
    return key.arn;
  }
}
