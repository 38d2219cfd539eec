export type {
  ContainerProps,
  EnvValue,
  Image,
  Mount,
  Named,
  Probe,
  Probes,
  Resources,
} from "./container.ts";
export { isResolved } from "./container.ts";
export { PodPolicy, type PodPolicyProps } from "./policy.ts";
export { type Claim, PART_OF, type PodProps, type Run } from "./run.ts";
export { Workload, type WorkloadProps, type WorkloadTransform } from "./workload.ts";
