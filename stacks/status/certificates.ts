import { X509Certificate } from "node:crypto";
import { type JsonObject, textAt } from "../../constructs/kernel/json.ts";
import { type Finding, findingsOf } from "../findings/index.ts";

const say = findingsOf("certificates");

/** A certificate that the platform asked for. */
export interface Issued {
  /** `postgres/Certificate postgres-server`. */
  readonly path: string;
  /** The Certificate. */
  readonly certificate: JsonObject;
  /** The Secret that holds it; undefined where there is none, or nobody may read it. */
  readonly secret: JsonObject | undefined;
}

/** A day in milliseconds: a renewal that is due for longer has failed. */
const DAY = 86_400_000;

/** Whether certificates are good, and for how long. What stands in the Secret counts: it is what servers show. */
export function certificates(issued: readonly Issued[], now: Date): readonly Finding[] {
  const dated = issued.flatMap((each) => {
    const ends = endOf(each);
    return ends ? [{ ...each, ends }] : [];
  });
  const found = dated.flatMap((each) => expiry(each, now));
  if (found.length > 0 || dated.length === 0) return found;
  const [next] = [...dated].sort((a, b) => a.ends.getTime() - b.ends.getTime());
  const many = dated.length === 1 ? "1 certificate" : `${dated.length} certificates`;
  return next
    ? [say.fine(next.path, `${many}, of which ${next.path} is the next to end, on ${dateOf(next.ends)}`)]
    : [];
}

function expiry({ path, certificate, ends }: Issued & { readonly ends: Date }, now: Date): Finding[] {
  const fix = "see the events of its CertificateRequest, and of its issuer";
  if (ends <= now) return [say.problem(path, `ended on ${dateOf(ends)}`, fix)];
  const due = dateAt(certificate, "renewalTime");
  if (due === undefined || now.getTime() - due.getTime() < DAY) return [];
  return [say.problem(path, `was to be renewed on ${dateOf(due)}, was not, and ends on ${dateOf(ends)}`, fix)];
}

function endOf({ certificate, secret }: Issued): Date | undefined {
  const encoded = textAt(secret, "data", "tls.crt");
  if (encoded !== undefined)
    try {
      return new Date(new X509Certificate(Buffer.from(encoded, "base64")).validTo);
    } catch {
      // cert-manager's word for it then
    }
  return dateAt(certificate, "notAfter");
}

function dateAt(certificate: JsonObject, field: string): Date | undefined {
  const text = textAt(certificate, "status", field);
  return text === undefined ? undefined : new Date(text);
}

function dateOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
