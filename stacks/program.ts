import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { App } from "cdk8s";
import { generationName } from "../constructs/connections/generation.ts";
import { FilieraError, throwProblems } from "../constructs/kernel/errors.ts";
import { late } from "../constructs/kernel/late.ts";
import { Options } from "../constructs/kernel/options.ts";
import { unresolvedProblems } from "../constructs/platform/images.ts";
import { platform } from "../constructs/platform/platform.ts";
import { awsStores } from "./aws/index.ts";
import { type LowerOptions, lower } from "./bridge/lower.ts";
import { existingCluster } from "./cluster/existing.ts";
import type { Environment } from "./environment/index.ts";

/** Name of the cluster in every resource's name. */
const CLUSTER = "platform";

/** What the stack tells the world: where the platform is, and, as secrets, how to get in. */
export interface Outputs {
  readonly mlflowUrl: pulumi.Output<string>;
  readonly mlflowUser: pulumi.Output<string>;
  readonly mlflowPassword: pulumi.Output<string>;
  /** Environment variables that MLflow's clients must set, as JSON. */
  readonly mlflowSettings: pulumi.Output<string>;
  readonly postgresHost: pulumi.Output<string>;
  readonly objectStoreUrl: pulumi.Output<string>;
  /** Where Kafka's clients ask for the brokers at first, if the environment has a Kafka. */
  readonly kafkaBootstrapServers?: pulumi.Output<string>;
}

/** @see program */
export interface ProgramOptions {
  /** Is told of every object before it becomes a resource. @default - nobody is told */
  readonly observe?: LowerOptions["observe"];
}

/**
 * The Pulumi program: provisions what the platform needs and deploys it. `pulumi up` runs it against an engine, the
 * plan against a recording one.
 */
export async function program(environment: Environment, { observe }: ProgramOptions = {}): Promise<Outputs> {
  const protect = environment.profile === "production";
  if (protect && !pulumi.runtime.isDryRun()) throwProblems(unresolvedProblems(environment));
  const secret = (name: string, generation: number): pulumi.Output<string> =>
    // letters and digits: 40 of them hold 238 bits, and no reader of any format stumbles over them. Never protected:
    // the engine refuses to delete what is, and a raised generation does just that
    new RandomPassword(generationName(name, generation), {
      length: 40,
      special: false,
      keepers: { generation: `${generation}` },
    }).result;
  const { backup, images } = environment;
  const { pullSecret } = images;
  const aws = await awsStores({ environment, secret, protect });
  const deployed = platform(new App(), environment, {
    secret: (name, generation) => late.from(secret(name, generation)),
    ...(aws && { aws }),
    ...(pullSecret && {
      registryPassword: late.from(configured("filiera:images.pullSecret.password", pullSecret.password)),
    }),
    ...(backup && {
      backupKey: late.from(configured("filiera:backup.secretAccessKey", backup.secretAccessKey)),
    }),
  });
  if (protect) for (const object of deployed.stateful) Options.of(object).set({ protect });
  const { output } = lower(deployed.chart, {
    cluster: CLUSTER,
    provider: existingCluster(CLUSTER, environment.cluster),
    checksumKey: secret("checksums", 1),
    ...(aws && { before: (object) => aws.before(object) }),
    observe,
  });
  const { url, user, password, settings } = deployed.mlflow.tracking;
  return {
    mlflowUrl: output(url),
    mlflowUser: output(user),
    mlflowPassword: output(password),
    mlflowSettings: output(JSON.stringify(settings)),
    postgresHost: output(deployed.postgres.host),
    objectStoreUrl: output(deployed.objectStore.url),
    ...(deployed.kafka && { kafkaBootstrapServers: output(deployed.kafka.bootstrapServers) }),
  };
}

/** A secret of the environment file: decrypted by the engine, and to nobody else. */
function configured(path: string, secret: { readonly isOpen: boolean; reveal(): string }): pulumi.Output<string> {
  if (!secret.isOpen && !pulumi.runtime.isDryRun())
    throw FilieraError.at(path, "is encrypted, and only the engine can decrypt it: deploy with pulumi up");
  return pulumi.secret(secret.isOpen ? secret.reveal() : "");
}
