/** A name of lower-case letters, digits and dashes, as Kubeflow's SDK makes it. */
export function kubernetesName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^-0-9a-z]+/g, "-")
    .replaceAll(/-+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
}

/** Of each collection of names, the number that each name goes on from: those before it are taken. */
const reached = new WeakMap<object, Map<string, number>>();

/**
 * The name, or with the first number from 2 on that makes it a new one.
 *
 * @param taken The names there are; none is ever removed from it
 */
export function unique(name: string, taken: { has(name: string): boolean }): string {
  if (!taken.has(name)) return name;
  const numbers = reached.get(taken) ?? new Map<string, number>();
  reached.set(taken, numbers);
  let number = numbers.get(name) ?? 2;
  while (taken.has(`${name}-${number}`)) number++;
  numbers.set(name, number);
  return `${name}-${number}`;
}
