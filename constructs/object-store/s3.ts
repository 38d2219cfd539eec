import { domainOf } from "../aws/config.ts";
import type { AwsServices } from "../aws/services.ts";
import type { Endpoint, ObjectStore } from "../connections/index.ts";
import { FilieraError } from "../kernel/errors.ts";
import type { BucketProps } from "./minio.ts";
import { type Access, PREFIX } from "./policy.ts";

/** Where pods of EKS find the key of their role: the agent on their own node. */
const POD_IDENTITY_AGENT: Endpoint = { peer: { kind: "cidr", cidr: "169.254.170.23/32" }, port: 80 };

/** S3's own addresses, of which there are too many to be named. */
const ENDPOINT: Endpoint = { peer: { kind: "cidr", cidr: "0.0.0.0/0" }, port: 443 };

/** @see S3 */
export interface S3Props {
  readonly region: string;
  /** What each bucket's name begins with, as a name is given once in all of AWS. */
  readonly namePrefix: string;
  /** Who makes the buckets. */
  readonly aws: Pick<AwsServices, "bucket" | "letIn">;
}

/** @see S3.addBucket */
export interface S3BucketProps extends BucketProps {
  /**
   * Keeps each object from being deleted or overwritten for some days, once it is written: from everybody but those
   * with a right of their own (`governance`), or from everybody (`compliance`). Needs versioning. @default - not locked
   */
  readonly lock?: { readonly mode: "governance" | "compliance"; readonly days: number };
}

/** @see S3.grant */
export interface S3GrantProps {
  readonly bucket: string;
  /** Where in the bucket, without slashes at its ends. @default - everywhere */
  readonly prefix?: string;
  /** @default "read-write" */
  readonly access?: Access;
  /** Whose pods are let in. */
  readonly accounts: readonly { readonly namespace: string; readonly name: string }[];
}

/** Amazon's S3: buckets, and ServiceAccounts that may use a part of one, without a key that could be lost. */
export class S3 {
  readonly url: string;
  readonly #props: S3Props;
  readonly #buckets = new Set<string>();
  readonly #consumers = new Set<string>();
  readonly #accounts = new Set<string>();

  constructor(props: S3Props) {
    this.#props = props;
    this.url = `https://s3.${props.region}.${domainOf(props.region)}`;
  }

  /** Adds a bucket, kept with its objects when it leaves the program. */
  addBucket(name: string, props: S3BucketProps = {}): void {
    const whole = this.#nameOf(name);
    const wrong = s3NameProblem(whole);
    if (wrong !== undefined) this.#refuse(`cannot have the bucket "${whole}": ${wrong}`);
    if (this.#buckets.has(name)) this.#refuse(`has a bucket "${name}" already: choose another name`);
    this.#buckets.add(name);
    this.#props.aws.bucket(whole, props);
  }

  /** Lets a consumer's pods into a bucket, or into a part of it. */
  grant(consumer: string, { bucket, prefix, access = "read-write", accounts }: S3GrantProps): ObjectStore {
    const { region, aws } = this.#props;
    if (!this.#buckets.has(bucket))
      this.#refuse(`has no bucket "${bucket}": its buckets are ${[...this.#buckets].join(", ") || "none yet"}`);
    if (prefix !== undefined && !PREFIX.test(prefix))
      this.#refuse(
        `cannot grant the prefix "${prefix}": write a path such as teams/vision, without * or ? and without slashes at its ends`,
      );
    if (this.#consumers.has(consumer))
      this.#refuse(`has let "${consumer}" in already: give each consumer a name of its own`);
    for (const { namespace, name } of accounts) {
      const pods = `${namespace}/${name}`;
      if (this.#accounts.has(pods))
        this.#refuse(
          `has given pods of ${pods} a role already: EKS gives a ServiceAccount one alone, so let the consumer run as another`,
        );
      this.#accounts.add(pods);
    }
    this.#consumers.add(consumer);
    const whole = this.#nameOf(bucket);
    const place = { bucket: whole, ...(prefix !== undefined && { prefix }) };
    aws.letIn(consumer, { ...place, access, accounts });
    return {
      url: this.url,
      region,
      ...place,
      authentication: { kind: "pod-identity", accounts, agent: POD_IDENTITY_AGENT },
      authority: { kind: "public" },
      endpoint: ENDPOINT,
    };
  }

  #nameOf(bucket: string): string {
    return `${this.#props.namePrefix}-${bucket}`;
  }

  #refuse(message: string): never {
    throw FilieraError.at("filiera:objectStore", message);
  }
}

/** What S3 refuses in a bucket's name, in words. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function s3NameProblem(name: string): string | undefined {
  if (name.length > 63) return `it has ${name.length} characters, and S3 takes 63 at most`;
  if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name)) return "S3 takes lower-case letters, digits and hyphens";
  const beginning = ["xn--", "sthree-", "amzn-s3-demo-"].find((each) => name.startsWith(each));
  if (beginning !== undefined) return `S3 keeps names that begin with ${beginning} for itself`;
  const end = ["-s3alias", "--ol-s3", "--x-s3", "--table-s3"].find((each) => name.endsWith(each));
  return end === undefined ? undefined : `S3 keeps names that end in ${end} for itself`;
}
