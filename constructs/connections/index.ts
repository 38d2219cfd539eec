export type { Broker, BrokerAuthentication } from "./broker.ts";
export type { CertificateAuthority, Issuer } from "./certificate-authority.ts";
export type { Endpoint, Peer } from "./endpoint.ts";
export type { Generations } from "./generation.ts";
export { type ObjectStore, type StoreAuthentication, storeEndpoints, strangerProblem } from "./object-store.ts";
export type { SqlDatabase } from "./sql-database.ts";
export type { Tracking } from "./tracking.ts";
