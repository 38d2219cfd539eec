import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { FilieraError, messageOf } from "../../constructs/kernel/errors.ts";
import type { StateConfig } from "../environment/index.ts";
import { HOME, stateFolder } from "./backend.ts";

/** What Pulumi writes into a stack's file, that `up` may go on from. */
const SECRETS_KEYS = ["encryptionsalt", "secretsprovider", "encryptedkey"] as const;

/** Makes the folder of the project for what is of this machine: nobody else's, and ignored by git. */
export function makeHome(project: string, state: StateConfig): string {
  const folder = join(project, HOME);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    if (!existsSync(join(folder, ".gitignore"))) writeFileSync(join(folder, ".gitignore"), "*\n");
    if (state.backend.kind === "local")
      mkdirSync(stateFolder(state.backend, project), { recursive: true, mode: 0o700 });
    return folder;
  } catch (error) {
    throw FilieraError.at(HOME, `cannot be made (${messageOf(error)}): it keeps the state of this project`);
  }
}

/**
 * The file of the passphrase: made once, of 256 random bits. Only for a state on this machine: another machine could
 * not read what this one encrypts.
 */
export function passphraseFile(folder: string): string {
  const file = join(folder, "passphrase");
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" });
  chmodSync(file, 0o600);
  return file;
}

/**
 * A copy of an environment's file, into which Pulumi may write its salt: a first `up` changes no file of the project.
 * What Pulumi wrote into an earlier copy is kept, unless the file itself says it.
 */
export function workingCopy(folder: string, source: string, environment: string): string {
  const file = join(folder, `Pulumi.${environment}.yaml`);
  const document = parseDocument(readFileSync(source, "utf8"));
  const earlier = existsSync(file) ? parseDocument(readFileSync(file, "utf8")) : undefined;
  if (!document.has("encryptionsalt") && !document.has("secretsprovider"))
    for (const key of SECRETS_KEYS) if (earlier?.has(key)) document.set(key, earlier.get(key));
  writeFileSync(file, document.toString(), { mode: 0o600 });
  return file;
}
