import { FilieraError } from "../../constructs/kernel/errors.ts";
import type { AwsStores, AwsStoresArgs } from "./stores.ts";

/**
 * Makes the stores that an environment has on AWS; none of it is loaded where it has none. @pulumi/aws is not installed
 * with filiera: whoever has such stores adds it to their project.
 */
export async function awsStores(args: AwsStoresArgs): Promise<AwsStores | undefined> {
  const { aws } = args.environment;
  if (!aws) return undefined;
  const { AwsStores } = await loaded();
  return new AwsStores(args, aws);
}

async function loaded() {
  try {
    return await import("./stores.ts");
  } catch (error) {
    if (!(error instanceof Error) || !/@pulumi\/aws/.test(error.message)) throw error;
    throw FilieraError.at(
      "filiera:aws",
      "needs the package @pulumi/aws, which is not installed: npm install @pulumi/aws",
    );
  }
}
