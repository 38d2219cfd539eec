import type { Problem } from "../../constructs/kernel/errors.ts";
import type { Engine } from "../engine/find.ts";
import { type Finding, findingsOf } from "../findings/index.ts";

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
  if (!pulumi.version.startsWith("3."))
    return [
      say.fine("node", others),
      say.problem("pulumi", `found ${pulumi.version}; allowed: 3`, "install another version"),
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
