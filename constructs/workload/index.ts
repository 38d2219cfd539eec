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
export { PodPolicy, type PodPolicyProps } from "./policy.ts";
export { type Claim, type Run, Workload, type WorkloadProps, type WorkloadTransform } from "./workload.ts";
