import type { JsonObject } from "../kernel/json.ts";

/** What a backup is told to hold: the manifest of images/backup, without the hashes that only programs compare. */
export interface BackupSummary {
  /** Begins with the time at which it was begun, in UTC. */
  readonly id: string;
  readonly environment: string;
  readonly databases: readonly {
    readonly name: string;
    /** The moment whose rows it has, or just before: nothing later is in it. */
    readonly at: string;
    /** Version of the server. */
    readonly postgres: string;
    /** Revisions of schemas, by the tables that Alembic keeps them in. */
    readonly revisions: Readonly<Record<string, string>>;
    readonly tables: Readonly<Record<string, { readonly rows: number; readonly sha256: string }>>;
    /** Size of the dump. */
    readonly bytes: number;
  }[];
  readonly buckets: readonly { readonly name: string; readonly objects: number; readonly bytes: number }[];
  /** Between these moments the objects were copied. */
  readonly objectsFrom: string;
  readonly objectsTo: string;
}

/** The backups of an environment, wherever it runs. */
export interface Backups {
  /** Takes one, and says what it holds. */
  save(signal?: AbortSignal): Promise<BackupSummary>;
  /** Those that are whole, the oldest first. */
  list(signal?: AbortSignal): Promise<readonly BackupSummary[]>;
  /**
   * Brings one back; with `replace`, over what is there.
   *
   * @throws FilieraError for a backup that is not whole or was changed, and for an environment that is in use
   */
  restore(id: string, options: { readonly replace: boolean }, signal?: AbortSignal): Promise<BackupSummary>;
}

/** What the programs wrote, taken at its word: they are of this version. */
export function summaryIn(document: JsonObject, field: string): BackupSummary {
  const summary: BackupSummary = JSON.parse(JSON.stringify(document[field]));
  return summary;
}

export function summariesIn(document: JsonObject): readonly BackupSummary[] {
  const summaries: readonly BackupSummary[] = JSON.parse(JSON.stringify(document["backups"] ?? []));
  return summaries;
}
