// Plans the program of stack.ts and prints what it asks an engine for.
import { record } from "filiera/testing";
import { shop } from "./stack.ts";

console.log(JSON.stringify(await record(shop, { project: "shop", stack: "dev" })));
