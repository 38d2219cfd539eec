import { dependencies, growth } from "./kernel.ts";
import { compiling } from "./pipelines.ts";
import { processes } from "./process.ts";

processes();
await growth();
await dependencies();
await compiling();
