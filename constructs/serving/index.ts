export { readServingRequest, type ServingRequest } from "./request.ts";
