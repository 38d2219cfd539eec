import type { Construct } from "constructs";
import type { Issuer } from "../../constructs/connections/index.ts";
import { late } from "../../constructs/kernel/late.ts";
import type { Minio } from "../../constructs/object-store/index.ts";
import { InternalAuthority } from "../../constructs/tls/index.ts";
import { minio } from "./nouns.ts";

/** Who signs for the servers of one machine. */
export function localIssuer(scope: Construct): Issuer {
  return new InternalAuthority(scope, "authority", { name: "ca", certManagerNamespace: "cert-manager" }).issuer;
}

/** A MinIO that runs on one machine: one server with one drive, in the namespace `minio`. */
export function runningMinio(scope: Construct, issuer: Issuer): Minio {
  return minio(scope, {
    namespace: "minio",
    image: { reference: "docker.io/pgsty/silo:1" },
    setupImage: { reference: "filiera/minio-setup:1" },
    servers: 1,
    storage: "1Gi",
    issuer,
    rootPassword: late.named("minio/root"),
  });
}
