import { at, isObject, objectAt, textAt } from "../../constructs/kernel/json.ts";

/** A line of the engine's event log. */
export type EngineEvent = Readonly<Record<string, unknown>>;

/** What the engine was at, and did not finish. */
export interface Unfinished {
  readonly urn: string;
  /** `create`, `update`, `delete`, … */
  readonly operation: string;
  /** Whether it failed; otherwise it was under way when the run ended. */
  readonly failed: boolean;
  /** What was said of it last. */
  readonly said: string;
  /** What was to become of it, as far as the engine tells. */
  readonly resource: Readonly<Record<string, unknown>>;
}

/** Reads an event log; a last line that a killed run did not finish is left out. */
export function readEvents(text: string): EngineEvent[] {
  return text.split("\n").flatMap((line): EngineEvent[] => {
    try {
      const event: unknown = JSON.parse(line);
      return isObject(event) ? [event] : [];
    } catch {
      return [];
    }
  });
}

/** What was begun and neither done nor given up, and what failed, in the order of its beginning. */
export function unfinished(events: readonly EngineEvent[]): Unfinished[] {
  const open = new Map<string, Unfinished>();
  for (const event of lastRun(events)) {
    const begun = metadataOf(event, "resourcePreEvent");
    if (begun && begun.operation !== "same") open.set(begun.urn, { ...begun, failed: false, said: "" });
    const done = metadataOf(event, "resOutputsEvent");
    if (done) open.delete(done.urn);
    const failed = metadataOf(event, "resOpFailedEvent");
    if (failed) open.set(failed.urn, { ...failed, failed: true, said: open.get(failed.urn)?.said ?? "" });
    const { urn, message } = diagnosticOf(event) ?? {};
    const about = urn === undefined ? undefined : open.get(urn);
    if (about && message) open.set(about.urn, { ...about, said: message });
  }
  return [...open.values()];
}

/** What was being created when the run was stopped: whether it came about, the engine does not know. */
export function interrupted(events: readonly EngineEvent[]): Unfinished[] {
  return unfinished(events).filter(
    ({ operation, failed, said }) => operation === "create" && (!failed || /\bcancell?ed\b/.test(said)),
  );
}

/** How many resources were created, updated, replaced, …, `same` among them. */
export function changes(events: readonly EngineEvent[]): Readonly<Record<string, number>> {
  const summary = lastRun(events).find((event) => "summaryEvent" in event);
  return Object.fromEntries(
    Object.entries(objectAt(summary, "summaryEvent", "resourceChanges")).map(([name, count]) => [name, Number(count)]),
  );
}

/** The events of the update itself, without the preview that came before it. */
function lastRun(events: readonly EngineEvent[]): readonly EngineEvent[] {
  const previews = events.flatMap((event, i) => (at(event, "summaryEvent", "isPreview") === true ? [i] : []));
  const after = (previews.at(-1) ?? -1) + 1;
  return after < events.length ? events.slice(after) : events;
}

function metadataOf(event: EngineEvent, kind: string): Pick<Unfinished, "urn" | "operation" | "resource"> | undefined {
  const metadata = at(event, kind, "metadata");
  const urn = textAt(metadata, "urn");
  if (urn === undefined) return undefined;
  return { urn, operation: textAt(metadata, "op") ?? "", resource: objectAt(metadata, "new") };
}

/** What an event says of a resource to people: errors, and what is being waited for. */
function diagnosticOf(event: EngineEvent): { urn: string; message: string } | undefined {
  const diagnostic = at(event, "diagnosticEvent");
  const [urn, message, severity] = ["urn", "message", "severity"].map((key) => textAt(diagnostic, key));
  if (urn === undefined || message === undefined || severity === "debug") return undefined;
  return { urn, message: message.trim() };
}
