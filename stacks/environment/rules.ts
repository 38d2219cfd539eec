import { peakConnections } from "../../constructs/mlflow/config.ts";
import { ownImages } from "../../constructs/platform/config.ts";
import { awsRules } from "./aws-rules.ts";
import { ingestionsProblems } from "./ingestions.ts";
import { production, type Rule, rule, tooFew } from "./rule.ts";

/** Not for application connections: PostgreSQL's 3 for superusers, CloudNativePG's own, the migration and a person. */
const RESERVED_CONNECTIONS = 20;

const productionRules: readonly Rule[] = [
  production(
    "Production runs three Postgres instances, so that one can fail while another is replaced.",
    ["postgres"],
    ({ postgres }) =>
      postgres.kind !== "cloudnative-pg"
        ? undefined
        : tooFew("filiera:postgres.instances", postgres.instances, 3, "one can fail while another is replaced"),
  ),
  production("Production runs two MLflow servers, so that a node can be drained.", ["mlflow"], ({ mlflow }) =>
    tooFew("filiera:mlflow.replicas", mlflow.replicas, 2, "a node can be drained"),
  ),
  production(
    "Production's object store is distributed, so that no object hangs on one node.",
    ["objectStore"],
    ({ objectStore }) =>
      objectStore.kind !== "minio"
        ? undefined
        : tooFew("filiera:objectStore.servers", objectStore.servers, 4, "no object hangs on one node"),
  ),
  production("Production runs three Kafka brokers, so that each record is on three.", ["kafka"], ({ kafka }) =>
    kafka?.kind !== "strimzi"
      ? undefined
      : tooFew("filiera:kafka.brokers.replicas", kafka.brokers.replicas, 3, "each record is on three"),
  ),
  production(
    "Production's Kafka has three controllers, so that one can fail while another is replaced.",
    ["kafka"],
    ({ kafka }) =>
      kafka?.kind !== "strimzi" || !kafka.controllers
        ? undefined
        : tooFew(
            "filiera:kafka.controllers.replicas",
            kafka.controllers.replicas,
            3,
            "one can fail while another is replaced",
          ),
  ),
  production("Production's state is not on one person's machine.", ["state"], ({ state }) =>
    state.backend.kind !== "local"
      ? undefined
      : {
          path: "filiera:state.backend.kind",
          message:
            'found "local"; allowed: "s3" or "pulumi-cloud" in production, as a state on one machine is lost with it',
        },
  ),
  production(
    "Production's secrets are encrypted by a service that logs each use and can take access away.",
    ["state"],
    ({ state }) =>
      state.secrets.kind !== "passphrase"
        ? undefined
        : {
            path: "filiera:state.secrets.kind",
            message:
              'found "passphrase"; allowed: "awskms", "pulumi-cloud" or "hashivault" in production, as a passphrase can\'t be taken away from someone who knew it',
          },
  ),
  production("Production has a domain, as clients and certificates need a name.", ["domain"], ({ domain }) =>
    domain !== undefined
      ? undefined
      : {
          path: "filiera:domain",
          message:
            "missing; allowed: a DNS name, such as ml.example.com; production needs one for its clients and certificates",
        },
  ),
  production(
    "Production has a registry, as nodes come and go and nobody loads images into them.",
    ["images"],
    ({ images }) =>
      images.registry !== undefined
        ? undefined
        : {
            path: "filiera:images.registry",
            message:
              "missing; allowed: a registry's host and folder, such as registry.example.com/filiera; production needs one, as no public registry has filiera's own images",
          },
  ),
];

const generalRules: readonly Rule[] = [
  rule("An autoscaler's maximum is not below its minimum.", ["mlflow"], ({ mlflow: { autoscaling, replicas } }) =>
    !autoscaling || autoscaling.maxReplicas >= replicas
      ? undefined
      : {
          path: "filiera:mlflow.autoscaling.maxReplicas",
          message: `found ${autoscaling.maxReplicas}; allowed: filiera:mlflow.replicas, ${replicas}, or more`,
        },
  ),
  rule(
    "Postgres takes every connection that MLflow may open.",
    ["mlflow", "postgres"],
    ({ mlflow, postgres }, origin) => {
      const { total, sum } = peakConnections(mlflow);
      const needed = total + RESERVED_CONNECTIONS;
      if (needed <= postgres.maxConnections) return undefined;
      const path = "filiera:postgres.maxConnections";
      return {
        path,
        message:
          `found ${postgres.maxConnections}${origin(path)}; allowed: ${needed} or more, as MLflow may open ${sum} = ${total}, ` +
          `and ${RESERVED_CONNECTIONS} are reserved; or lower filiera:mlflow.workers or filiera:mlflow.connectionPool`,
      };
    },
  ),
  rule(
    "Backups need the plugin that makes them.",
    ["postgres", "operators"],
    ({ postgres, operators: { barmanCloud } }, origin) =>
      postgres.kind !== "cloudnative-pg" || postgres.backup.kind === "none" || barmanCloud !== "none"
        ? undefined
        : {
            path: "filiera:operators.barmanCloud",
            message: `found "none", and filiera:postgres.backup.kind is "${postgres.backup.kind}"${origin("filiera:postgres.backup.kind")}; allowed: "install" or "existing", or the kind "none" there`,
          },
  ),
  rule(
    "Backups of the whole platform are of stores that a key opens.",
    ["backup", "objectStore"],
    ({ backup, objectStore }) =>
      !backup || objectStore.kind === "minio"
        ? undefined
        : {
            path: "filiera:backup",
            message: `found backups of an object store of kind "${objectStore.kind}"; allowed: with "minio" alone, as backups sign in by a key`,
          },
  ),
  rule("Backups have a bucket of their own.", ["postgres", "mlflow"], ({ postgres, mlflow: { bucket } }) =>
    postgres.kind !== "cloudnative-pg" || postgres.backup.kind === "none" || postgres.backup.bucket !== bucket
      ? undefined
      : {
          path: "filiera:postgres.backup.bucket",
          message: `found "${bucket}", which is filiera:mlflow.bucket; allowed: a bucket for nothing else`,
        },
  ),
  rule(
    "Ingestions read topics that there are, keep what they promise of people, and have buckets of their own.",
    ["ingestions", "kafka", "mlflow", "postgres"],
    ingestionsProblems,
  ),
  rule("Pulumi Cloud encrypts secrets only for states that it keeps.", ["state"], ({ state }) =>
    state.secrets.kind !== "pulumi-cloud" || state.backend.kind === "pulumi-cloud"
      ? undefined
      : {
          path: "filiera:state.secrets.kind",
          message: `found "pulumi-cloud" with the backend "${state.backend.kind}"; allowed: "passphrase", "awskms" or "hashivault", or the backend "pulumi-cloud"`,
        },
  ),
  rule("A pull secret is for the registry that is pulled from.", ["images"], ({ images: { pullSecret, registry } }) => {
    if (!pullSecret) return undefined;
    if (registry === undefined)
      return {
        path: "filiera:images.registry",
        message: `missing; allowed: the registry of filiera:images.pullSecret, such as ${pullSecret.server}/filiera`,
      };
    const host = registry.split("/")[0];
    return host === pullSecret.server
      ? undefined
      : {
          path: "filiera:images.pullSecret.server",
          message: `found "${pullSecret.server}"; allowed: the host of filiera:images.registry, "${host}", as a node picks credentials by host`,
        };
  }),
  rule(
    "A digest of our own image names its registry, as no public one has it.",
    ["images"],
    ({ images: { digests, registry } }) =>
      registry !== undefined
        ? undefined
        : ownImages
            .filter((name) => digests[name] !== undefined)
            .map((name) => ({
              path: `filiera:images.digests.${name}`,
              message:
                "found a digest without filiera:images.registry; allowed: both or neither, as no public registry has this image",
            })),
  ),
];

/** Every rule between concerns; those within one stand in its schema. */
export const rules: readonly Rule[] = [...productionRules, ...generalRules, ...awsRules];
