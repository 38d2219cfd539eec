/** A name for AWS of parts that people chose: `filiera-prod-mlflow`, lower case, at most so many characters. */
export function awsName(parts: readonly string[], longest: number): string {
  const plain = ["filiera", ...parts].join("-").toLowerCase();
  return plain
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, longest)
    .replace(/-$/, "");
}
