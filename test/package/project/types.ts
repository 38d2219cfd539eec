// Compiles only if every entry of the package has types: what cannot be resolved would be `any`, and fit anything.
import type { Mlflow, Text } from "filiera/constructs";
import type { lower, Plan } from "filiera/stacks";
import type { manifestsOf, RecordedResource } from "filiera/testing";

type Known<T> = 0 extends 1 & T ? "any" : "known";

export const constructs: Known<Mlflow["tracking"]["endpoint"]["peer"]> = "known";
export const late: Known<Exclude<Text, string>["expression"]> = "known";
export const stacks: Known<ReturnType<typeof lower>["resources"]> = "known";
export const plan: Known<Plan["resources"][number]["inputs"]> = "known";
export const testing: Known<ReturnType<typeof manifestsOf>[number]> = "known";
export const recorded: Known<RecordedResource["inputs"]> = "known";
