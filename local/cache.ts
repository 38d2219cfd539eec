import { randomBytes } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FilieraError, isFilieraError, messageOf } from "../constructs/kernel/errors.ts";
import { isSame, type Process, processOf } from "./process/table.ts";

/** What was downloaded or built once for all: outside of every project, and safe to delete. */
export interface CacheEntry {
  /** The folder, under the path that it was made at, which is what programs in it may remember. */
  readonly folder: string;
  /** Whether it was made just now. */
  readonly made: boolean;
}

export interface CacheOptions {
  /** Whether what is there can be used; what cannot is made anew. @default - whatever is there can */
  readonly isSound?: (folder: string) => boolean | Promise<boolean>;
  /** Is told once when another process makes the same, and is waited for. */
  readonly waiting?: () => void;
}

/** Where downloads and builds are kept: `${XDG_CACHE_HOME:-~/.cache}/filiera`. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "filiera");
}

/**
 * The entry `kind/key`, made by `make` if it is not there. It is built in a folder of its own and a link to it is
 * renamed into place, so that nobody sees half of it; processes that want the same wait for the one that makes it.
 *
 * @throws FilieraError where the cache cannot be written or the disk is full
 */
export async function cached(
  kind: string,
  key: string,
  make: (folder: string) => void | Promise<void>,
  options: CacheOptions = {},
): Promise<CacheEntry> {
  const link = join(cacheFolder(), kind, key);
  const found = await soundAt(link, options);
  if (found) return { folder: found, made: false };
  const release = await locked(link, options);
  try {
    // another process may have made it while this one waited
    const meanwhile = await soundAt(link, options);
    if (meanwhile) return { folder: meanwhile, made: false };
    return { folder: await build(link, make), made: true };
  } finally {
    release();
  }
}

/** What stands in the cache under `kind/key`, if anything does. */
export function inCache(kind: string, key: string): string | undefined {
  const link = join(cacheFolder(), kind, key);
  return existsSync(link) ? realpathSync(link) : undefined;
}

/** The folders of all entries whose key begins so, in the order of their keys. */
export function allInCache(kind: string, prefix: string): string[] {
  const folder = join(cacheFolder(), kind);
  const keys = existsSync(folder) ? readdirSync(folder).sort() : [];
  // a folder that is being built has a point in its name, and a lock too
  return keys.filter((key) => key.startsWith(prefix) && !key.includes(".")).flatMap((key) => inCache(kind, key) ?? []);
}

/** Says what is wrong where the system refused to write to the cache; other errors as they are. */
export function cacheError(error: unknown): unknown {
  if (isFilieraError(error)) return error;
  const message = messageOf(error);
  const folder = cacheFolder();
  if (/ENOSPC|No space left on device|EDQUOT/.test(message)) {
    return FilieraError.at(
      folder,
      `the disk is full (${freeMegabytes(folder)} MB are left): make room, or set XDG_CACHE_HOME to a folder on another disk`,
    );
  }
  const refused = /EROFS|EACCES|EPERM|ENOTDIR|EEXIST/.exec(message)?.[0] ?? refusalOf(folder);
  if (!refused) return error;
  return FilieraError.at(
    folder,
    `cannot be written (${refused}), and downloads are kept there: set XDG_CACHE_HOME to a folder that you may write to`,
  );
}

async function soundAt(link: string, { isSound = () => true }: CacheOptions): Promise<string | undefined> {
  if (!existsSync(link)) return undefined;
  const folder = realpathSync(link);
  return (await isSound(folder)) ? folder : undefined;
}

async function build(link: string, make: (folder: string) => void | Promise<void>): Promise<string> {
  const folder = `${link}.${randomBytes(4).toString("hex")}`;
  try {
    mkdirSync(folder, { recursive: true });
    clearDrafts(link, basename(folder));
    await make(folder);
    const before = linked(link);
    const staged = `${folder}.link`;
    symlinkSync(basename(folder), staged);
    renameSync(staged, link);
    // what was there could not be used
    if (before) rmSync(join(dirname(link), before), { recursive: true, force: true });
    return realpathSync(link);
  } catch (error) {
    const reason = cacheError(error);
    rmSync(folder, { recursive: true, force: true });
    throw reason;
  }
}

/** Removes what builds of the same left that were killed: whoever holds the lock builds alone. */
function clearDrafts(link: string, own: string): void {
  const kept = new Set([own, linked(link)]);
  for (const name of readdirSync(dirname(link)))
    if (name.startsWith(`${basename(link)}.`) && !name.endsWith(".lock") && !kept.has(name))
      rmSync(join(dirname(link), name), { recursive: true, force: true });
}

function linked(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

/** Takes turns with other processes; a lock whose process is gone counts for nothing. */
async function locked(link: string, { waiting }: CacheOptions): Promise<() => void> {
  const lock = `${link}.lock`;
  let told = false;
  for (;;) {
    try {
      mkdirSync(dirname(lock), { recursive: true });
      writeFileSync(lock, JSON.stringify(processOf(process.pid)), { flag: "wx" });
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if (!existsSync(lock)) throw cacheError(error);
    }
    const holder = holderOf(lock);
    if (holder === undefined || isSame(holder)) {
      if (!told) waiting?.();
      told = true;
      await sleep(holder === undefined ? 50 : 250);
      // a lock that stays empty was left by somebody who could not write it
      if (holder === undefined && existsSync(lock) && readFileSync(lock, "utf8") === "") rmSync(lock, { force: true });
    } else rmSync(lock, { force: true });
  }
}

function holderOf(lock: string): Process | undefined {
  try {
    const holder: Process = JSON.parse(readFileSync(lock, "utf8"));
    return holder;
  } catch {
    return undefined;
  }
}

/** Why a folder cannot be written; Node says that a folder cannot be found where it may not be made. */
export function refusalOf(folder: string): string | undefined {
  try {
    accessSync(existing(folder), constants.W_OK);
    return undefined;
  } catch (error) {
    return messageOf(error).split(":", 1)[0];
  }
}

/** What is left of the disk that a folder is on, or would be on. */
export function freeMegabytes(folder: string): number {
  const { bavail, bsize } = statfsSync(existing(folder));
  return Math.floor((bavail * bsize) / 1e6);
}

/** The folder, or the nearest around it that is there. */
function existing(folder: string): string {
  return existsSync(folder) ? folder : existing(dirname(folder));
}
