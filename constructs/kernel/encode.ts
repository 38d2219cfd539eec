/**
 * How one text is written inside another. Each encoder is exact: what the reader of the outer text decodes is the
 * inner text, character by character; what the outer syntax cannot say is an error.
 */
export type Encoder = "json" | "url" | "ini" | "shell" | "kube" | "base64";

/**
 * - `json`: a quoted JSON string
 * - `url`: one component of a URL, RFC 3986 reserved characters percent-encoded
 * - `ini`: a value for Python's configparser with interpolation: `%` doubled, further lines indented
 * - `shell`: one word of a POSIX shell, single-quoted
 * - `kube`: env value, argument or command of a container, where Kubernetes expands `$(NAME)`: `$` doubled
 * - `base64`: UTF-8 bytes in base64, as in a Secret's `data`
 */
export function encode(encoder: Encoder, text: string): string {
  // JSON escapes it; nothing else can be written in UTF-8
  if (encoder !== "json" && !text.isWellFormed())
    throw new Error(`text for ${encoder} cannot hold half of a surrogate pair: it is not Unicode`);
  return encoders[encoder](text);
}

const encoders: Readonly<Record<Encoder, (text: string) => string>> = {
  json: (text) => JSON.stringify(text),
  url: (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${hex(c)}`),
  ini,
  shell: (text) => {
    if (text.includes("\0")) throw new Error("a shell word cannot hold a NUL character");
    return `'${text.replaceAll("'", `'\\''`)}'`;
  },
  kube: (text) => text.replaceAll("$", "$$$$"),
  base64: (text) => Buffer.from(text, "utf8").toString("base64"),
};

/** What Python strips from the ends of a line, and more. */
const SPACE_AT_END = /^[\s\p{Cc}]|[\s\p{Cc}]$/u;

function ini(text: string): string {
  const lines = text.split("\n");
  const unsayable = text.includes("\r")
    ? "a carriage return"
    : lines.some((line) => SPACE_AT_END.test(line) || (line === "" && lines.length > 1))
      ? "blank lines, or white space or a control character at an end of a line"
      : lines.some((line, i) => i > 0 && /^[#;]/.test(line))
        ? "a further line that begins with # or ;"
        : undefined;
  if (unsayable) throw new Error(`an INI value cannot hold ${unsayable}: encode it first, for example as a URL`);
  return lines.join("\n  ").replaceAll("%", "%%");
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase();
}
