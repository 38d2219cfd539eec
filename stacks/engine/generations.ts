import type { Problem } from "../../constructs/kernel/errors.ts";
import { at } from "../../constructs/kernel/json.ts";
import type { Plan } from "../plan/index.ts";
import { nameOf, type StackState } from "./state.ts";

/** What a secret's name begins with whose generations follow one another, and the setting that raises them. */
const CONCERNS: Readonly<Record<string, string>> = {
  kafka: "filiera:kafka",
  minio: "filiera:objectStore",
  postgres: "filiera:postgres",
};
/** Of these nobody has the one before. */
const ALONE: ReadonlySet<string> = new Set(["minio/root", "postgres/app"]);

type Secrets = readonly { readonly urn: string; readonly inputs: unknown }[];

/** Credentials that would be refused while they are used: only the one before the newest is let in. */
export function generationProblems({ resources }: Pick<Plan, "resources">, state: StackState): Problem[] {
  const [deployed, wanted] = [newestOf(state.resources), newestOf(resources)];
  return [...wanted].flatMap(([path, wants]) => {
    const had = deployed.get(path);
    if (had === undefined || wants === had || wants === had + 1) return [];
    return [
      {
        path: `${path}.credentialGeneration`,
        message: `found ${wants}, and ${had} is deployed: those who use it would be refused before they have the new one; write ${had} or ${had + 1}`,
      },
    ];
  });
}

/** The newest generation of each concern. */
function newestOf(resources: Secrets): ReadonlyMap<string, number> {
  const newest = new Map<string, number>();
  for (const { urn, inputs } of resources) {
    const [, secret] = /^random:index\/randomPassword:RandomPassword::(.+?)(?:-g\d+)?$/.exec(nameOf(urn)) ?? [];
    const path = CONCERNS[secret?.split("/")[0] ?? ""];
    if (secret === undefined || path === undefined || ALONE.has(secret)) continue;
    const generation = Number(at(inputs, "keepers", "generation"));
    newest.set(path, Math.max(generation, newest.get(path) ?? generation));
  }
  return newest;
}
