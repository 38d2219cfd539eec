import type { Construct, IConstruct } from "constructs";

/** What a deployment may be told about an object beyond its manifest. */
export interface ObjectOptions {
  /** Refuses to delete the object. @default false */
  readonly protect?: boolean;
  /** Leaves the object in the cluster when it leaves the program. @default false */
  readonly retainOnDelete?: boolean;
  /** Fields that another owner changes while the platform runs, as map paths such as `spec.replicas`. @default [] */
  readonly ignoreChanges?: readonly string[];
  /** Identities (`group/Kind/namespace/name`) that this very object had before; not inherited. @default [] */
  readonly aliases?: readonly string[];
  /** Does not wait for the object to become ready. @default false */
  readonly skipAwait?: boolean;
  /** Seconds to wait for it to become ready or to be gone. @default 600 - the provider's own */
  readonly timeoutSeconds?: number;
  /** Waits for this: `condition=Ready` or `jsonpath={.status.applied}=true`. @default - what the kind's readiness is */
  readonly waitFor?: string;
}

const OPTIONS = Symbol.for("filiera.options");

/**
 * Options of a construct and of everything inside it. What is nearer to an object wins; lists add up.
 *
 * @example
 * Options.of(postgres).set({ protect: true });
 */
export class Options {
  static of(construct: IConstruct): Options {
    const holder: { [OPTIONS]?: Options } & IConstruct = construct;
    holder[OPTIONS] ??= new Options();
    return holder[OPTIONS];
  }

  /** The options in force for a construct: its own and those of the constructs around it. */
  static resolve(construct: Construct): ObjectOptions {
    let resolved: ObjectOptions = {};
    for (const scope of construct.node.scopes) {
      const holder: { [OPTIONS]?: Options } & IConstruct = scope;
      const own = holder[OPTIONS]?.own;
      if (own) resolved = merge(resolved, scope === construct ? own : { ...own, aliases: [] });
    }
    return resolved;
  }

  private own: ObjectOptions = {};

  private constructor() {}

  /** Adds options; a flag set again is replaced, lists add up. */
  set(options: ObjectOptions): this {
    this.own = merge(this.own, options);
    return this;
  }
}

function merge(outer: ObjectOptions, inner: ObjectOptions): ObjectOptions {
  return {
    ...outer,
    // what is not said does not take back what was
    ...Object.fromEntries(Object.entries(inner).filter(([, value]) => value !== undefined)),
    ignoreChanges: [...(outer.ignoreChanges ?? []), ...(inner.ignoreChanges ?? [])],
    aliases: [...(outer.aliases ?? []), ...(inner.aliases ?? [])],
  };
}
