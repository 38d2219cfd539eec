import { dependencies, growth } from "./kernel.ts";

await growth();
await dependencies();
