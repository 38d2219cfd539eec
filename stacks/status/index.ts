export { examineDeployed, statusFrom } from "./status.ts";
