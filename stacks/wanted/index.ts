export { type PodRequests, type WantedPods, wantedPods } from "./pods.ts";
export { HOLE, type Holed, type HoledObject, type WantedObject, wantedObjects } from "./wanted.ts";
