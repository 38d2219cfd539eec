/** What stands on this machine for an image: programs, found first on PATH, and what the image sets besides. */
export interface Program {
  /** What was taken, for people: `MLflow 3.17.2 …`, `PostgreSQL 15.8 of /usr/lib/postgresql/15/bin`. */
  readonly says: string;
  readonly path: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What a container that names no command runs, before its arguments. @default - its arguments */
  readonly entry?: readonly string[];
  /** Put before the command, for programs that refuse to run as root. @default - nothing */
  readonly before?: readonly string[];
  /** The signal that stops it, as its image says. @default "SIGTERM" */
  readonly stopSignal?: NodeJS.Signals;
}

/** In place of a program that is not to be had here: its data is a folder, and its containers run nothing. */
export interface FolderInstead {
  readonly says: string;
  readonly folder: true;
}

/** The name of an image, whatever registry it comes from: `registry.example.com/filiera/mlflow:3@sha256:…` is `mlflow`. */
export function imageName(reference: string): string {
  const [path = ""] = reference.split("@");
  return (path.split("/").at(-1) ?? "").replace(/:.*$/, "");
}
