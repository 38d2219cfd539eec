export {
  InternalAuthority,
  type InternalAuthorityProps,
  ServerCertificate,
  type ServerCertificateProps,
  serviceHost,
  serviceHosts,
  type TrustFile,
  trustFile,
} from "./tls.ts";
