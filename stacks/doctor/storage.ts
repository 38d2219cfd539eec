import { at, type JsonObject, objectAt, textAt } from "../../constructs/kernel/json.ts";
import type { Environment } from "../environment/index.ts";
import { type Finding, findingsOf, given } from "../findings/index.ts";
import type { Facts } from "./facts.ts";
import { nameOf, openNodes } from "./nodes.ts";

const say = findingsOf("storage");
const PATH = "filiera:cluster.storageClass";
const DEFAULT = "storageclass.kubernetes.io/is-default-class";

/** Whether volumes will be made, and what becomes of them. */
export function storage(
  { storageClasses, nodes }: Pick<Facts, "storageClasses" | "nodes">,
  environment: Pick<Environment, "profile" | "cluster">,
): readonly Finding[] {
  return given(storageClasses, say, PATH, (classes) => {
    const { storageClass } = environment.cluster;
    const chosen = chosenOf(classes, storageClass);
    if (!chosen) return [missing(classes, storageClass)];
    const zones = nodes.kind === "known" ? zonesOf(nodes.value) : 0;
    const found = [
      ...severalOf(classes, storageClass),
      ...madeBy(chosen),
      ...keptBy(chosen, environment.profile),
      ...boundBy(chosen, zones),
      ...grownBy(chosen),
    ];
    return found.some(({ verdict }) => verdict === "problem") ? found : [fine(chosen), ...found];
  });
}

function chosenOf(classes: readonly JsonObject[], name: string | undefined): JsonObject | undefined {
  if (name !== undefined) return classes.find((each) => nameOf(each) === name);
  // of several the newest counts, as the API server has it
  return classes.filter(isDefault).sort((a, b) => (createdOf(a) < createdOf(b) ? 1 : -1))[0];
}

function missing(classes: readonly JsonObject[], name: string | undefined): Finding {
  const named = classes.map(nameOf).sort();
  const there = named.length > 0 ? `the cluster has ${named.join(", ")}` : "the cluster has none";
  const provisioner = "install a provisioner of volumes";
  return name !== undefined
    ? say.problem(
        PATH,
        `found "${name}", and ${there}`,
        named.length > 0 ? "name one of them, or make it" : provisioner,
      )
    : say.problem(
        PATH,
        `is not set, and no StorageClass is the cluster's default: ${there}`,
        named.length > 0 ? "name one of them, or annotate one as the default" : provisioner,
      );
}

function severalOf(classes: readonly JsonObject[], name: string | undefined): Finding[] {
  const defaults = classes.filter(isDefault).map(nameOf).sort();
  if (name !== undefined || defaults.length < 2) return [];
  return [
    say.note(PATH, `${defaults.join(" and ")} are both the cluster's default, of which the newest counts`, "name one"),
  ];
}

function fine(chosen: JsonObject): Finding {
  const isNamed = isDefault(chosen) ? `${nameOf(chosen)}, the default` : nameOf(chosen);
  return say.fine(PATH, `${isNamed}, by ${textAt(chosen, "provisioner")}`);
}

function madeBy(chosen: JsonObject): Finding[] {
  if (textAt(chosen, "provisioner") !== "kubernetes.io/no-provisioner") return [];
  return [
    say.problem(
      PATH,
      `${nameOf(chosen)} has no provisioner: nobody makes the volumes that are claimed`,
      "name a class with one, or make the volumes by hand beforehand",
    ),
  ];
}

function keptBy(chosen: JsonObject, profile: Environment["profile"]): Finding[] {
  if (profile !== "production" || (textAt(chosen, "reclaimPolicy") ?? "Delete") !== "Delete") return [];
  return [
    say.note(
      PATH,
      `${nameOf(chosen)} deletes a disk with its claim (reclaimPolicy Delete): whoever deletes a namespace deletes the data`,
      "name a class with reclaimPolicy Retain in production",
    ),
  ];
}

function boundBy(chosen: JsonObject, zones: number): Finding[] {
  if (textAt(chosen, "volumeBindingMode") !== "Immediate" || zones < 2) return [];
  return [
    say.note(
      PATH,
      `${nameOf(chosen)} makes a volume before its pod has a node (volumeBindingMode Immediate), and the nodes are in ${zones} zones: a pod may end up where its volume is not`,
      "name a class with volumeBindingMode WaitForFirstConsumer",
    ),
  ];
}

function grownBy(chosen: JsonObject): Finding[] {
  if (at(chosen, "allowVolumeExpansion") === true) return [];
  return [
    say.note(
      PATH,
      `${nameOf(chosen)} lets no volume grow (allowVolumeExpansion): filiera:postgres.storage stays what it is`,
      "ask for enough from the beginning, or name a class that does",
    ),
  ];
}

function isDefault(each: JsonObject): boolean {
  return objectAt(each, "metadata", "annotations")[DEFAULT] === "true";
}

function createdOf(each: JsonObject): string {
  return textAt(each, "metadata", "creationTimestamp") ?? "";
}

function zonesOf(nodes: readonly JsonObject[]): number {
  const zones = openNodes(nodes).open.map(
    (node) => objectAt(node, "metadata", "labels")["topology.kubernetes.io/zone"],
  );
  return new Set(zones.filter((zone) => zone !== undefined)).size;
}
