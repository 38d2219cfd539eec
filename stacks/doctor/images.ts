import { at, type JsonObject, listAt } from "../../constructs/kernel/json.ts";
import { type Deployed, unresolvedImages } from "../../constructs/platform/images.ts";
import type { Environment } from "../environment/index.ts";
import { type Finding, findingsOf, given } from "../findings/index.ts";
import type { WantedPods } from "../wanted/index.ts";
import type { Facts } from "./facts.ts";
import { nameOf, openNodes } from "./nodes.ts";

const say = findingsOf("images");

/** A node lists so many images at most (kubelet's `nodeStatusMaxImages`). */
const LISTED_IMAGES = 50;

/** Whether nodes will have the images: from a registry with its credentials, or loaded into them. */
export function images(
  { nodes }: Pick<Facts, "nodes">,
  environment: Deployed & Pick<Environment, "images" | "profile">,
  wanted: readonly WantedPods[],
): readonly Finding[] {
  const { images: config, profile } = environment;
  const open = unresolvedImages(environment);
  const digests =
    profile === "production" && open.length > 0
      ? [
          say.problem(
            "filiera:images.digests",
            `${open.join(", ")} ${open.length === 1 ? "is" : "are"} not set, and production deploys no image by its tag`,
            "write the digests that your registry tells",
          ),
        ]
      : [];
  if (config.registry !== undefined) return [...digests, registry(config)];
  const own = [...new Set(wanted.flatMap((pods) => pods.images))]
    .filter((image) => image.startsWith("filiera/"))
    .sort();
  return [...digests, ...given(nodes, say, "filiera:images.registry", (all) => loaded(openNodes(all).open, own))];
}

function registry({ registry: host, pullSecret }: Environment["images"]): Finding {
  return pullSecret
    ? say.fine("filiera:images.pullSecret", `images come from ${host} as ${pullSecret.username}`)
    : say.note(
        "filiera:images.pullSecret",
        `is not set: nodes must be able to pull from ${host} without it`,
        "set it, unless they are",
      );
}

function loaded(nodes: readonly JsonObject[], own: readonly string[]): readonly Finding[] {
  const path = "filiera:images.registry";
  const without = nodes.flatMap((node) => {
    const listed = imagesOn(node);
    const missing = own.filter((image) => !listed.some((each) => each === image || each.endsWith(`/${image}`)));
    return missing.length > 0
      ? [{ node: nameOf(node), missing, whole: listAt(node, "status", "images").length < LISTED_IMAGES }]
      : [];
  });
  const sure = without.find(({ whole }) => whole);
  if (sure)
    return [
      say.problem(
        path,
        `is not set, and ${sure.missing.join(" and ")} ${sure.missing.length === 1 ? "is" : "are"} not on the node ${sure.node}`,
        "load them into every node (kind load docker-image …), or set a registry",
      ),
    ];
  if (without.length > 0)
    return [
      say.note(path, "is not set, and the nodes have too many images to list filiera's", "see that they are there"),
    ];
  return [say.fine(path, "filiera's images are on every node")];
}

function imagesOn(node: JsonObject): string[] {
  return listAt(node, "status", "images").flatMap((image) => {
    const names = at(image, "names");
    return Array.isArray(names) ? names.map(String) : [];
  });
}
