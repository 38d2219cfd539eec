/** A name of lower-case letters, digits and dashes, as Kubeflow's SDK makes it. */
export function kubernetesName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^-0-9a-z]+/g, "-")
    .replaceAll(/-+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
}

/** The name, or with the first number from 2 on that makes it a new one. */
export function unique(name: string, taken: { has(name: string): boolean }): string {
  if (!taken.has(name)) return name;
  for (let number = 2; ; number++) if (!taken.has(`${name}-${number}`)) return `${name}-${number}`;
}
