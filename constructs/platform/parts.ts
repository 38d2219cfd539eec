import type { ApiObject } from "cdk8s";
import type { Broker, ObjectStore, SqlDatabase } from "../connections/index.ts";
import type { Text } from "../kernel/late.ts";
import type { Access, BucketProps } from "../object-store/index.ts";

/** What a deployment may want to protect: the objects that hold data, their namespaces among them. */
interface Stateful {
  readonly stateful: readonly ApiObject[];
}

/** An object store of the platform, whatever its kind. */
export interface BucketStore extends Stateful {
  /** URL of its S3 API. */
  readonly url: Text;
  /** Namespaces in which it pulls images of ours. */
  readonly pulls: readonly string[];
  /** Adds a bucket, kept with its objects when it leaves the program. */
  addBucket(name: string, props?: BucketProps): void;
  /** Lets a consumer into a bucket, or into a part of it, and nowhere else. */
  grant(consumer: string, props: BucketGrant): ObjectStore;
}

/** @see BucketStore.grant */
export interface BucketGrant {
  readonly bucket: string;
  /** Where in the bucket, without slashes at its ends. @default - everywhere */
  readonly prefix?: string;
  /** @default "read-write" */
  readonly access?: Access;
  /** ServiceAccounts of the consumer's pods, by which some stores know them. */
  readonly accounts: readonly { readonly namespace: string; readonly name: string }[];
}

/** A PostgreSQL of the platform, whatever its kind. */
export interface DatabaseServer extends Stateful {
  /** The host that takes writes. */
  readonly host: Text;
  /** Adds a database and the role that owns it, both kept when they leave the program. */
  addDatabase(name: string): SqlDatabase;
}

/** A Kafka of the platform, whatever its kind. */
export interface Brokers extends Stateful {
  /** Where clients ask for the brokers at first: `host:port`, several of them apart by commas. */
  readonly bootstrapServers: Text;
  /** Lets a client read topics, in groups of its own, and write others. */
  grant(client: string, topics: { readonly consume: readonly string[]; readonly produce: readonly string[] }): Broker;
}
