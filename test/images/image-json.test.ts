import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const names = readdirSync("images").filter((name) => existsSync(join("images", name, "image.json")));

/** Variables that a Dockerfile sets, without the folders of the image. */
function variablesOf(dockerfile: string): Record<string, string> {
  const joined = dockerfile.replaceAll(/\\\n\s*/g, "");
  const set = [...joined.matchAll(/^ENV (.*)$/gm)].flatMap(([, line = ""]) => line.trim().split(/\s+/));
  const pairs = set.map((pair): [string, string] => [pair.split("=")[0] ?? "", pair.split("=").slice(1).join("=")]);
  return Object.fromEntries(pairs.filter(([name]) => name !== "PYTHONPATH"));
}

test.each(names)("image.json of %s says what its Dockerfile and its lock say", (name) => {
  const read = (file: string) => readFileSync(join("images", name, file), "utf8");
  const image: { env: object; python: { from: string }; from?: string } = JSON.parse(read("image.json"));
  expect(image.env).toEqual(variablesOf(read("Dockerfile")));
  // what is made from another image may do with its packages
  if (image.from === undefined || existsSync(join("images", name, "requirements.txt")))
    expect(read("requirements.txt")).toContain(`--python-version ${image.python.from} `);
});
