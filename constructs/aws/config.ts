import { z } from "zod";
import { type DeepReadonly, problem, text } from "../settings/settings.ts";

const id = (prefix: string, what: string) =>
  text(`${what}'s id, such as ${prefix}-0a1b2c3d4e5f60718`, new RegExp(`^${prefix}-[0-9a-f]{8,17}$`));

const OCTET = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";

/** Where on AWS the platform's stores are made: an account, a region, and the network of a cluster on EKS. */
export const awsConfig = z
  .strictObject({
    account: text("an account's number: 12 digits, in quotes", /^\d{12}$/).describe(
      "account that everything is made in; credentials of another one are refused",
    ),
    region: text("a region, such as eu-central-1", /^[a-z]{2}(?:-[a-z]+)+-\d$/).describe(
      "region of cluster and stores",
    ),
    cluster: z
      .strictObject({
        name: text("an EKS cluster's name", /^[A-Za-z0-9][\w-]{0,99}$/, 100).describe("name of the cluster on EKS"),
        securityGroup: id("sg", "a security group").describe(
          "the cluster's security group: what is in it may connect to databases and brokers, and nothing else",
        ),
      })
      .describe("the EKS cluster of filiera:cluster, with the Pod Identity agent"),
    vpc: z
      .strictObject({
        id: id("vpc", "a VPC"),
        cidr: text(
          "addresses of a network, such as 10.20.0.0/16",
          new RegExp(`^(?:${OCTET}\\.){3}${OCTET}/(?:1[6-9]|2[0-8])$`),
        ).describe("its addresses, for NetworkPolicies"),
      })
      .describe("the network of the cluster"),
    subnets: z
      .array(
        z.strictObject({
          id: id("subnet", "a subnet"),
          zone: text("a zone, such as eu-central-1a", /^[a-z]{2}(?:-[a-z]+)+-\d[a-z]$/),
        }),
      )
      .min(1)
      .max(16)
      .describe("private subnets, without a way in from the internet: in two zones or more, for databases and brokers"),
    kmsKey: text(
      "the ARN of a KMS key, such as arn:aws:kms:eu-central-1:123456789012:key/…",
      /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/,
      300,
    )
      .optional()
      .describe("key that encrypts what is stored; default: one that is made, and turned over every year"),
  })
  .check(({ value, issues }) => {
    value.subnets.forEach(({ id, zone }, index) => {
      if (zone.slice(0, -1) !== value.region)
        issues.push(
          problem(
            ["subnets", index, "zone"],
            `found "${zone}"; allowed: a zone of filiera:aws.region, such as ${value.region}a`,
          ),
        );
      if (value.subnets.findIndex((other) => other.id === id) < index)
        issues.push(problem(["subnets", index, "id"], `found "${id}" twice; allowed: each subnet once`));
    });
    const [, , , region, account] = value.kmsKey?.split(":") ?? [];
    if (value.kmsKey !== undefined && (region !== value.region || account !== value.account))
      issues.push(
        problem(
          ["kmsKey"],
          `found a key of ${region} in ${account}; allowed: one of filiera:aws.region in filiera:aws.account, ${value.region} in ${value.account}`,
        ),
      );
  });

export type AwsConfig = DeepReadonly<z.output<typeof awsConfig>>;

/** The first part of an ARN after `arn`, which goes with the region: China's and the US government's are apart. */
export function partitionOf(region: string): "aws" | "aws-cn" | "aws-us-gov" {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** The domain of AWS's own endpoints. */
export function domainOf(region: string): string {
  return partitionOf(region) === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
}
