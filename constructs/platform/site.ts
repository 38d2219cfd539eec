import type { AwsServices } from "../aws/index.ts";
import type { Generations, Issuer, Peer } from "../connections/index.ts";
import type { Late } from "../kernel/late.ts";
import type { PlatformNamespace } from "../namespace/index.ts";
import type { PlatformConfig } from "./config.ts";
import type { imagesOf } from "./images.ts";

/** What a back end gives the platform that the platform cannot make itself. */
export interface Provisioned {
  /**
   * A secret of the platform by its name, such as `postgres/mlflow`, and its generation: generated once, and kept as long
   * as it is asked for. Letters and digits, at least 32 of them.
   */
  secret(name: string, generation: number): Late;
  /** Password of `filiera:images.pullSecret`. @default - none is configured */
  readonly registryPassword?: Late;
  /** What AWS makes and says. @default - nothing is made, and what only AWS knows is a hole */
  readonly aws?: AwsServices;
  /** `filiera:backup.secretAccessKey`. @default - no store of backups is configured */
  readonly backupKey?: Late;
  /** A folder of this machine that backups go to, whatever is configured. @default - there is none in a cluster */
  readonly backupFolder?: string;
}

/** The secret of a consumer in its generation, and the one before it where that is let in still. */
export function rotated(
  { provisioned }: Pick<Site, "provisioned">,
  name: string,
  {
    credentialGeneration: generation,
    previousCredential,
  }: { readonly credentialGeneration: number; readonly previousCredential: "accepted" | "refused" },
): { readonly secret: Late } & Generations {
  const before = generation > 1 && previousCredential === "accepted";
  return {
    secret: provisioned.secret(name, generation),
    generation,
    ...(before && { previous: provisioned.secret(name, generation - 1) }),
  };
}

/** What each part of the platform is made of. */
export interface Site {
  readonly config: PlatformConfig;
  readonly provisioned: Provisioned;
  readonly aws: AwsServices;
  readonly images: ReturnType<typeof imagesOf>;
  /** The namespace of that name, made at its first mention. */
  namespace(name: string): PlatformNamespace;
  /** Who signs certificates. */
  readonly issuer: Issuer;
  /** Who reads metrics. */
  readonly scrapers: Peer;
}
