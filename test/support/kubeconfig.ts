import { stringify } from "yaml";

/** A context of a kubeconfig, with a cluster and a user of its own. */
export interface ContextParts {
  readonly server?: string;
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly user?: Readonly<Record<string, unknown>>;
}

/** Text of a kubeconfig with these contexts. */
export function kubeconfig(contexts: Readonly<Record<string, ContextParts>>, current?: string): string {
  const names = Object.keys(contexts);
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    ...(current !== undefined && { "current-context": current }),
    contexts: names.map((name) => ({ name, context: { cluster: `${name}-cluster`, user: `${name}-user` } })),
    clusters: names.map((name) => ({
      name: `${name}-cluster`,
      cluster: { server: contexts[name]?.server ?? "https://127.0.0.1:6443", ...contexts[name]?.cluster },
    })),
    users: names.map((name) => ({ name: `${name}-user`, user: contexts[name]?.user ?? { token: "token" } })),
  });
}
