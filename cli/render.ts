import { App } from "cdk8s";
import { generationName } from "../constructs/connections/generation.ts";
import { FilieraError } from "../constructs/kernel/errors.ts";
import { kindOf } from "../constructs/kernel/identity.ts";
import type { Json, JsonObject } from "../constructs/kernel/json.ts";
import { late } from "../constructs/kernel/late.ts";
import type { PlatformObject } from "../constructs/kernel/objects.ts";
import { fileNamesOf, type RenderedObject, render, toYaml } from "../constructs/kernel/render.ts";
import { forGitops, type Gitops, gitopsTools } from "../constructs/operator/gitops.ts";
import { HELM_RELEASE } from "../constructs/operator/operator.ts";
import { platform } from "../constructs/platform/platform.ts";
import type { Environment } from "../stacks/environment/index.ts";
import { readEnvironment } from "./environment.ts";
import { writeFolder } from "./output.ts";

/** Renders an environment's objects with holes in place of what only a deployment knows. Loads no Pulumi. */
export function renderPlatform(environment: Environment): RenderedObject[] {
  const { pullSecret } = environment.images;
  const { chart } = platform(new App(), environment, {
    secret: (name, generation) => late.named(generationName(name, generation)),
    ...(pullSecret && { registryPassword: late.named("registry/password") }),
    ...(environment.backup && { backupKey: late.named("backup/key") }),
  });
  return render(chart);
}

/** `filiera render`. */
export async function renderEnvironment(name: string, options: { out: string; gitops: string }): Promise<void> {
  const gitops = gitopsTools.find((tool): tool is Gitops => tool === options.gitops);
  if (!gitops) throw FilieraError.at("--gitops", `found "${options.gitops}"; allowed: ${gitopsTools.join(", ")}`);
  const environment = readEnvironment(name);
  const { postgres } = environment;
  if (postgres.kind === "rds" && postgres.host === undefined)
    throw FilieraError.at(
      "filiera:postgres.host",
      "missing; allowed: the address of the instance on RDS, which up says as postgresHost: manifests need it, and only Secrets may have holes",
    );
  const rendered = renderPlatform(environment);
  const first = neededByOperators(rendered);
  const applied = rendered.filter(({ template }) => !template);
  const manifests = (of: readonly RenderedObject[]) => of.flatMap(({ manifest }) => forGitops(manifest, gitops));
  const folders = {
    operators: filesOf(manifests(applied.filter(({ object }) => first.has(object.identity)))),
    platform: filesOf(manifests(applied.filter(({ object }) => !first.has(object.identity)))),
    templates: filesOf(rendered.filter(({ template }) => template).map(({ manifest }) => manifest)),
  };
  const files = Object.entries(folders).flatMap(([folder, content]) => [
    ...[...content].map(([file, text]): [string, string] => [`${folder}/${file}`, text]),
    ...(folder === "templates" ? [] : [kustomization(folder, [...content.keys()])]),
  ]);
  writeFolder(options.out, new Map(files));
  console.log(summary(options.out, folders));
}

type Folder = ReadonlyMap<string, string>;

function summary(out: string, { operators, platform, templates }: Record<string, Folder>): string {
  const lines = [
    `${operators?.size} objects in ${out}/operators: to be applied first, until the operators are ready`,
    `${platform?.size} objects in ${out}/platform: what needs them`,
  ];
  if (!templates || templates.size === 0) return lines.join("\n");
  return [
    ...lines,
    `${templates.size} templates in ${out}/templates, which nothing applies: fill their holes from your secret store`,
    ...[...templates.keys()].map((file) => `  ${file}`),
  ].join("\n");
}

/** Identities of the Helm releases, and of all that must be there before them. */
function neededByOperators(rendered: readonly RenderedObject[]): ReadonlySet<string> {
  const byIdentity = new Map(rendered.map(({ object }) => [object.identity, object]));
  const needed = new Set<string>();
  const add = ({ identity }: PlatformObject): void => {
    if (needed.has(identity)) return;
    needed.add(identity);
    for (const before of byIdentity.get(identity)?.dependsOn.keys() ?? []) add(before);
  };
  for (const { object } of rendered) if (kindOf(object.manifest) === HELM_RELEASE) add(object);
  return needed;
}

function filesOf(manifests: readonly JsonObject[]): Folder {
  const names = fileNamesOf(manifests);
  return new Map(manifests.map((manifest, i) => [names[i] ?? "", toYaml(manifest)]));
}

function kustomization(folder: string, resources: readonly string[]): [string, string] {
  const document: Json = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    // as listed, which is the order in which one thing needs the other
    sortOptions: { order: "fifo" },
    resources,
  };
  return [`${folder}/kustomization.yaml`, toYaml(document)];
}
