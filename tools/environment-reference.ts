import { z } from "zod";
import { concerns, NAMESPACE } from "../stacks/environment/config.ts";
import { expects } from "../stacks/environment/problems.ts";
import { profiles } from "../stacks/environment/profiles.ts";
import { core, isSchema, kinds, leafOf, type Schema, valueAt } from "../stacks/environment/walk.ts";

/** A setting as the reference shows it. */
interface Row {
  readonly path: string;
  readonly allowed: string;
  readonly byDefault: string;
  readonly what: string;
}

/** What a profile has at a setting, by the profile's name. */
type ByProfile = readonly (readonly [profile: string, value: unknown])[];

/** docs/reference/environment.md: every setting of an environment's file, from the schema itself. */
export function environmentReference(): string {
  const sections = Object.entries(concerns).map(([name, schema]) => {
    const byProfile = Object.entries(profiles).map(
      ([profile, defaults]) => [profile, valueAt(defaults, name)] as const,
    );
    const rows = rowsOf(NAMESPACE + name, schema, byProfile).map(
      ({ path, allowed, byDefault, what }) => `| \`${path}\` | ${cell(allowed)} | ${cell(byDefault)} | ${cell(what)} |`,
    );
    return `## \`${NAMESPACE}${name}\`

${sentence(descriptionOf(schema).text)}

| setting | allowed | default | what it is |
| --- | --- | --- | --- |
${rows.join("\n")}
`;
  });
  return `<!-- Generated from the schema of the environment: npm run generate. -->

# Settings of an environment

An environment is a file \`environments/Pulumi.<name>.yaml\`, with these keys under \`config:\`. A default that differs by
\`${NAMESPACE}profile\` is given for each; settings that depend on a \`kind\` say which.

${sections.join("\n")}`;
}

function rowsOf(path: string, schema: Schema, byProfile: ByProfile): Row[] {
  const inner = core(schema);
  if (inner instanceof z.ZodDiscriminatedUnion) return unionRows(path, schema, inner, byProfile);
  const own: Row = {
    path,
    allowed: allowedBy(inner),
    byDefault: defaultOf(schema, byProfile),
    what: descriptionOf(schema).text,
  };
  if (!(inner instanceof z.ZodObject) || leafOf(inner)) return [own];
  const fields = Object.entries(inner.shape).flatMap(([name, field]) =>
    isSchema(field) ? rowsOf(`${path}.${name}`, field, below(byProfile, name)) : [],
  );
  // the concern itself stands above its table
  return path.includes(".") ? [{ ...own, allowed: "a mapping" }, ...fields] : fields;
}

function unionRows(path: string, schema: Schema, union: z.ZodDiscriminatedUnion, byProfile: ByProfile): Row[] {
  const { discriminator } = union.def;
  const options = [...kinds(union)];
  const chosen = given(schema);
  const byKind = below(byProfile, discriminator);
  const kind: Row = {
    path: `${path}.${discriminator}`,
    allowed: expects(z.enum(options.map(([name]) => name))),
    byDefault: chosen ? shown(valueAt(chosen.value, discriminator)) : defaultOf(undefined, byKind),
    what: path.includes(".") ? descriptionOf(schema).text : "which of them",
  };
  const fields = options.flatMap(([name, option]) => {
    const own = byProfile.filter(([, value]) => valueAt(value, discriminator) === name);
    return Object.entries(option.shape).flatMap(([key, field]) => {
      if (key === discriminator || !isSchema(field)) return [];
      const rows = rowsOf(`${path}.${key}`, field, below(own, key));
      return options.length === 1
        ? rows
        : rows.map((row) => ({ ...row, what: row.what ? `${name}: ${row.what}` : name }));
    });
  });
  return [kind, ...fields];
}

function below(byProfile: ByProfile, key: string): ByProfile {
  return byProfile.map(([profile, value]) => [profile, valueAt(value, key)] as const);
}

function allowedBy(inner: Schema): string {
  if (inner instanceof z.ZodArray) return `a list of: ${expects(inner.element)}`;
  if (inner instanceof z.ZodRecord) return `a mapping of names to: ${expects(inner.valueType)}`;
  return expects(inner);
}

function defaultOf(schema: Schema | undefined, byProfile: ByProfile): string {
  const isRequired = !schema || !(schema instanceof z.ZodOptional || given(schema));
  const set = byProfile.filter(([, value]) => value !== undefined && typeof value !== "object");
  const values = new Set(set.map(([, value]) => shown(value)));
  if (values.size === 1 && set.length === Object.keys(profiles).length) return [...values].join();
  if (set.length > 0) {
    const each = set.map(([profile, value]) => `${profile}: ${shown(value)}`).join(", ");
    return isRequired && set.length < Object.keys(profiles).length ? `${each}; otherwise required` : each;
  }
  const chosen = schema && given(schema);
  if (chosen && !isEmpty(chosen.value)) return shown(chosen.value);
  const inWords = schema && descriptionOf(schema).byDefault;
  if (inWords !== undefined) return inWords;
  return isRequired && byProfile.every(([, value]) => value === undefined) ? "required" : "";
}

/** The value that the schema itself fills in. */
function given(schema: Schema): { readonly value: unknown } | undefined {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return { value: schema.def.defaultValue };
  return schema instanceof z.ZodOptional ? given(schema.unwrap()) : undefined;
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}

/** The nearest description, and the default that it tells in words. */
function descriptionOf(schema: Schema): { readonly text: string; readonly byDefault?: string } {
  const [written = "", byDefault] = described(schema)?.split(/(?:; |^)default: /) ?? [];
  return { text: written, ...(byDefault !== undefined && { byDefault }) };
}

function described(schema: Schema): string | undefined {
  if (isSchema(schema) && "description" in schema && typeof schema.description === "string") return schema.description;
  const inner =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
      ? schema.unwrap()
      : undefined;
  return inner && described(inner);
}

/** A value as YAML writes it: a text that reads as a number needs its quotes. */
function shown(value: unknown): string {
  const isPlain = typeof value === "string" && !/^[\d.]+$/.test(value);
  return `\`${isPlain ? value : JSON.stringify(value)}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}

function sentence(text: string): string {
  return text === "" ? "" : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
