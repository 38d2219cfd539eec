import { stripVTControlCharacters, styleText } from "node:util";

/** What is written to. */
export interface Screen {
  /** Whether the terminal shows colours. */
  readonly color: boolean;
  /** Width of the terminal; lines are cut there. */
  readonly columns: number;
}

export type Look = "bold" | "dim" | "green" | "yellow" | "red" | "cyan";

/** A piece of a line; a look is put on after the line has been cut. */
export type Span = string | readonly [Look, string];

/** The terminal behind a stream, or as much of one as there is. */
export function screenOf(stream: { hasColors?(): boolean; readonly columns?: number }): Screen {
  // some terminals say that they have no columns at all
  return { color: stream.hasColors?.() ?? false, columns: stream.columns || 100 };
}

/** The same for lines that are not cut: what they end with is what they are printed for. */
export function uncut(screen: Screen): Screen {
  return { ...screen, columns: Number.POSITIVE_INFINITY };
}

/** A text in lines that are no longer than so many columns, words whole. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Cuts a line at the terminal's width, and keeps names from steering the terminal. */
export function printed(line: readonly Span[], { color, columns }: Screen): string {
  let left = columns;
  let whole = "";
  for (const span of line) {
    const [look, raw] = typeof span === "string" ? [undefined, span] : span;
    const text = stripVTControlCharacters(raw).replace(/\p{C}/gu, "�");
    const cut = text.length <= left ? text : `${text.slice(0, Math.max(0, left - 1))}${left > 0 ? "…" : ""}`;
    left -= text.length;
    if (cut !== "") whole += look && color ? styleText(look, cut, { validateStream: false }) : cut;
  }
  return whole.trimEnd();
}
