import { App } from "cdk8s";
import { FilieraError } from "../constructs/kernel/errors.ts";
import type { Json, JsonObject } from "../constructs/kernel/json.ts";
import { late } from "../constructs/kernel/late.ts";
import { fileNamesOf, type RenderedObject, render, toYaml } from "../constructs/kernel/render.ts";
import { forGitops, type Gitops, gitopsTools } from "../constructs/operator/gitops.ts";
import { platform } from "../constructs/platform/platform.ts";
import type { Environment } from "../stacks/environment/index.ts";
import { readEnvironment } from "./environment.ts";
import { writeFolder } from "./output.ts";

/** Renders an environment's objects with holes in place of what only a deployment knows. Loads no Pulumi. */
export function renderPlatform(environment: Environment): RenderedObject[] {
  const { pullSecret } = environment.images;
  const { chart } = platform(new App(), environment, {
    secret: (name) => late.named(name, { secret: true }),
    ...(pullSecret && { registryPassword: late.named("registry/password", { secret: true }) }),
  });
  return render(chart);
}

/** `filiera render`. */
export async function renderEnvironment(name: string, options: { out: string; gitops: string }): Promise<void> {
  const gitops = gitopsTools.find((tool): tool is Gitops => tool === options.gitops);
  if (!gitops) throw FilieraError.at("--gitops", `found "${options.gitops}"; allowed: ${gitopsTools.join(", ")}`);
  const rendered = renderPlatform(readEnvironment(name));
  const applied = filesOf(
    rendered.filter(({ template }) => !template).flatMap(({ manifest }) => forGitops(manifest, gitops)),
  );
  const templates = filesOf(
    rendered.filter(({ template }) => template).map(({ manifest }) => manifest),
    "templates/",
  );
  const kustomization = toYaml(kustomizationOf([...applied.keys()]));
  writeFolder(options.out, new Map([...applied, ...templates, ["kustomization.yaml", kustomization]]));
  console.log(`${applied.size} objects in ${options.out}, listed in kustomization.yaml in the order of their needs`);
  if (templates.size > 0)
    console.log(
      [
        `${templates.size} more are templates, which are not listed: fill their holes from your secret store`,
        ...[...templates.keys()].map((file) => `  ${file}`),
      ].join("\n"),
    );
}

function filesOf(manifests: readonly JsonObject[], folder = ""): Map<string, string> {
  const names = fileNamesOf(manifests);
  return new Map(manifests.map((manifest, i) => [`${folder}${names[i]}`, toYaml(manifest)]));
}

function kustomizationOf(resources: readonly string[]): Json {
  return {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    // as listed, which is the order in which one thing needs the other
    sortOptions: { order: "fifo" },
    resources,
  };
}
