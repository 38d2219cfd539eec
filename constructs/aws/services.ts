import type { StoreAuthentication } from "../connections/index.ts";
import { type Late, late, type Text } from "../kernel/late.ts";
import type { Access, S3BucketProps } from "../object-store/index.ts";

/** A ServiceAccount whose pods AWS knows. */
export type Account = Extract<StoreAuthentication, { readonly kind: "pod-identity" }>["accounts"][number];

/** Lets pods into a bucket of S3. */
export interface S3Grant {
  readonly bucket: string;
  /** @default - everywhere */
  readonly prefix?: string;
  readonly access: Access;
  readonly accounts: readonly Account[];
}

/** What AWS makes for the platform, and says of it. */
export interface AwsServices {
  /** Makes a bucket of exactly that name. */
  bucket(name: string, props: S3BucketProps): void;
  /** Lets pods of ServiceAccounts into a part of a bucket, before they start. */
  letIn(consumer: string, grant: S3Grant): void;
  /** Makes the database server. */
  database(): { readonly host: Text; readonly masterPassword: Late };
}

/**
 * For a back end that makes nothing: what only AWS knows is a hole, but for the address of the database where somebody
 * has written it down.
 */
export function awsHoles(host: string | undefined): AwsServices {
  return {
    bucket: () => undefined,
    letIn: () => undefined,
    database: () => ({ host: host ?? late.named("aws/postgres-host"), masterPassword: late.named("postgres/master") }),
  };
}
