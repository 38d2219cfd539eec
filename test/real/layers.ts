import { existsSync } from "node:fs";
import { join } from "node:path";
import { promtool, reporter } from "./alerts/tools.ts";
import { barman } from "./backup/tools.ts";
import { program as certManager } from "./certificates/program.ts";
import { kubernetes, kwok } from "./control-plane/programs.ts";
import { engine } from "./engine/programs.ts";
import { kafka, minio, mlflow, postgres } from "./local/programs.ts";
import { browser } from "./page/browser.ts";
import { iris, keras, library, pytorch, steps } from "./pipeline-run/tools.ts";
import { kfp } from "./pipelines/kfp.ts";
import { backup, lookers, minioSetup, recurringRuns } from "./python/tools.ts";
import { kfpServer, mariadb } from "./recurring/programs.ts";
import type { Found, Tool } from "./tools/tool.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** What became of each tool before the tests began. */
    tools: Readonly<Record<string, Found>>;
  }
}

/** What tests need that run against the real thing. */
export interface RealLayer {
  readonly name: string;
  readonly tools: readonly Tool[];
  /** Whether the definitions of the components' kinds are needed. @default false */
  readonly crds?: boolean;
}

/** The components' definitions: $FILIERA_CRDS, or else what lies beside a checkout in development. */
export const CRDS = process.env["FILIERA_CRDS"] ?? join(import.meta.dirname, "../../../shared/crds");

/** Every layer of `npm run test:real`. A new one is added here; its tools are then made before any test. */
export const layers = {
  controlPlane: { name: "a real control plane", tools: [kubernetes, kwok] },
  environments: {
    name: "every object of every environment on a real API server",
    tools: [kubernetes, kwok],
    crds: true,
  },
  certificates: {
    name: "certificates as cert-manager issues them",
    tools: [kubernetes, kwok, certManager],
    crds: true,
  },
  local: { name: "the platform as processes of this machine", tools: [postgres, minio, mlflow, backup, library] },
  stores: { name: "an object store and databases of this machine", tools: [postgres, minio, minioSetup] },
  kafka: { name: "a Kafka of this machine", tools: [kafka, library] },
  ingestion: { name: "records from a Kafka into an object store", tools: [kafka, minio, minioSetup, library] },
  kafkaMetrics: { name: "a Kafka's metrics", tools: [kafka, reporter] },
  alerts: { name: "alerts as Prometheus takes them", tools: [promtool] },
  backup: { name: "PostgreSQL's backups", tools: [postgres, minio, minioSetup, barman] },
  managedPostgres: { name: "databases of a PostgreSQL that a cloud runs", tools: [postgres] },
  engine: { name: "a real Pulumi engine", tools: [kubernetes, kwok, engine], crds: true },
  kfp: { name: "Kubeflow's own SDK", tools: [kfp] },
  steps: { name: "pipelines run by kfp.local", tools: [steps] },
  releases: { name: "releases of pipelines on a real API server", tools: [kubernetes, kwok], crds: true },
  newPipelines: { name: "new pipelines, run", tools: [steps, lookers] },
  python: { name: "our Python", tools: [lookers, steps, iris, backup, minioSetup, mlflow, recurringRuns, library] },
  recurring: {
    name: "recurring runs in a real Kubeflow Pipelines",
    tools: [kubernetes, kwok, kfpServer, mariadb, recurringRuns],
    crds: true,
  },
  iris: { name: "the example iris, run", tools: [iris] },
  library: { name: "the step library, and the example fraud", tools: [library] },
  requests: { name: "serving requests in an object store", tools: [minio, minioSetup, library] },
  keras: { name: "networks of Keras, and the example maintenance", tools: [keras, lookers] },
  pytorch: { name: "networks of PyTorch, and the example imaging", tools: [pytorch, lookers] },
  page: { name: "the page in a browser", tools: [browser] },
} as const satisfies Readonly<Record<string, RealLayer>>;

/** Why a layer cannot run here; undefined where it can. */
export function missing({ tools, crds }: RealLayer, found: Readonly<Record<string, Found>>): string | undefined {
  for (const { name } of tools) {
    const tool = found[name];
    if (!tool) return `${name} was not prepared`;
    if ("missing" in tool) return tool.missing;
  }
  return crds && !existsSync(CRDS)
    ? "there is no shared/crds beside the project, and FILIERA_CRDS names no folder"
    : undefined;
}
