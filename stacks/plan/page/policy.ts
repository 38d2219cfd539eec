import { createHash } from "node:crypto";

/** What a page may load, as a Content-Security-Policy: these styles and this program, and what its own server says. */
export function contentPolicy(styles: readonly string[], program: string): string {
  const allowed = (source: string) => `'sha256-${createHash("sha256").update(source).digest("base64")}'`;
  return `default-src 'none'; img-src data:; style-src ${styles.map(allowed).join(" ")}; script-src ${allowed(program)}; connect-src 'self'; base-uri 'none'; form-action 'none'`;
}
