export const KEY = "arn:aws:kms:eu-central-1:123456789012:key/made";
export const HOST = "filiera-aws.abcdefgh.eu-central-1.rds.amazonaws.com";

/** What AWS's provider would say of a resource that it made. */
export function says(type: string, name: string): Readonly<Record<string, string>> {
  if (type === "aws:kms/key:Key") return { arn: KEY, keyId: "made" };
  if (type === "aws:rds/instance:Instance") return { address: HOST };
  if (type === "aws:iam/role:Role") return { arn: `arn:aws:iam::123456789012:role/${name}`, name };
  return type === "aws:ec2/securityGroup:SecurityGroup" ? { id: "sg-made" } : {};
}
