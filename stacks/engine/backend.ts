import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { StateConfig } from "../environment/index.ts";

/** Folder of a project for what is of this machine: states and the passphrase. */
export const HOME = ".filiera";

/** URL of the backend, as Pulumi's `login` and `PULUMI_BACKEND_URL` take it. */
export function backendUrl({ backend }: StateConfig, project: string): string {
  switch (backend.kind) {
    case "local":
      return pathToFileURL(stateFolder(backend, project)).href;
    case "s3": {
      const { bucket, prefix, region, endpoint } = backend;
      const query = new URLSearchParams({ region, ...(endpoint && { endpoint, use_path_style: "true" }) });
      return `s3://${bucket}${prefix ? `/${prefix}` : ""}?${query}`;
    }
    case "pulumi-cloud":
      return "https://api.pulumi.com";
  }
}

/** Folder of a state on this machine. */
export function stateFolder({ path }: { readonly path?: string | undefined }, project: string): string {
  return path === undefined ? join(project, HOME, "state") : resolve(project, path);
}

/** What encrypts, as Pulumi's `--secrets-provider` takes it. */
export function secretsProvider({ secrets }: StateConfig): string {
  switch (secrets.kind) {
    case "passphrase":
      return "passphrase";
    case "pulumi-cloud":
      return "default";
    case "hashivault":
      return `hashivault://${secrets.key}`;
    case "awskms": {
      // the colons of an ARN cannot stand where a URL has its host
      const key = secrets.key.startsWith("arn:") ? `/${secrets.key}` : secrets.key;
      return `awskms://${key}?${new URLSearchParams({ region: secrets.region })}`;
    }
  }
}

/** Name of an environment's stack: Pulumi Cloud keeps it under an organisation. */
export function stackName({ backend }: StateConfig, environment: string): string {
  return backend.kind === "pulumi-cloud" ? `${backend.organization}/${environment}` : environment;
}
