import { at, textAt } from "./json.ts";

/** One thing that is wrong, and where. */
export interface Problem {
  /** Path of the construct (`mlflow/server`) or of the setting (`filiera:mlflow.replicas`). */
  readonly path: string;
  /** What was found, what is allowed and how to mend it: lower case, no full stop. */
  readonly message: string;
}

/**
 * The one error that users are meant to see: what they wrote cannot be built.
 * It carries every problem that was found, not just the first, and is printed without a stack.
 */
export class FilieraError extends Error {
  readonly problems: readonly Problem[];
  /** Makes it one of Pulumi's own `RunError`s, by shape, of which `pulumi up` prints the message alone. */
  readonly __pulumiRunError = true;

  /** @param options - its cause, where one was thrown by what a user wrote */
  constructor(problems: readonly Problem[], options?: ErrorOptions) {
    super(problems.map(({ path, message }) => `[${path}] ${message}`).join("\n"), options);
    this.name = "FilieraError";
    this.problems = problems;
  }

  /** An error with a single problem. */
  static at(path: string, message: string): FilieraError {
    return new FilieraError([{ path, message }]);
  }
}

/** Whether the error is meant for users; by name, so that two copies of the package agree. */
export function isFilieraError(error: unknown): error is FilieraError {
  return error instanceof Error && error.name === "FilieraError" && "problems" in error;
}

/** Throws all of the problems together, if there are any. */
export function throwProblems(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new FilieraError(problems);
}

/** What went wrong, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The first line of a text that says anything. */
export function firstLine(text: string): string {
  return text.split("\n").find((line) => line.trim() !== "") ?? "";
}

/** The code of what the system refused, such as `ENOENT`: of the innermost cause that has one. */
export function codeOf(error: unknown): string | undefined {
  let found: string | undefined;
  for (let each = error; each !== undefined && each !== null; each = at(each, "cause")) {
    const errors = at(each, "errors");
    found = textAt(each, "code") ?? (Array.isArray(errors) ? textAt(errors[0], "code") : undefined) ?? found;
  }
  return found;
}
