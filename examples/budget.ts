import { loadEnvironmentFile, parseEnvironment, planEnvironment } from "filiera/stacks";

// For a pull request: fails when an environment asks for more than its budget, or for an image by a tag alone.
const [name = "prod", limit = "64"] = process.argv.slice(2);
const environment = parseEnvironment(loadEnvironmentFile("environments", name), { secrets: "sealed", name });
const { totals, images } = await planEnvironment(name, environment);

const gibibytes = totals.memory / 1024 ** 3;
const byTag = images.filter(({ resolved }) => !resolved);
console.log(`${name}: ${totals.pods} pods, ${gibibytes.toFixed(1)} GiB of memory, ${byTag.length} images by tag`);
if (gibibytes > Number(limit) || byTag.length > 0) process.exitCode = 1;
