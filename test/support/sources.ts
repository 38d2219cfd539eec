import { globSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";

/** The folder of the project. */
export const ROOT = join(import.meta.dirname, "../..");

/** An import as it stands in a file. */
export interface Import {
  /** Path of the file, from the root of the project. */
  readonly from: string;
  /** Path of the imported file, or what is written: a package's name and path, or `node:…`. */
  readonly to: string;
  readonly isFile: boolean;
  /** `type` leaves nothing behind; `lazy` is loaded when its line runs. */
  readonly when: "type" | "start" | "lazy";
}

const parsed = new Map<string, ts.SourceFile>();
const walked = new Map<string, readonly Import[]>();

/** The source files that match, by their paths from the root of the project. */
export function filesOf(...folders: readonly string[]): string[] {
  return folders.flatMap((folder) => globSync(`${folder}/**/*.{ts,js}`, { cwd: ROOT }).map(slashed)).toSorted();
}

/** The syntax of a file; nothing in it is resolved. */
export function syntaxOf(path: string): ts.SourceFile {
  const known = parsed.get(path);
  if (known) return known;
  const source = ts.createSourceFile(path, readFileSync(join(ROOT, path), "utf8"), ts.ScriptTarget.Latest, true);
  parsed.set(path, source);
  return source;
}

/** All nodes of a file, from the top. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  for (const child of node.getChildren()) yield* nodesOf(child);
}

/** Where in its file a node is, for messages. */
export function placeOf(node: ts.Node): string {
  const source = node.getSourceFile();
  return `${source.fileName}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}

/** What a file imports, exports from elsewhere, or loads later. */
export function importsOf(path: string): readonly Import[] {
  const known = walked.get(path) ?? walk(path);
  walked.set(path, known);
  return known;
}

function walk(path: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, when: Import["when"]): void => {
    if (!specifier || !ts.isStringLiteralLike(specifier)) return;
    const isFile = specifier.text.startsWith(".");
    found.push({
      from: path,
      to: isFile ? posix.join(posix.dirname(path), specifier.text) : specifier.text,
      isFile,
      when,
    });
  };
  const visit = (node: ts.Node): void => {
    // with verbatimModuleSyntax, `import { type A } from "b"` still loads b
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node) ? "type" : "start");
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly ? "type" : "start");
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, "type");
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], "lazy");
    ts.forEachChild(node, visit);
  };
  visit(syntaxOf(path));
  return found;
}

function isTypeOnly({ importClause }: ts.ImportDeclaration): boolean {
  return importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

/** How a file comes to load each of the others, packages among them, before its own first line runs: shortest way first. */
export function loadedBy(entry: string): Map<string, readonly string[]> {
  const ways = new Map<string, readonly string[]>([[entry, [entry]]]);
  const files = [entry];
  for (const path of files)
    for (const { to, isFile, when } of importsOf(path)) {
      if (when !== "start" || ways.has(to)) continue;
      ways.set(to, [...(ways.get(path) ?? []), to]);
      if (isFile) files.push(to);
    }
  return ways;
}

/** The package that a specifier names. */
export function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

function slashed(path: string): string {
  return path.replaceAll("\\", "/");
}
