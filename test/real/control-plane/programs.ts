import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { goTool } from "../tools/go.ts";

const SOURCES = join(import.meta.dirname, "programs");

/** The programs of a control plane. One of them, compiled by us, is all four: its first argument says which. */
export const PROGRAMS = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;
export type Program = (typeof PROGRAMS)[number];

const version = versionOf("k8s.io/kubernetes");
const [major = "", minor = ""] = version.slice(1).split(".");
const versionVariables = (of: string) => ({
  [`${of}.gitVersion`]: version,
  [`${of}.gitMajor`]: major,
  [`${of}.gitMinor`]: minor,
  [`${of}.gitTreeState`]: "clean",
});

/** etcd and Kubernetes. With $KUBEBUILDER_ASSETS, a folder with all four programs, nothing is compiled. */
export const kubernetes = goTool({
  name: "kubernetes",
  cost: "4 minutes on two cores, 122 MB",
  module: join(SOURCES, "kubernetes"),
  variables: {
    ...versionVariables("k8s.io/component-base/version"),
    ...versionVariables("k8s.io/client-go/pkg/version"),
  },
  find: () => {
    const { KUBEBUILDER_ASSETS: assets } = process.env;
    return assets !== undefined && PROGRAMS.every((name) => existsSync(join(assets, name))) ? assets : undefined;
  },
});

/** kwok: nodes and pods that only say that they run. */
export const kwok = goTool({
  name: "kwok",
  cost: "2 minutes on two cores, 70 MB",
  module: join(SOURCES, "kwok"),
  package: "sigs.k8s.io/kwok/cmd/kwok",
  files: {
    of: "sigs.k8s.io/kwok",
    paths: [
      "kustomize/stage/node/fast/node-initialize.yaml",
      "kustomize/stage/pod/fast/pod-ready.yaml",
      "kustomize/stage/pod/fast/pod-complete.yaml",
      "kustomize/stage/pod/fast/pod-delete.yaml",
      "kustomize/stage/volume/fast/pv-bind.yaml",
      "kustomize/stage/volume/fast/pv-delete.yaml",
      "kustomize/stage/volume/fast/pvc-delete.yaml",
      "kustomize/stage/volume/fast/pvc-provision.yaml",
    ],
  },
});

/** The command of one of the four programs: found as a file of its own, or in the one that is all of them. */
export function commandOf(program: Program, folder: string): readonly [string, ...string[]] {
  const own = join(folder, program);
  return existsSync(own) ? [own] : [join(folder, kubernetes.name), program];
}

function versionOf(module: string): string {
  const text = readFileSync(join(SOURCES, "kubernetes", "go.mod"), "utf8");
  const [, found] = text.match(new RegExp(`^\\s*(?:require )?${module} (v\\S+)$`, "m")) ?? [];
  if (found === undefined) throw new Error(`go.mod requires no ${module}`);
  return found;
}
