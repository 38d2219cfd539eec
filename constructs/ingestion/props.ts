import type { Duration } from "cdk8s";
import type { Broker, ObjectStore, Peer } from "../connections/index.ts";
import type { Image, Resources, WorkloadTransform } from "../workload/index.ts";

/** What a field of a record is: a text, a number, a whole number, true or false, or a time of ISO 8601 as text. */
export type FieldType = (typeof fieldTypes)[number];
export const fieldTypes = ["text", "number", "integer", "boolean", "time"] as const;

/** What becomes of a field: what stays of dates, of numbers by bins, and of texts by their first characters. */
export type Treatment =
  | "keep"
  | "drop"
  /** HMAC-SHA-256 by a key of the record's subject, without which nothing leads back. */
  | "pseudonymise"
  | { readonly generalise: "month" | "year" | "decade" | { readonly width: number } | { readonly characters: number } };

/** A field of the records. */
export interface FieldProps {
  readonly type: FieldType;
  /** Whether it says something of a person: then `treatment` must be given. @default false */
  readonly personal?: boolean;
  /** @default "keep" */
  readonly treatment?: Treatment;
}

/** When what was read is written: as soon as one of these is reached. */
export interface BatchProps {
  /** Of records as they wait, 200 bytes each and what they hold, of all partitions of one worker together: a quantity. @default "32Mi" */
  readonly size?: string;
  /** Of one partition. @default 100000 */
  readonly records?: number;
  /** Since the first record was read, below 5 minutes. @default Duration.seconds(60) */
  readonly age?: Duration;
}

/** @see Ingestion */
export interface IngestionProps {
  /** Name of the objects that are made. */
  readonly name: string;
  readonly namespace: string;
  /** Our image of the program: images/ingestion. */
  readonly image: Image;
  /** Who may read the topic and write the one of dead letters: `grantConsume` and `grantProduce` of one client. */
  readonly source: Broker;
  readonly topic: string;
  /** The topic's partitions: no more workers than these have work. */
  readonly partitions: number;
  /** The topic that takes records which are not what they should be. */
  readonly deadLetters: string;
  /** Where objects are put, below the topic's name: a part of a bucket for nothing else. */
  readonly store: ObjectStore;
  /** Fields of the records, which are objects of JSON; others make a record a dead letter. A missing one has no value. */
  readonly fields: Readonly<Record<string, FieldProps>>;
  /** The field that says whom a record is about, where some are pseudonymised. @default - none */
  readonly subject?: string;
  /** Name of a PersistentVolumeClaim with the key store, where some fields are pseudonymised. @default - none */
  readonly keys?: string;
  /** @default "parquet" */
  readonly format?: "parquet" | "json-lines";
  /** Whether objects are cut by the day of their records, in UTC. @default false */
  readonly byDate?: boolean;
  /** @default - 32Mi, 100000 records, 60 seconds */
  readonly batch?: BatchProps;
  /** Workers. @default 1 */
  readonly replicas?: number;
  /** @default - 250m, and memory for batches of that size */
  readonly resources?: Resources;
  /** Who scrapes metrics. */
  readonly scrapers: Peer;
  /** Labels of the PodMonitor, by which Prometheus finds it. @default {} */
  readonly monitorLabels?: Readonly<Record<string, string>>;
  /** @default - as they are */
  readonly transform?: Pick<WorkloadTransform, "deployment">;
}
