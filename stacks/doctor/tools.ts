import type { Problem } from "../../constructs/kernel/errors.ts";
import type { Engine } from "../engine/find.ts";
import { type Finding, findingsOf } from "../findings/index.ts";
import { compareVersions } from "./running.ts";

/** What is installed on this machine. */
export interface Tools {
  /** Version of the Node that runs this. */
  readonly node: string;
  /** The Pulumi that would deploy, or why there is none. */
  readonly pulumi: Engine | readonly Problem[];
  /** Versions of Pulumi's provider plugins that are there, by name; undefined where nobody could ask. */
  readonly plugins?: ReadonlyMap<string, readonly string[]>;
  /** Versions of the provider plugins that the program asks for, by name. */
  readonly wantedPlugins: ReadonlyMap<string, string>;
  /** Version of kubectl, if it is there. */
  readonly kubectl?: string;
}

/** The engine of the oldest `@pulumi/pulumi` that this package takes beside it. */
const OLDEST_PULUMI = "3.260";

/** Whether this machine can deploy. */
export function tools({ node, pulumi, plugins, wantedPlugins, kubectl }: Tools): readonly Finding[] {
  const say = findingsOf("tools");
  const others = [`Node ${node}`, ...(kubectl === undefined ? [] : [`kubectl ${kubectl}`])].join(", ");
  if (!("version" in pulumi))
    return [
      say.fine("node", others),
      ...pulumi.map(({ path, message }) => {
        const [found = "", ...fixes] = message.split(/: (?=install )/);
        return say.problem(path, found, fixes.join(": "));
      }),
    ];
  if (compareVersions(pulumi.version, OLDEST_PULUMI) < 0)
    return [
      say.fine("node", others),
      say.problem("pulumi", `found ${pulumi.version}; allowed: ${OLDEST_PULUMI} or newer`, "install a newer one"),
    ];
  const missing = [...wantedPlugins].filter(([name, version]) => plugins && !plugins.get(name)?.includes(version));
  const names = missing.map((each) => each.join(" ")).join(" and ");
  return [
    say.fine("pulumi", `Pulumi ${pulumi.version}, ${others}`),
    ...(missing.length === 0
      ? []
      : [
          say.note(
            "pulumi",
            `its plugins ${names} are not here, and the first up fetches them`,
            `where it cannot: ${missing.map(([name, version]) => `pulumi plugin install resource ${name} ${version}`).join("; ")}`,
          ),
        ]),
  ];
}
