import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, LineCounter, parseDocument, visit, type YAMLError } from "yaml";
import { codeOf, FilieraError, isFilieraError, type Problem, throwProblems } from "../../constructs/kernel/errors.ts";
import { isMapping, kindOf, show } from "./data.ts";
import { didYouMean } from "./suggest.ts";

/** What a stack's file may hold at the top: `config` is ours, the rest Pulumi's. */
export const FILE_KEYS = ["config", "secretsprovider", "encryptionsalt", "encryptedkey", "environment"] as const;
const FILE = /^Pulumi\.([A-Za-z0-9][A-Za-z0-9._-]*)\.yaml$/;
const MAX_BYTES = 1_048_576;

/** The environments that have a file in the folder, in order. */
export function environmentNames(dir: string): readonly string[] {
  try {
    return readdirSync(dir)
      .flatMap((name) => FILE.exec(name)?.[1] ?? [])
      .sort();
  } catch {
    return [];
  }
}

/**
 * Refuses what is no name of an environment, such as a path.
 *
 * @throws FilieraError
 */
export function checkEnvironmentName(dir: string, name: string): void {
  if (FILE.test(`Pulumi.${name}.yaml`)) return;
  throw FilieraError.at(
    join(dir, "Pulumi.<env>.yaml"),
    `found the environment ${show(name)}; allowed: a name of letters, digits, dots, hyphens and underscores`,
  );
}

function readText(dir: string, name: string): { path: string; source: string } {
  const path = join(dir, `Pulumi.${name}.yaml`);
  checkEnvironmentName(dir, name);
  try {
    return { path, source: readFileSync(path, "utf8") };
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw FilieraError.at(path, `cannot be read: ${codeOf(error) ?? "unknown reason"}`);
    const names = environmentNames(dir);
    const there =
      names.length > 0 ? `there are: ${names.join(", ")}` : `${dir} has none; run this in the project's folder`;
    throw FilieraError.at(path, `no such environment; ${there}${didYouMean(name, names)}`);
  }
}

/** The parser's complaint without what it quotes, which may be part of a secret. */
function complaint(error: YAMLError, source: string): string {
  if (error.code === "DUPLICATE_KEY") {
    const key = /^["']?([\w:.-]{1,60}?)["']?\s*:(?:\s|$)/.exec(source.slice(error.pos[0], error.pos[0] + 70))?.[1];
    return key ? `duplicate key "${key}"; keep one of them` : "duplicate key; keep one of them";
  }
  if (error.code === "RESOURCE_EXHAUSTION") return "malformed YAML; too many levels";
  if (error.code === "MULTIPLE_DOCS") return "found several documents; allowed: one";
  const first = error.message.split("\n")[0] ?? "";
  const said = first.replace(/:\s.*$/, "").replace(/(["'`]).*?\1/g, "…");
  return `malformed YAML; ${said.charAt(0).toLowerCase()}${said.slice(1)}`;
}

function syntaxProblems(found: readonly YAMLError[], source: string, path: string, lines: LineCounter): Problem[] {
  // how deep the parser comes depends on the stack that is left, and it may complain once more on its way out
  const exhausted = found.find(({ code }) => code === "RESOURCE_EXHAUSTION");
  const problems = (exhausted ? [exhausted] : found).map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { path: `${path}:${line}:${col}`, message: complaint(error, source) };
  });
  // the parser repeats itself for each level that a mistake leaves open
  return [...new Map(problems.map((each) => [`${each.path} ${each.message}`, each])).values()];
}

function aliasProblems(document: Document, path: string, lines: LineCounter): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document)) return;
      const { line, col } = lines.linePos(alias.range?.[0] ?? 0);
      problems.push({
        path: `${path}:${line}:${col}`,
        message: "malformed YAML; an alias without an anchor before it",
      });
    },
  });
  return problems;
}

function topProblem(key: string, path: string): Problem | undefined {
  if (FILE_KEYS.some((known) => known === key)) return undefined;
  const belongs = key.includes(":") ? "; indent it under config" : didYouMean(key, FILE_KEYS);
  return { path, message: `unknown key ${show(key)}${belongs || `; known here: ${FILE_KEYS.join(", ")}`}` };
}

function plain(source: string, path: string): unknown {
  const lines = new LineCounter();
  // merge keys, because Pulumi's own reader of this file knows them
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, merge: true, logLevel: "error" });
  throwProblems(syntaxProblems([...document.errors, ...document.warnings], source, path, lines));
  throwProblems(aliasProblems(document, path, lines));
  return document.toJS();
}

function plainData(source: string, path: string): unknown {
  try {
    return plain(source, path);
  } catch (error) {
    if (isFilieraError(error)) throw error;
    throw FilieraError.at(path, "malformed YAML; too many levels, or too many aliases in one another");
  }
}

/** The `config` of an environment's file, from its text. */
export function configOf(source: string, path: string): Readonly<Record<string, unknown>> {
  if (source.length > MAX_BYTES)
    throw FilieraError.at(path, `found ${source.length} characters; allowed: at most ${MAX_BYTES}`);
  const content = plainData(source, path);
  if (!isMapping(content))
    throw FilieraError.at(
      path,
      `found ${content === null ? "an empty file" : kindOf(content)}; allowed: a mapping with the key config`,
    );
  throwProblems(Object.keys(content).flatMap((key) => topProblem(key, path) ?? []));
  const config = content["config"];
  if (isMapping(config)) return config;
  const found = config === undefined ? "no key config" : `${kindOf(config)} under config`;
  throw FilieraError.at(path, `found ${found}; allowed: a mapping of filiera:<concern> keys under config`);
}

/** Reads an environment's file, `Pulumi.<name>.yaml` in the folder; what it returns goes to `parseEnvironment`. */
export function loadEnvironmentFile(dir: string, name: string): Readonly<Record<string, unknown>> {
  const { path, source } = readText(dir, name);
  return configOf(source, path);
}
