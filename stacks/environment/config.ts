import { z } from "zod";
import { clusterFacts, platformConcerns } from "../../constructs/platform/config.ts";
import { type DeepReadonly, objectName, text } from "../../constructs/settings/settings.ts";

/** How much of everything there is; sets the defaults that the file overrides. */
export const profileConfig = z.enum(["laptop", "small", "production"]);

const oneLine = (expects: string) => text(expects, /^\S(?:.*\S)?$/, 1024);

const existingCluster = z.strictObject({
  kind: z.literal("existing"),
  context: oneLine("the name of a context in the kubeconfig").describe("context of the kubeconfig"),
  kubeconfig: oneLine("a file's path")
    .optional()
    .describe("path of the kubeconfig; default: $KUBECONFIG, then ~/.kube/config"),
  ...clusterFacts,
});

/** Where the platform runs. */
export const clusterConfig = z.discriminatedUnion("kind", [existingCluster]);

const region = text("a region, such as eu-central-1", /^[a-z0-9]+(?:-[a-z0-9]+)*$/, 64);

const backend = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("local"),
    path: oneLine("a folder's path").optional().describe("folder of the state; default: ~/.pulumi"),
  }),
  z.strictObject({
    kind: z.literal("s3"),
    bucket: text(
      "a bucket's name: 3 to 63 lower-case letters, digits, hyphens and dots",
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    ),
    region,
    prefix: text("a path in the bucket, such as filiera/prod", /^[\w.-]+(?:\/[\w.-]+)*$/)
      .optional()
      .describe("path in the bucket; default: its root"),
    endpoint: text("a URL, such as https://s3.example.com", /^https?:\/\/[a-z0-9.-]+(?::\d{1,5})?\/?$/)
      .optional()
      .describe("URL of another S3 than Amazon's"),
  }),
  z.strictObject({
    kind: z.literal("pulumi-cloud"),
    organization: text("an organization's name", /^[A-Za-z0-9_-]+$/, 100),
  }),
]);

const secretsProvider = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("passphrase") }),
  z.strictObject({
    kind: z.literal("awskms"),
    key: text("a KMS key: its id, alias/name or ARN", /^[\w:/-]+$/, 300),
    region,
  }),
  z.strictObject({ kind: z.literal("pulumi-cloud") }),
  z.strictObject({
    kind: z.literal("hashivault"),
    key: objectName.describe("name of the key in Vault's transit engine"),
  }),
]);

/** Where Pulumi keeps its state, and with what it encrypts the secrets in it. */
export const stateConfig = z.strictObject({
  backend: backend.describe("where the state is kept"),
  secrets: secretsProvider.describe("what encrypts the secrets in the state and in this file"),
});

/** What `filiera run` does on this machine once the platform is up. */
export const runConfig = z.strictObject({
  pipeline: text("a pipeline's name: lower-case letters, digits and dashes", /^[a-z0-9][a-z0-9-]{0,127}$/)
    .optional()
    .describe("pipeline of the project that is run on the platform; default: none"),
});

/** The concerns of an environment: each is a key `filiera:<concern>` of its file. */
export const concerns = {
  profile: profileConfig.describe("how much of everything there is; sets the defaults"),
  cluster: clusterConfig.describe("where the platform runs"),
  state: stateConfig.describe("where Pulumi keeps its state, and how it encrypts secrets"),
  ...platformConcerns,
  run: runConfig.prefault({}).describe("what filiera run does on this machine once the platform is up"),
};
export const environmentConfig = z.strictObject(concerns);

export type Profile = z.output<typeof profileConfig>;
export type Concern = keyof typeof concerns;

/** One environment, checked, with every default filled in. */
export type Environment = DeepReadonly<z.output<typeof environmentConfig>>;

export type ClusterConfig = Environment["cluster"];
export type StateConfig = Environment["state"];

export const NAMESPACE = "filiera:";
