import type { Problem } from "../../constructs/kernel/errors.ts";
import { at, textAt } from "../../constructs/kernel/json.ts";
import type { Plan } from "../plan/index.ts";
import { nameOf, type StackState } from "./state.ts";

/** What AWS would refuse, or do by making a store anew and empty: from what was deployed to what is asked. */
export function instanceProblems(before: unknown, after: unknown): readonly (string | undefined)[] {
  const number = (instance: unknown, setting: string): number => Number(at(instance, setting));
  const [storage, asked] = [number(before, "allocatedStorage"), number(after, "allocatedStorage")];
  const [version, wanted] = [number(before, "engineVersion"), number(after, "engineVersion")];
  const [name, other] = [textAt(before, "identifier"), textAt(after, "identifier")];
  const off = at(before, "storageEncrypted") === true && at(after, "storageEncrypted") !== true;
  return [
    asked < storage
      ? `has ${storage}Gi of storage, and ${asked}Gi are asked for: RDS takes none away; write ${storage}Gi or more`
      : undefined,
    wanted < version
      ? `runs PostgreSQL ${version}, and ${wanted} is asked for: RDS goes back to no older version; write "${version}", or restore into another one`
      : undefined,
    off
      ? "is encrypted, and is asked not to be: RDS would make it anew, and empty; leave its encryption as it is"
      : undefined,
    name !== other
      ? `is called ${name}, and ${other} is asked for: another name is another, empty database`
      : undefined,
  ];
}

/** How long a bucket locks what is in it can grow, and compliance takes nothing back. */
export function lockProblems(before: unknown, after: unknown): readonly (string | undefined)[] {
  const [had, wants] = [before, after].map((each) => ({
    mode: textAt(each, "rule", "defaultRetention", "mode"),
    days: Number(at(at(at(each, "rule"), "defaultRetention"), "days")),
  }));
  if (had?.mode !== "COMPLIANCE" || !wants) return [];
  return [
    wants.mode !== "COMPLIANCE" || wants.days < had.days
      ? `locks objects for ${had.days} days, from everybody, and less is asked for: what an auditor was promised holds for what comes, too; write mode: compliance and ${had.days} days or more, or another bucket`
      : undefined,
  ];
}

const KEY = "aws:kms/key:Key";
const ENCRYPTED = new Set(["aws:rds/instance:Instance", "aws:s3/bucket:Bucket"]);

/** A key that is exchanged for another: RDS keeps the one that it was made with, and old objects are lost with theirs. */
export function keyProblems({ resources }: Pick<Plan, "resources">, state: StackState): Problem[] {
  const path = "filiera:aws.kmsKey";
  const staying = new Set(resources.filter(({ type }) => ENCRYPTED.has(type)).map(({ urn }) => nameOf(urn)));
  if (!state.resources.some(({ urn }) => staying.has(nameOf(urn)))) return [];
  const own = [resources, state.resources].map((all) => all.some(({ type }) => type === KEY));
  const [wants, had] = own;
  if (had && !wants)
    return [{ path, message: "found a key, and what is stored is encrypted with one that filiera made: leave it out" }];
  if (!had && wants)
    return [
      { path, message: "missing; allowed: the key that was there before, as what is stored is encrypted with it" },
    ];
  const keyOf = (all: readonly { readonly type: string; readonly inputs: unknown }[]): string | undefined =>
    all.flatMap(({ inputs }) => textAt(inputs, "kmsKeyId") ?? []).find((each) => each.startsWith("arn:"));
  const [before, after] = [keyOf(state.resources), keyOf(resources)];
  return had || before === undefined || after === undefined || before === after
    ? []
    : [{ path, message: `found "${after}"; allowed: "${before}", as what is stored is encrypted with it` }];
}
