import { describe, expect, it } from "vitest";
import { complaints, parse, type Raw, smallest } from "./support.ts";

const cyclic: Raw = { replicas: 1 };
cyclic["workers"] = cyclic;
const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });
let bomb: unknown = [1];
for (let doubling = 0; doubling < 30; doubling++) bomb = [bomb, bomb];

/** What is changed in the smallest configuration of a profile, and what the user then reads, word for word. */
const table: readonly { title: string; profile: string; change: Raw; says: readonly string[] }[] = [
  {
    title: "a namespace that no label could name",
    profile: "laptop",
    change: { "filiera:monitoring": { namespace: "a.b" } },
    says: [
      'filiera:monitoring.namespace: found "a.b"; allowed: a namespace\'s name: at most 63 lower-case letters, digits and hyphens',
    ],
  },
  {
    title: "labels that the API server would refuse",
    profile: "laptop",
    change: { "filiera:monitoring": { labels: { "a/b/c": "x", release: "-" } } },
    says: [
      'filiera:monitoring.labels.release: found "-"; allowed: a label\'s value: at most 63 letters, digits, dots, hyphens and underscores, a letter or digit at both ends',
      'filiera:monitoring.labels["a/b/c"]: found the key "a/b/c"; allowed: a label\'s name, such as release or example.com/team',
    ],
  },
  {
    title: "a size that is no whole number of bytes",
    profile: "laptop",
    change: { "filiera:objectStore": { kind: "minio", storage: "0.1Gi" } },
    says: [
      'filiera:objectStore.storage: found "0.1Gi", which is 107374182.4 bytes; allowed: whole bytes, such as 102Mi',
    ],
  },
  {
    title: "backups that could not be taken",
    profile: "small",
    change: {
      "filiera:postgres": {
        backup: {
          kind: "barman-cloud",
          retentionDays: 0,
          schedule: "every night",
          bucket: "mlflow",
          compression: "zip",
        },
      },
    },
    says: [
      'filiera:postgres.backup.compression: found "zip"; allowed: "none", "lz4", "snappy", "gzip" or "bzip2"; did you mean "gzip"?',
      "filiera:postgres.backup.retentionDays: found 0; allowed: a whole number from 1 to 3650",
      'filiera:postgres.backup.schedule: found "every night": give it the six fields of cron, second, minute, hour, day of the month, month, day of the week, such as "0 30 2 * * *", or a time of day such as "02:30"',
    ],
  },
  {
    title: "backups without the plugin, or among other objects",
    profile: "small",
    change: {
      "filiera:postgres": { backup: { kind: "barman-cloud", bucket: "mlflow" } },
      "filiera:operators": { barmanCloud: "none" },
    },
    says: [
      'filiera:operators.barmanCloud: found "none", and filiera:postgres.backup.kind is "barman-cloud"; allowed: "install" or "existing", or the kind "none" there',
      'filiera:postgres.backup.bucket: found "mlflow", which is filiera:mlflow.bucket; allowed: a bucket for nothing else',
    ],
  },
  {
    title: "clusters that cannot be recovered",
    profile: "small",
    change: {
      "filiera:postgres": {
        recoveries: {
          postgres: { to: "2026-01-01T00:00:00Z" },
          a: { from: "b", to: "2026-01-01T00:00:00Z" },
          b: { from: "a", to: "2026-01-01T00:00:00Z" },
          c: { from: "d", to: "2226-01-01T00:00:00Z" },
        },
        serving: "e",
        retired: ["f"],
      },
    },
    says: [
      "filiera:postgres.recoveries: found clusters to recover, and filiera:postgres.backup.kind is none; allowed: barman-cloud, with the bucket that has the backups",
      'filiera:postgres.recoveries.a.from: found "b"; allowed: a cluster that was there before a',
      'filiera:postgres.recoveries.b.from: found "a"; allowed: a cluster that was there before b',
      'filiera:postgres.recoveries.c.from: found "d"; allowed: one of the clusters postgres, a, b, c',
      'filiera:postgres.recoveries.c.to: found "2226-01-01T00:00:00Z"; allowed: a time that has passed',
      'filiera:postgres.recoveries.postgres: found "postgres"; allowed: another name, as postgres is the cluster that was first',
      'filiera:postgres.recoveries.postgres.from: found "postgres"; allowed: a cluster that was there before postgres',
      'filiera:postgres.retired: found "f"; allowed: one of postgres, a, b, c',
      'filiera:postgres.serving: found "e"; allowed: one of postgres, a, b, c',
    ],
  },
  {
    title: "a recovery to a time that is none",
    profile: "production",
    change: {
      "filiera:postgres": {
        recoveries: { "Postgres 2": { to: "2026-01-01T00:00:00Z" }, b: { to: "2026-02-30T00:00:00Z" } },
      },
    },
    says: [
      'filiera:postgres.recoveries.b.to: found "2026-02-30T00:00:00Z"; allowed: a time with its zone, such as "2026-11-27T10:00:00Z"',
      'filiera:postgres.recoveries["Postgres 2"]: found the key "Postgres 2"; allowed: a cluster\'s name: at most 30 lower-case letters, digits and hyphens, such as postgres-2',
    ],
  },
  {
    title: "a cluster that is taken away while it serves",
    profile: "production",
    change: { "filiera:postgres": { retired: ["postgres"] } },
    says: ['filiera:postgres.retired: found "postgres", which is serving; allowed: clusters that nobody uses'],
  },
  {
    title: "topics that its brokers cannot carry, or that contradict themselves",
    profile: "small",
    change: {
      "filiera:kafka": {
        topics: {
          payments: { partitions: 3, replicas: 3 },
          refunds: { partitions: 3, minInSyncReplicas: 2 },
          clicks: { partitions: 3, retention: "12h", segment: "2d" },
          profiles: { partitions: 3, retention: "7d", cleanup: "compact" },
          click_s: { partitions: 1 },
          "Click.s": { partitions: 1 },
        },
        clients: { scorer: { namespace: "scoring", consume: ["payment"] } },
      },
    },
    says: [
      'filiera:kafka.clients.scorer.consume: found "payment"; allowed: topics of filiera:kafka.topics: payments, refunds, clicks, profiles, click_s, Click.s',
      "filiera:kafka.topics.clicks.retention: found 12 hours; allowed: segment, 2 days, or more, as records stay until their file is closed",
      "filiera:kafka.topics.payments.replicas: found 3; allowed: the number of brokers, 1, or fewer, as each copy is on a broker of its own",
      'filiera:kafka.topics.profiles.retention: found a retention with cleanup "compact", which keeps the last record of each key for ever; leave it out, or write cleanup "compact-and-delete"',
      "filiera:kafka.topics.refunds.minInSyncReplicas: found 2; allowed: replicas, 1, or fewer, as nobody could write otherwise",
      'filiera:kafka.topics["Click.s"]: found beside "click_s"; allowed: a name that differs in more than capitals, dots, hyphens and underscores',
    ],
  },
  {
    title: "names that Kafka would refuse, and settings that Strimzi would drop",
    profile: "laptop",
    change: {
      "filiera:kafka": {
        topics: { __consumer_offsets: { partitions: 1 }, "a b": { partitions: 1 } },
        settings: {
          "ssl.keystore.location": "/x",
          "auto.create.topics.enable": "true",
          "log.segment.bytes": "1048576",
        },
      },
    },
    says: [
      'filiera:kafka.settings["auto.create.topics.enable"]: the platform sets it to the safest there is; leave it out',
      'filiera:kafka.settings["ssl.keystore.location"]: Strimzi sets it itself; leave it out',
      'filiera:kafka.topics.__consumer_offsets: found the key "__consumer_offsets"; allowed: a topic\'s name: at most 200 letters, digits, dots, underscores and hyphens, a letter or digit at both ends',
      'filiera:kafka.topics["a b"]: found the key "a b"; allowed: a topic\'s name: at most 200 letters, digits, dots, underscores and hyphens, a letter or digit at both ends',
    ],
  },
  {
    title: "brokers that could not vote, and too few of them",
    profile: "production",
    change: { "filiera:kafka": { brokers: { replicas: 2 }, controllers: { replicas: 2 } } },
    says: ["filiera:kafka.controllers.replicas: found 2; allowed: an odd number, as one more outlives no more losses"],
  },
  {
    title: "too few brokers and controllers for production",
    profile: "production",
    change: { "filiera:kafka": { brokers: { replicas: 2 }, controllers: { replicas: 1 } } },
    says: [
      "filiera:kafka.brokers.replicas: found 2; allowed: 3 or more in production, so that each record is on three",
      "filiera:kafka.controllers.replicas: found 1; allowed: 3 or more in production, so that one can fail while another is replaced",
    ],
  },
  {
    title: "a topic without partitions, and times without a unit of ours",
    profile: "laptop",
    change: {
      "filiera:kafka": {
        topics: { clicks: { partitions: 0 }, payments: { partitions: 1, retention: 7, segment: "1w" } },
      },
    },
    says: [
      "filiera:kafka.topics.clicks.partitions: found 0; allowed: a whole number from 1 to 10000",
      "filiera:kafka.topics.payments.retention: found 7; allowed: a time with its unit, such as 30m, 12h or 7d, or forever",
      'filiera:kafka.topics.payments.segment: found "1w"; allowed: a time with its unit, such as 30m, 12h or 7d',
    ],
  },
  {
    title: "ingestions of topics that are not there, and of people without a word of what becomes of them",
    profile: "laptop",
    change: {
      "filiera:kafka": {
        topics: { payments: { partitions: 2, retention: "1m" }, dead: { partitions: 1 } },
        clients: { "ingestion-payments": { namespace: "scoring" } },
      },
      "filiera:ingestions": {
        clicks: { topic: "click", deadLetters: "letters", fields: { at: { type: "time", treatment: "drop" } } },
        payments: {
          topic: "payments",
          deadLetters: "payments",
          fields: {
            holder: { type: "text", personal: true },
            card: { type: "text", treatment: "pseudonymise" },
          },
          subject: "owner",
          bucket: "mlflow",
          replicas: 3,
        },
      },
    },
    says: [
      'filiera:ingestions.clicks.deadLetters: found "letters"; allowed: topics of filiera:kafka.topics: payments, dead',
      "filiera:ingestions.clicks.fields: found that every field is dropped; allowed: one at least that is not",
      'filiera:ingestions.clicks.topic: found "click"; allowed: topics of filiera:kafka.topics: payments, dead',
      'filiera:ingestions.payments.bucket: found "mlflow", which is filiera:mlflow.bucket; allowed: a bucket for ingestions alone',
      'filiera:ingestions.payments.deadLetters: found "payments", which is the topic itself; allowed: another topic, as its records would come round again',
      'filiera:ingestions.payments.fields.holder.treatment: missing, and the field is personal; allowed: "drop", "pseudonymise", generalise with "month", "year", "decade", a width or characters, or "keep" where it may be known',
      "filiera:ingestions.payments.keys: missing, and card is pseudonymised; allowed: a PersistentVolumeClaim with the key store",
      "filiera:ingestions.payments.replicas: found 3; allowed: 1 where fields are pseudonymised, as the key store is one file that one worker locks",
      "filiera:ingestions.payments.replicas: found 3; allowed: the partitions of payments, 2, or fewer, as a partition has one worker",
      'filiera:ingestions.payments.subject: found "owner", which is no field; allowed: holder, card',
      "filiera:kafka.clients.ingestion-payments: found the client that filiera:ingestions.payments is; allowed: another name",
      'filiera:kafka.topics.payments.retention: found "1m", and filiera:ingestions.payments.batch waits 60 seconds; allowed: more, as records would be gone before they are written',
    ],
  },
  {
    title: "an ingestion without a Kafka",
    profile: "laptop",
    change: {
      "filiera:ingestions": { clicks: { topic: "a", deadLetters: "b", fields: { at: { type: "time" } } } },
    },
    says: ["filiera:kafka: missing, and filiera:ingestions reads its topics; allowed: a mapping with its topics"],
  },
  {
    title: "an ingestion whose settings are none",
    profile: "laptop",
    change: {
      "filiera:ingestions": {
        Clicks: { topic: "a", deadLetters: "b", fields: { at: { type: "time" } } },
        clicks: {
          topic: "a",
          deadLetters: "b",
          fields: { _at: { type: "time" }, n: { type: "float", treatment: { generalise: "week" } } },
          format: "csv",
          batch: { seconds: 300 },
        },
      },
    },
    says: [
      'filiera:ingestions.Clicks: found the key "Clicks"; allowed: an ingestion\'s name: 1 to 30 lower-case letters, digits and hyphens, a letter first and no hyphen last',
      "filiera:ingestions.clicks.batch.seconds: found 300; allowed: a whole number from 1 to 299",
      'filiera:ingestions.clicks.fields._at: found the key "_at"; allowed: a field\'s name: at most 100 letters, digits, dots, underscores and hyphens, a letter first',
      'filiera:ingestions.clicks.fields.n.treatment: found a mapping; allowed: "keep", "drop", "pseudonymise", or generalise: with "month", "year", "decade", width: or characters:',
      'filiera:ingestions.clicks.fields.n.type: found "float"; allowed: "text", "number", "integer", "boolean" or "time"',
      'filiera:ingestions.clicks.format: found "csv"; allowed: "parquet" or "json-lines"',
    ],
  },
  {
    title: "an ingestion whose batches do not fit into its memory",
    profile: "laptop",
    change: {
      "filiera:kafka": { topics: { a: { partitions: 1 }, b: { partitions: 1 } } },
      "filiera:ingestions": {
        clicks: {
          topic: "a",
          deadLetters: "b",
          fields: { at: { type: "time" } },
          batch: { size: "64Mi" },
          resources: { requests: { cpu: 1, memory: "512Mi" } },
        },
      },
    },
    says: [
      'filiera:ingestions.clicks.resources.limits.memory: found "512Mi"; allowed: 832Mi or more, for batches of 64Mi; or make batch.size smaller',
    ],
  },
  {
    title: "a misspelt concern",
    profile: "laptop",
    change: { "filiera:postgress": {} },
    says: ['filiera:postgress: unknown key; did you mean "filiera:postgres"?'],
  },
  {
    title: "a concern that is like none",
    profile: "laptop",
    change: { "filiera:quux": {} },
    says: [
      "filiera:quux: unknown key; known here: filiera:profile, filiera:cluster, filiera:state, filiera:aws, filiera:postgres, filiera:objectStore, filiera:kafka, filiera:ingestions, filiera:mlflow, filiera:backup, filiera:domain, filiera:tls, filiera:operators, filiera:monitoring, filiera:images, filiera:run",
    ],
  },
  {
    title: "a key without the namespace",
    profile: "laptop",
    change: { mlflow: {} },
    says: ['mlflow: unknown key; did you mean "filiera:mlflow"?'],
  },
  {
    title: "a misspelt namespace",
    profile: "laptop",
    change: { "filera:mlflow": {} },
    says: ['filera:mlflow: unknown key; did you mean "filiera:mlflow"?'],
  },
  {
    title: "a misspelt key",
    profile: "laptop",
    change: { "filiera:mlflow": { replica: 2 } },
    says: ['filiera:mlflow.replica: unknown key; did you mean "replicas"?'],
  },
  {
    title: "a misspelt key beside a kind",
    profile: "laptop",
    change: { "filiera:postgres": { kind: "cloudnative-pg", instancs: 2 } },
    says: ['filiera:postgres.instancs: unknown key; did you mean "instances"?'],
  },
  {
    title: "a misspelt image",
    profile: "laptop",
    change: { "filiera:images": { registry: "r.io/f", digests: { mlfow: "sha256:00" } } },
    says: ['filiera:images.digests.mlfow: unknown key; did you mean "mlflow"?'],
  },
  {
    title: "a key that is like none",
    profile: "laptop",
    change: { "filiera:tls": { kind: "internal", zzz: 1 } },
    says: ["filiera:tls.zzz: unknown key; known here: kind"],
  },
  {
    title: "an unknown profile",
    profile: "laptop",
    change: { "filiera:profile": "prod" },
    says: ['filiera:profile: found "prod"; allowed: "laptop", "small" or "production"; did you mean "production"?'],
  },
  {
    title: "no profile",
    profile: "laptop",
    change: { "filiera:profile": undefined },
    says: ['filiera:profile: missing; allowed: "laptop", "small" or "production"'],
  },
  {
    title: "an empty profile",
    profile: "laptop",
    change: { "filiera:profile": null },
    says: ['filiera:profile: found nothing (null); allowed: "laptop", "small" or "production"'],
  },
  {
    title: "a misspelt kind",
    profile: "laptop",
    change: { "filiera:cluster": { kind: "exsting", context: "a" } },
    says: ['filiera:cluster.kind: found "exsting"; allowed: "existing"; did you mean "existing"?'],
  },
  {
    title: "a kind that is not built",
    profile: "laptop",
    change: { "filiera:objectStore": { kind: "gcs", bucket: "x" } },
    says: ['filiera:objectStore.kind: found "gcs"; allowed: "minio" or "s3"'],
  },
  {
    title: "no kind",
    profile: "laptop",
    change: { "filiera:tls": { name: "x" } },
    says: ['filiera:tls.kind: missing; allowed: "internal" or "issuer"'],
  },
  {
    title: "no cluster",
    profile: "laptop",
    change: { "filiera:cluster": undefined },
    says: ["filiera:cluster: missing; allowed: a mapping with kind: existing"],
  },
  {
    title: "no context",
    profile: "laptop",
    change: { "filiera:cluster": { kind: "existing" } },
    says: ["filiera:cluster.context: missing; allowed: the name of a context in the kubeconfig"],
  },
  {
    title: "no state, where the profile sets none",
    profile: "small",
    change: { "filiera:state": undefined },
    says: ["filiera:state: missing; allowed: a mapping with the keys backend, secrets"],
  },
  {
    title: "a version without quotes",
    profile: "laptop",
    change: { "filiera:cluster": { kind: "existing", context: "a", kubernetesVersion: 1.35 } },
    says: [
      'filiera:cluster.kubernetesVersion: found 1.35; allowed: "1.34", "1.35" or "1.36"; put it in quotes: "1.35"',
    ],
  },
  {
    title: "a version that is not supported",
    profile: "laptop",
    change: { "filiera:cluster": { kind: "existing", context: "a", kubernetesVersion: "1.40" } },
    says: ['filiera:cluster.kubernetesVersion: found "1.40"; allowed: "1.34", "1.35" or "1.36"'],
  },
  {
    title: "a major version of Postgres that is not supported",
    profile: "laptop",
    change: { "filiera:postgres": { version: 15 } },
    says: ['filiera:postgres.version: found 15; allowed: "16", "17" or "18"'],
  },
  {
    title: "a number in quotes",
    profile: "laptop",
    change: { "filiera:mlflow": { replicas: "3" } },
    says: ['filiera:mlflow.replicas: found "3"; allowed: a whole number from 1 to 50; take the quotes off'],
  },
  {
    title: "digits that are no number as YAML writes one",
    profile: "laptop",
    change: { "filiera:mlflow": { replicas: "007" } },
    says: ['filiera:mlflow.replicas: found "007"; allowed: a whole number from 1 to 50'],
  },
  {
    title: "a number out of range",
    profile: "laptop",
    change: { "filiera:mlflow": { replicas: 0 } },
    says: ["filiera:mlflow.replicas: found 0; allowed: a whole number from 1 to 50"],
  },
  {
    title: "a fraction of a server",
    profile: "laptop",
    change: { "filiera:mlflow": { replicas: 1.5 } },
    says: ["filiera:mlflow.replicas: found 1.5; allowed: a whole number from 1 to 50"],
  },
  {
    title: "not a number",
    profile: "laptop",
    change: { "filiera:mlflow": { replicas: Number.NaN } },
    says: ["filiera:mlflow.replicas: found NaN; allowed: a number that is finite"],
  },
  {
    title: "a unit that Kubernetes lacks",
    profile: "laptop",
    change: { "filiera:postgres": { storage: "20GB" } },
    says: [
      'filiera:postgres.storage: found "20GB"; allowed: a size with its unit, such as 512Mi or 20Gi; did you mean "20Gi"?',
    ],
  },
  {
    title: "a size without a unit",
    profile: "laptop",
    change: { "filiera:postgres": { storage: 20 } },
    says: ["filiera:postgres.storage: found 20; allowed: a size with its unit, such as 512Mi or 20Gi"],
  },
  {
    title: "no number of CPUs",
    profile: "laptop",
    change: { "filiera:mlflow": { resources: { requests: { cpu: "two" } } } },
    says: ['filiera:mlflow.resources.requests.cpu: found "two"; allowed: a number of CPUs, such as 2, 0.5 or 500m'],
  },
  {
    title: "a boolean in quotes",
    profile: "laptop",
    change: { "filiera:objectStore": { versioning: "true" } },
    says: ['filiera:objectStore.versioning: found "true"; allowed: true or false; take the quotes off'],
  },
  {
    title: "a list for a mapping",
    profile: "laptop",
    change: { "filiera:mlflow": [] },
    says: [
      "filiera:mlflow: found a list; allowed: a mapping with the keys replicas, autoscaling, workers, connectionPool, auth, resources, allowedHosts, clients, bucket, credentialGeneration",
    ],
  },
  {
    title: "a text for a mapping, which is not shown",
    profile: "laptop",
    change: { "filiera:images": "hunter2-hunter2" },
    says: ["filiera:images: found a text; allowed: a mapping with the keys registry, digests, pullSecret"],
  },
  {
    title: "an encrypted value where none is due",
    profile: "laptop",
    change: { "filiera:domain": { secure: "v1:abc" } },
    says: ["filiera:domain: found an encrypted value; allowed: a DNS name in lower case, such as ml.example.com"],
  },
  {
    title: "a text for a list",
    profile: "laptop",
    change: { "filiera:mlflow": { allowedHosts: "a.example.com" } },
    says: ["filiera:mlflow.allowedHosts: found a text; allowed: a list"],
  },
  {
    title: "a wrong entry of a list",
    profile: "laptop",
    change: { "filiera:mlflow": { allowedHosts: ["a.example.com", "*"] } },
    says: [
      'filiera:mlflow.allowedHosts[1]: found "*"; allowed: a host as clients send it, such as mlflow.example.com, 10.0.0.7:5000 or *.internal.example.com',
    ],
  },
  {
    title: "a domain in upper case",
    profile: "laptop",
    change: { "filiera:domain": "ML.example.com" },
    says: ['filiera:domain: found "ML.example.com"; allowed: a DNS name in lower case, such as ml.example.com'],
  },
  {
    title: "parameters that are not to be set, all at once",
    profile: "laptop",
    change: { "filiera:postgres": { parameters: { port: "1", max_connections: "9", work_mem: 4, "a b": "c" } } },
    says: [
      "filiera:postgres.parameters.max_connections: has a setting of its own; write filiera:postgres.maxConnections",
      "filiera:postgres.parameters.port: CloudNativePG sets this parameter itself; leave it out",
      'filiera:postgres.parameters.work_mem: found 4; allowed: a parameter\'s value as text, such as 64MB; put it in quotes: "4"',
      'filiera:postgres.parameters["a b"]: not a parameter\'s name; allowed: a name such as work_mem',
    ],
  },
  {
    title: "a limit below the request",
    profile: "laptop",
    change: { "filiera:mlflow": { resources: { requests: { memory: "2Gi" }, limits: { memory: "1Gi" } } } },
    says: ['filiera:mlflow.resources.limits.memory: found "1Gi"; allowed: requests.memory, "2Gi", or more'],
  },
  {
    title: "a tag for a digest",
    profile: "laptop",
    change: { "filiera:images": { registry: "r.io/f", digests: { mlflow: "latest" } } },
    says: ['filiera:images.digests.mlflow: found "latest"; allowed: sha256: and 64 hexadecimal digits'],
  },
  {
    title: "two servers of an object store",
    profile: "laptop",
    change: { "filiera:objectStore": { servers: 2 } },
    says: [
      "filiera:objectStore.servers: found 2; allowed: 1, or 4 and more: with 2 servers the loss of one already stops all writes",
    ],
  },
  {
    title: "drives that no erasure set divides",
    profile: "laptop",
    change: { "filiera:objectStore": { servers: 17 } },
    says: [
      "filiera:objectStore: found 17 servers × 1 drivesPerServer = 17 drives, in no even erasure sets of 2 to 16; allowed: numbers whose product divides evenly into sets of 4 to 16, such as 4 × 1, 4 × 4 or 8 × 2",
    ],
  },
  {
    title: "drives that make weak erasure sets",
    profile: "laptop",
    change: { "filiera:objectStore": { servers: 19, drivesPerServer: 2 } },
    says: [
      "filiera:objectStore: found 19 servers × 2 drivesPerServer = 38 drives, in erasure sets of 2; allowed: numbers whose product divides evenly into sets of 4 to 16, such as 4 × 1, 4 × 4 or 8 × 2",
    ],
  },
  {
    title: "a secret in plain text, which is not shown",
    profile: "laptop",
    change: {
      "filiera:images": {
        registry: "r.io/f",
        pullSecret: { server: "r.io", username: "u", password: "hunter2-hunter2" },
      },
    },
    says: [
      "filiera:images.pullSecret.password: found a secret in plain text; encrypt it with: pulumi config set --secret --path 'filiera:images.pullSecret.password' --stack dev; and change it where it was made, as the file may have been read",
    ],
  },
  {
    title: "a missing secret",
    profile: "laptop",
    change: { "filiera:images": { registry: "r.io/f", pullSecret: { server: "r.io", username: "u" } } },
    says: [
      "filiera:images.pullSecret.password: missing; set it with: pulumi config set --secret --path 'filiera:images.pullSecret.password' --stack dev",
    ],
  },
  {
    title: "a list for a secret",
    profile: "laptop",
    change: {
      "filiera:images": {
        registry: "r.io/f",
        pullSecret: { server: "r.io", username: "u", password: ["hunter2-hunter2"] },
      },
    },
    says: [
      "filiera:images.pullSecret.password: found a list; allowed: an encrypted value; set it with: pulumi config set --secret --path 'filiera:images.pullSecret.password' --stack dev",
    ],
  },
  {
    title: "a pull secret without a registry",
    profile: "laptop",
    change: { "filiera:images": { pullSecret: { server: "r.io", username: "u", password: { secure: "v1:x" } } } },
    says: [
      "filiera:images.registry: missing; allowed: the registry of filiera:images.pullSecret, such as r.io/filiera",
    ],
  },
  {
    title: "a pull secret of another registry",
    profile: "laptop",
    change: {
      "filiera:images": {
        registry: "q.io/f",
        pullSecret: { server: "r.io", username: "u", password: { secure: "v1:x" } },
      },
    },
    says: [
      'filiera:images.pullSecret.server: found "r.io"; allowed: the host of filiera:images.registry, "q.io", as a node picks credentials by host',
    ],
  },
  {
    title: "a digest of our image without a registry",
    profile: "laptop",
    change: { "filiera:images": { digests: { mlflow: `sha256:${"0".repeat(64)}` } } },
    says: [
      "filiera:images.digests.mlflow: found a digest without filiera:images.registry; allowed: both or neither, as no public registry has this image",
    ],
  },
  {
    title: "an autoscaler whose maximum is below its minimum",
    profile: "laptop",
    change: {
      "filiera:mlflow": { replicas: 3, autoscaling: { maxReplicas: 2 } },
      "filiera:postgres": { maxConnections: 1000 },
    },
    says: ["filiera:mlflow.autoscaling.maxReplicas: found 2; allowed: filiera:mlflow.replicas, 3, or more"],
  },
  {
    title: "more connections than the profile's Postgres takes",
    profile: "laptop",
    change: { "filiera:mlflow": { replicas: 4, workers: 4 } },
    says: [
      "filiera:postgres.maxConnections: found 100 (the laptop profile's default); allowed: 620 or more, as MLflow may open (4 + 1 servers while rolling out) × 4 workers × 3 pools × (5 + 5) connections = 600, and 20 are reserved; or lower filiera:mlflow.workers or filiera:mlflow.connectionPool",
    ],
  },
  {
    title: "more connections than the file's Postgres takes",
    profile: "production",
    change: { "filiera:mlflow": { autoscaling: { maxReplicas: 10 } }, "filiera:postgres": { maxConnections: 500 } },
    says: [
      "filiera:postgres.maxConnections: found 500; allowed: 680 or more, as MLflow may open (10 + 1 servers while rolling out) × 2 workers × 3 pools × (5 + 5) connections = 660, and 20 are reserved; or lower filiera:mlflow.workers or filiera:mlflow.connectionPool",
    ],
  },
  {
    title: "a production that is none",
    profile: "production",
    change: {
      "filiera:postgres": { instances: 1 },
      "filiera:mlflow": { replicas: 1 },
      "filiera:objectStore": { servers: 1 },
      "filiera:state": { backend: { kind: "local" }, secrets: { kind: "passphrase" } },
      "filiera:domain": undefined,
      "filiera:images": undefined,
    },
    says: [
      "filiera:domain: missing; allowed: a DNS name, such as ml.example.com; production needs one for its clients and certificates",
      "filiera:images.registry: missing; allowed: a registry's host and folder, such as registry.example.com/filiera; production needs one, as no public registry has filiera's own images",
      "filiera:mlflow.replicas: found 1; allowed: 2 or more in production, so that a node can be drained",
      "filiera:objectStore.servers: found 1; allowed: 4 or more in production, so that no object hangs on one node",
      "filiera:postgres.instances: found 1; allowed: 3 or more in production, so that one can fail while another is replaced",
      'filiera:state.backend.kind: found "local"; allowed: "s3" or "pulumi-cloud" in production, as a state on one machine is lost with it',
      'filiera:state.secrets.kind: found "passphrase"; allowed: "awskms", "pulumi-cloud" or "hashivault" in production, as a passphrase can\'t be taken away from someone who knew it',
    ],
  },
  {
    title: "Pulumi Cloud's secrets in another's state",
    profile: "small",
    change: {
      "filiera:state": {
        backend: { kind: "s3", bucket: "states", region: "eu-central-1" },
        secrets: { kind: "pulumi-cloud" },
      },
    },
    says: [
      'filiera:state.secrets.kind: found "pulumi-cloud" with the backend "s3"; allowed: "passphrase", "awskms" or "hashivault", or the backend "pulumi-cloud"',
    ],
  },
  {
    title: "a key that is every object's prototype",
    profile: "laptop",
    change: { "filiera:mlflow": JSON.parse('{"__proto__":{"replicas":2}}') },
    says: ["filiera:mlflow.__proto__: unknown key; remove it"],
  },
  {
    title: "an alias of what contains it",
    profile: "laptop",
    change: { "filiera:mlflow": cyclic },
    says: ["filiera:mlflow.workers: found an alias of a mapping or list that contains it; write it out"],
  },
  {
    title: "levels without end",
    profile: "laptop",
    change: { "filiera:mlflow": deep(40) },
    says: [
      "filiera:mlflow: found more than 32 levels; allowed: fewer",
      "filiera:mlflow.a: unknown key; known here: replicas, autoscaling, workers, connectionPool, auth, resources, allowedHosts, clients, bucket, credentialGeneration",
    ],
  },
  {
    title: "aliases that stand for a billion values",
    profile: "laptop",
    change: { "filiera:mlflow": { allowedHosts: bomb } },
    says: ["filiera:mlflow: found more than 20000 values; allowed: fewer"],
  },
  {
    title: "a date",
    profile: "laptop",
    change: { "filiera:domain": new Date(0) },
    says: [
      "filiera:domain: found an object that is no plain data; allowed: texts, numbers, true, false, lists and mappings",
    ],
  },
  {
    title: "binary data",
    profile: "laptop",
    change: { "filiera:domain": new Uint8Array(2) },
    says: [
      "filiera:domain: found an object that is no plain data; allowed: texts, numbers, true, false, lists and mappings",
    ],
  },
  {
    title: "a huge text",
    profile: "laptop",
    change: { "filiera:domain": "a".repeat(100000) },
    says: ["filiera:domain: found a text of 100000 characters; allowed: at most 65536"],
  },
  {
    title: "a long text",
    profile: "laptop",
    change: { "filiera:domain": "a".repeat(1000) },
    says: [
      'filiera:domain: found "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…"; allowed: a DNS name in lower case, such as ml.example.com',
    ],
  },
  {
    title: "keys that are no names",
    profile: "laptop",
    change: { "filiera:mlflow": { "a b\n": 1, "": 2 } },
    says: [
      'filiera:mlflow[""]: unknown key; known here: replicas, autoscaling, workers, connectionPool, auth, resources, allowedHosts, clients, bucket, credentialGeneration',
      'filiera:mlflow["a b\\n"]: unknown key; known here: replicas, autoscaling, workers, connectionPool, auth, resources, allowedHosts, clients, bucket, credentialGeneration',
    ],
  },
  {
    title: "keys that every object inherits",
    profile: "laptop",
    change: { "filiera:mlflow": { constructor: 1, toString: 2 } },
    says: [
      "filiera:mlflow.constructor: unknown key; known here: replicas, autoscaling, workers, connectionPool, auth, resources, allowedHosts, clients, bucket, credentialGeneration",
      "filiera:mlflow.toString: unknown key; known here: replicas, autoscaling, workers, connectionPool, auth, resources, allowedHosts, clients, bucket, credentialGeneration",
    ],
  },
  {
    title: "a pipeline whose name none has",
    profile: "laptop",
    change: { "filiera:run": { pipeline: "Card Fraud" } },
    says: [
      'filiera:run.pipeline: found "Card Fraud"; allowed: a pipeline\'s name: lower-case letters, digits and dashes',
    ],
  },
  {
    title: "problems of every sort at once",
    profile: "laptop",
    change: {
      "filiera:profile": "production",
      "filiera:mlflow": { replcas: 1, workers: "2" },
      "filiera:postgres": { instances: 1 },
    },
    says: [
      "filiera:domain: missing; allowed: a DNS name, such as ml.example.com; production needs one for its clients and certificates",
      "filiera:images.registry: missing; allowed: a registry's host and folder, such as registry.example.com/filiera; production needs one, as no public registry has filiera's own images",
      'filiera:mlflow.replcas: unknown key; did you mean "replicas"?',
      'filiera:mlflow.workers: found "2"; allowed: a whole number from 1 to 32; take the quotes off',
      "filiera:postgres.instances: found 1; allowed: 3 or more in production, so that one can fail while another is replaced",
      "filiera:state: missing; allowed: a mapping with the keys backend, secrets",
    ],
  },
];

describe("a configuration that is wrong", () => {
  it.each(table)("tells of $title", ({ profile, change, says }) => {
    expect(complaints(() => parse({ ...smallest(profile), ...change }))).toEqual(says);
  });

  it("words every message alike: lower case, one line, no full stop", () => {
    for (const line of table.flatMap(({ says }) => says)) {
      const message = line.slice(line.indexOf(": ") + 2);
      expect(message).toMatch(/^(?:[a-z]|CloudNativePG|Strimzi|").*[^.\s]$/);
    }
  });

  it("passes by the keys of Pulumi and of other programs", () => {
    const others = { "aws:region": "eu-central-1", "pulumi:disable-default-providers": ["*"], "kubernetes:context": 1 };
    expect(complaints(() => parse({ ...smallest("laptop"), ...others }))).toEqual([]);
  });

  it("tells the same whatever the order of the keys", () => {
    const { change = {} } = table.find(({ title }) => title === "problems of every sort at once") ?? {};
    const raw = { ...smallest("laptop"), ...change };
    const reversed = Object.fromEntries(Object.entries(raw).reverse());
    expect(complaints(() => parse(reversed))).toEqual(complaints(() => parse(raw)));
  });
});
