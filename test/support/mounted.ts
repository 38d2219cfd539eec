import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";

/** A name space of mounts; where this is not root, one of users too, in which it is. */
const APART = process.getuid?.() === 0 ? ["-m"] : ["-rm"];

/** Whether a file system may be mounted in a name space of its own, which is how a test has a disk that is full. */
export const mayMount = (() => {
  try {
    execFileSync("unshare", [...APART, "mount", "-t", "tmpfs", "tmpfs", tmpdir()], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

/** The command for which a folder is a file system of its own, as `mount` takes it: `ro`, `size=4m`; nobody else sees it. */
export function mounted(folder: string, options: string, command: readonly string[]): [string, ...string[]] {
  const script = `mount -t tmpfs -o "$1" tmpfs "$0" && shift && exec "$@"`;
  return ["unshare", ...APART, "sh", "-c", script, folder, options, ...command];
}
