import { gunzipSync } from "node:zlib";
import { type JsonObject, objectAt, textAt } from "../../constructs/kernel/json.ts";
import type { Reader } from "./reader.ts";

/** A Helm release that a cluster has, in its last revision. */
export interface HelmRelease {
  readonly name: string;
  readonly namespace: string;
  /** `deployed`, `failed`, `pending-install`, … */
  readonly status: string;
  readonly revision: number;
  /** Its chart; undefined where nobody asked for it, or the release cannot be read. */
  readonly chart?: HelmChart;
}

export interface HelmChart {
  readonly name: string;
  readonly version: string;
  readonly appVersion: string;
}

/** The Helm releases of a cluster, each in its last revision; the charts of those that are asked for. */
export async function helmReleases(
  reader: Reader,
  withChart: (release: HelmRelease) => boolean,
): Promise<HelmRelease[]> {
  const secrets = await reader.list("/api/v1/secrets", {
    labels: "owner=helm",
    fields: "type=helm.sh/release.v1",
    metadataOnly: true,
  });
  const last = new Map<string, HelmRelease>();
  for (const release of secrets.flatMap(releaseOf)) {
    const key = `${release.namespace}/${release.name}`;
    if ((last.get(key)?.revision ?? 0) < release.revision) last.set(key, release);
  }
  return Promise.all(
    [...last.values()].map(async (release) => {
      if (!withChart(release)) return release;
      const { namespace, name, revision } = release;
      const secret = await reader.get(
        `/api/v1/namespaces/${namespace}/secrets/sh.helm.release.v1.${name}.v${revision}`,
      );
      const chart = chartOf(textAt(secret, "data", "release"));
      return { ...release, ...(chart && { chart }) };
    }),
  );
}

function releaseOf({ metadata }: JsonObject): HelmRelease[] {
  const { name, status, version } = objectAt(metadata, "labels");
  const namespace = textAt(metadata, "namespace");
  if (typeof name !== "string" || namespace === undefined) return [];
  return [{ name, namespace, status: String(status), revision: Number(version) }];
}

/** Helm writes a release as JSON, zipped, in base64; the Secret encodes it once more. */
function chartOf(encoded: string | undefined): HelmChart | undefined {
  if (encoded === undefined) return undefined;
  try {
    const text = Buffer.from(encoded, "base64").toString();
    const release: unknown = JSON.parse(gunzipSync(Buffer.from(text, "base64")).toString());
    const { name, version, appVersion } = objectAt(release, "chart", "metadata");
    return { name: String(name), version: String(version), appVersion: String(appVersion) };
  } catch {
    return undefined;
  }
}
