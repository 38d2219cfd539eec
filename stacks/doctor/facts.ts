import type { JsonObject } from "../../constructs/kernel/json.ts";
import type { HelmRelease } from "../cluster/helm.ts";
import type { Answer } from "../findings/index.ts";

/** Objects as the API server gives them. */
export type Objects = Answer<readonly JsonObject[]>;

/** Something that the caller may not do. */
export interface Denied {
  readonly verb: string;
  /** `deployments.apps`. */
  readonly resource: string;
  /** Undefined for the whole cluster. */
  readonly namespace: string | undefined;
}

/** What a cluster tells of itself, as data: all that the checks know of it. */
export interface Facts {
  /** Version of the API server: `1.35.4`. */
  readonly version: string;
  /** What is needed and may not be done. */
  readonly denied: Answer<readonly Denied[]>;
  readonly nodes: Objects;
  /** Pods that run or wait to, with their requests. */
  readonly pods: Objects;
  readonly storageClasses: Objects;
  readonly deployments: Objects;
  readonly daemonSets: Objects;
  /** Metadata of the CustomResourceDefinitions. */
  readonly definitions: Objects;
  /** `group/version/Kind` of what is served, among the groups that the environment uses. */
  readonly served: Answer<ReadonlySet<string>>;
  readonly releases: Answer<readonly HelmRelease[]>;
  /** The registration of the resource metrics API; undefined where there is none. */
  readonly metricsApi: Answer<JsonObject | undefined>;
  /** The issuer of `filiera:tls.name`; undefined where none is named or it is not there. */
  readonly issuer: Answer<JsonObject | undefined>;
  /** PostgreSQL's archives with the time back to which each reaches; none where nothing is recovered. */
  readonly archives: Objects;
  /** Objects that are there already under identities of the environment's own. */
  readonly present: Answer<ReadonlyMap<string, JsonObject>>;
}
