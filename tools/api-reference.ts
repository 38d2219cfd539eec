import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";
import ts from "typescript";

const root = join(import.meta.dirname, "..");

/** An exported name: what it is for, and how it is declared. */
interface Entry {
  readonly name: string;
  readonly exported: boolean;
  readonly doc: string;
  readonly code: string;
}

/** docs/reference/api/<entry>.md for each of these entries of the package, by the entry. */
export function apiReference(entries: readonly string[]): Map<string, string> {
  mkdirSync(join(root, ".cache"), { recursive: true });
  // inside the project, where the declarations find the packages that they name
  const folder = mkdtempSync(join(root, ".cache/api-"));
  try {
    declare(entries, folder);
    const configs = entries.map((entry) => [entry, configOf(entry, folder)] as const);
    const [first] = configs;
    if (!first) return new Map();
    const additionalEntryPoints = configs.map(([, { mainEntryPointFilePath }]) => mainEntryPointFilePath);
    const compilerState = CompilerState.create(first[1], { additionalEntryPoints });
    const read = configs.map(([entry, config]) => [entry, declarationsOf(rollUp(config, compilerState))] as const);
    const exported = new Set(read.flatMap(([, all]) => all.filter((each) => each.exported).map(({ name }) => name)));
    return new Map(read.map(([entry, all]) => [entry, page(entry, all, exported)]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes the declarations of the entries and of all that they import. */
function declare(entries: readonly string[], outDir: string): void {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} };
  const options = { outDir, emitDeclarationOnly: true };
  const config = ts.getParsedCommandLineOfConfigFile(join(root, "tsconfig.build.json"), options, host);
  if (!config) throw new Error("tsconfig.build.json cannot be read");
  ts.createProgram(
    entries.map((entry) => join(root, entry, "index.ts")),
    config.options,
  ).emit();
}

function configOf(entry: string, folder: string): ExtractorConfig {
  const silent = { default: { logLevel: ExtractorLogLevel.None } };
  return ExtractorConfig.prepare({
    packageJsonFullPath: join(root, "package.json"),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(folder, entry, "index.d.ts"),
      compiler: { tsconfigFilePath: join(root, "tsconfig.json") },
      apiReport: { enabled: false },
      docModel: { enabled: false },
      tsdocMetadata: { enabled: false },
      dtsRollup: { enabled: true, untrimmedFilePath: join(folder, `${entry}.rollup.d.ts`) },
      newlineKind: "lf",
      messages: {
        compilerMessageReporting: silent,
        extractorMessageReporting: silent,
        tsdocMessageReporting: silent,
      },
    },
  });
}

/** All that an entry exports, and what that names, as one text of declarations. */
function rollUp(config: ExtractorConfig, compilerState: CompilerState): string {
  Extractor.invoke(config, {
    localBuild: true,
    compilerState,
    messageCallback: (message) => {
      message.handled = true;
    },
  });
  return readFileSync(config.untrimmedFilePath, "utf8");
}

function declarationsOf(text: string): Entry[] {
  const source = ts.createSourceFile("rollup.d.ts", text, ts.ScriptTarget.Latest, true);
  return source.statements.flatMap((statement): Entry[] => {
    const name = nameOf(statement);
    if (name === undefined) return [];
    const exported = ts.canHaveModifiers(statement) && (ts.getModifiers(statement)?.some(isExport) ?? false);
    return [{ name, exported, doc: docOf(statement), code: codeOf(statement) }];
  });
}

function isExport({ kind }: ts.Modifier): boolean {
  return kind === ts.SyntaxKind.ExportKeyword;
}

function nameOf(statement: ts.Statement): string | undefined {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations[0]?.name.getText();
  const isNamed =
    ts.isClassDeclaration(statement) ||
    ts.isFunctionDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return isNamed ? statement.name?.text : undefined;
}

/** The doc comment: its words, and its examples as code. */
function docOf(statement: ts.Statement): string {
  return ts
    .getJSDocCommentsAndTags(statement)
    .filter(ts.isJSDoc)
    .flatMap((doc) => [
      ts.getTextOfJSDocComment(doc.comment) ?? "",
      ...(doc.tags ?? []).map((tag) => {
        const text = (ts.getTextOfJSDocComment(tag.comment) ?? "").trim();
        if (tag.tagName.text === "example") return `\`\`\`ts\n${text}\n\`\`\``;
        if (!ts.isJSDocSeeTag(tag)) return `*${tag.tagName.text}:* ${text}`;
        const target = tag.getText().replace("@see", "").trim();
        return /^\w+$/.test(target) ? `See \`${target}\`.` : `See ${target}.`;
      }),
    ])
    .filter((part) => part !== "")
    .join("\n\n");
}

/** The declaration without its doc comment, which stands above it, and without what is private. */
function codeOf(statement: ts.Statement): string {
  const text = statement.getSourceFile().text;
  const start = statement.getStart();
  const cuts = ts.isClassDeclaration(statement)
    ? statement.members.filter(isPrivate).map((member) => [member.getFullStart(), member.end] as const)
    : [];
  let code = "";
  let from = start;
  for (const [cut, end] of cuts) {
    code += text.slice(from, cut);
    from = end;
  }
  return (code + text.slice(from, statement.end)).replace(/^(export )?(declare )?/, "");
}

function isPrivate(member: ts.ClassElement): boolean {
  const hidden = ts.canHaveModifiers(member) && ts.getModifiers(member)?.some(isPrivateKeyword);
  return hidden || (member.name !== undefined && ts.isPrivateIdentifier(member.name));
}

function isPrivateKeyword({ kind }: ts.Modifier): boolean {
  return kind === ts.SyntaxKind.PrivateKeyword;
}

function page(entry: string, declarations: readonly Entry[], anywhere: ReadonlySet<string>): string {
  const sorted = declarations.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const hidden = sorted.filter(({ name, exported }) => !exported && !anywhere.has(name));
  const sections = [
    ...Map.groupBy(
      sorted.filter(({ exported }) => exported),
      ({ name }) => name,
    ),
  ].map(
    ([name, overloads]) =>
      `## \`${name}\`\n\n${overloads.flatMap(({ doc, code }) => [...(doc ? [doc] : []), `\`\`\`ts\n${code}\n\`\`\``]).join("\n\n")}\n`,
  );
  if (hidden.length > 0)
    sections.push(`## Named above, and not exported\n\n${hidden.map(({ name }) => `\`${name}\``).join(", ")}\n`);
  return `<!-- Generated from the declarations of the package: npm run generate. -->

# \`filiera/${entry}\`

${sections.join("\n")}`;
}
