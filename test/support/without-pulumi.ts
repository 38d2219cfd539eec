// Preloaded into a process (node --import): whatever loads Pulumi there fails, and says what asked for it.
import { registerHooks } from "node:module";

registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith("@pulumi/")) throw new Error(`${context.parentURL} loads ${specifier}`);
    return next(specifier, context);
  },
});
