import { dependencies, growth } from "./kernel.ts";
import { processes } from "./process.ts";

processes();
await growth();
await dependencies();
