import { App } from "cdk8s";
import { FilieraError } from "../constructs/kernel/errors.ts";
import { late } from "../constructs/kernel/late.ts";
import { fileNameOf, type RenderedObject, render, toYaml } from "../constructs/kernel/render.ts";
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
  const files = filesOf(rendered, gitops);
  writeFolder(options.out, files);
  const templates = rendered.filter(({ template }) => template);
  console.log(
    `${rendered.length - templates.length} objects written to ${options.out}, in order in kustomization.yaml`,
  );
  if (templates.length > 0)
    console.log(
      `${templates.length} of their Secrets are templates in ${options.out}/templates, and are not applied: fill their holes from your secret store\n${templates
        .map(({ manifest }) => `  ${fileNameOf(manifest)}`)
        .join("\n")}`,
    );
}

function filesOf(rendered: readonly RenderedObject[], gitops: Gitops): Map<string, string> {
  const files = new Map<string, string>();
  const resources: string[] = [];
  for (const { manifest, template } of rendered) {
    if (template) {
      files.set(`templates/${fileNameOf(manifest)}`, toYaml(manifest));
      continue;
    }
    for (const each of forGitops(manifest, gitops)) {
      files.set(fileNameOf(each), toYaml(each));
      resources.push(fileNameOf(each));
    }
  }
  const kustomization = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    // as listed, which is the order in which one thing needs the other
    sortOptions: { order: "fifo" },
    resources,
  };
  return files.set("kustomization.yaml", toYaml(kustomization));
}
