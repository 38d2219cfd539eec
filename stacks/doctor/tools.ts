import { type Finding, findingsOf } from "../findings/index.ts";

/** What is installed on this machine. */
export interface Tools {
  /** Version of the Node that runs this. */
  readonly node: string;
  /** The Pulumi command; undefined where there is none, with `trouble` where there is one that fails. */
  readonly pulumi?: { readonly command: string; readonly version?: string; readonly trouble?: string };
  /** Versions of Pulumi's provider plugins that are there, by name; undefined where nobody could ask. */
  readonly plugins?: ReadonlyMap<string, readonly string[]>;
  /** Versions of the provider plugins that the program asks for, by name. */
  readonly wantedPlugins: ReadonlyMap<string, string>;
  /** Version of kubectl, if it is there. */
  readonly kubectl?: string;
}

/** The oldest Pulumi that knows how to say that an image must be resolved before it is deployed. */
const OLDEST_PULUMI = 3;

/** Whether this machine can deploy. */
export function tools({ node, pulumi, plugins, wantedPlugins, kubectl }: Tools): readonly Finding[] {
  const say = findingsOf("tools");
  const others = [`Node ${node}`, ...(kubectl === undefined ? [] : [`kubectl ${kubectl}`])].join(", ");
  if (!pulumi)
    return [
      say.fine("node", others),
      say.problem(
        "pulumi",
        "is neither on PATH nor in node_modules/.bin, and filiera up needs it",
        "install it (https://www.pulumi.com/docs/install), or deploy what filiera render writes",
      ),
    ];
  if (pulumi.version === undefined)
    return [
      say.fine("node", others),
      say.problem("pulumi", `${pulumi.command} does not run: ${pulumi.trouble}`, "install it anew"),
    ];
  if (Number.parseInt(pulumi.version, 10) !== OLDEST_PULUMI)
    return [
      say.fine("node", others),
      say.problem("pulumi", `found ${pulumi.version}; allowed: ${OLDEST_PULUMI}`, "install another version"),
    ];
  const missing = [...wantedPlugins].filter(([name, version]) => plugins && !plugins.get(name)?.includes(version));
  return [
    say.fine("pulumi", `${pulumi.version}, ${others}`),
    ...(missing.length === 0
      ? []
      : [
          say.note(
            "pulumi",
            `its plugins ${missing.map((each) => each.join(" ")).join(" and ")} are not here, and the first up fetches them`,
            `where it cannot: ${missing.map(([name, version]) => `pulumi plugin install resource ${name} ${version}`).join("; ")}`,
          ),
        ]),
  ];
}
