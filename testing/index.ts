/** What tests of constructs and of Pulumi programs need. Pulumi is loaded by `record` alone, and only when it is called. */
export type { RecordedResource, Recording, RecordOptions } from "../stacks/plan/recording.ts";
export { type Manifests, manifestsOf } from "./manifests.ts";
export { type ManifestMatchers, type Matched, matchers, type PartialManifest } from "./matchers.ts";
export { record } from "./record.ts";
