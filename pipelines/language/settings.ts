import type { KubernetesSettings } from "./kubernetes.ts";
import type { Ref } from "./refs.ts";
import type { AnyType, IntegerType, StringType } from "./types.ts";

/** Cores, such as `2` or `0.5`, or thousandths of one, such as `"500m"`. */
export type Cpu = number | `${number}m`;
/** Bytes, with a unit. */
export type Memory = `${number}${"K" | "Ki" | "M" | "Mi" | "G" | "Gi" | "T" | "Ti" | "P" | "Pi" | "E" | "Ei"}`;
/** A length of time: seconds, minutes, hours or days. */
export type Time = `${number}${"s" | "m" | "h" | "d"}`;

/** A text known only when the pipeline runs. */
export type TextRef = Ref<StringType> | Ref<AnyType>;

/** How a task is run. */
export interface Settings {
  /**
   * What people see in place of the task's name.
   * @default - the task's name
   */
  readonly displayName?: string;
  /**
   * Whether an earlier result may be taken; a key stands for the inputs that make a result the same.
   * @default true
   */
  readonly cache?: boolean | { readonly key: string };
  /**
   * How often to try again after a failure.
   * @default - not at all
   */
  readonly retry?: Retry;
  /**
   * How long its pod may run.
   * @default - as long as it likes
   */
  readonly timeout?: Time;
  /**
   * Whether it runs where what it comes after failed, too.
   * @default false
   */
  readonly ignoreUpstreamFailure?: boolean;
  /**
   * What its container asks for and may use.
   * @default - what the cluster gives
   */
  readonly resources?: Resources;
  /**
   * Environment variables; those of the step stay.
   * @default - the step's
   */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * The image, in place of the step's.
   * @default - the step's
   */
  readonly image?: string | TextRef;
  /**
   * What only Kubernetes knows: secrets, volumes, nodes, pods.
   * @default - nothing
   */
  readonly kubernetes?: KubernetesSettings;
}

/** How often a task is tried again, and how long to wait before. */
export interface Retry {
  /** How many times, the first not counted. */
  readonly times: number;
  /**
   * The wait before the first.
   * @default "0s"
   */
  readonly wait?: Time;
  /**
   * By how much each wait is longer than the one before.
   * @default 2
   */
  readonly factor?: number;
  /**
   * The longest wait.
   * @default "1h"
   */
  readonly longest?: Time;
}

/** What a container asks for and may use. */
export interface Resources {
  /**
   * The cores that it asks for.
   * @default - what the cluster gives
   */
  readonly cpuRequest?: Cpu | TextRef;
  /**
   * The cores that it may use.
   * @default - what the cluster gives
   */
  readonly cpuLimit?: Cpu | TextRef;
  /**
   * The memory that it asks for.
   * @default - what the cluster gives
   */
  readonly memoryRequest?: Memory | TextRef;
  /**
   * The memory that it may use.
   * @default - what the cluster gives
   */
  readonly memoryLimit?: Memory | TextRef;
  /**
   * Accelerators, such as GPUs.
   * @default - none
   */
  readonly accelerator?: Accelerator;
}

/** Accelerators of one type. */
export interface Accelerator {
  /**
   * What the cluster calls them, such as `nvidia.com/gpu`.
   * @default - any
   */
  readonly type?: string | TextRef;
  /** How many of them. */
  readonly count: number | TextRef | Ref<IntegerType>;
}
