export {
  InternalAuthority,
  type InternalAuthorityProps,
  ServerCertificate,
  type ServerCertificateProps,
  serviceHosts,
  type TrustFile,
  trustFile,
} from "./tls.ts";
