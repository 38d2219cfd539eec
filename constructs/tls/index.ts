export {
  InternalAuthority,
  type InternalAuthorityProps,
  ServerCertificate,
  type ServerCertificateProps,
  type TrustFile,
  trustFile,
} from "./tls.ts";
