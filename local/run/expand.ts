/** What Kubernetes makes of `$(NAME)` in env values, command and args: `$$` is one `$`, an unknown name stays. */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/\$(?:\$|\(([^()]*)\))/g, (whole, name: string | undefined) =>
    name === undefined ? "$" : (variables.get(name) ?? whole),
  );
}
