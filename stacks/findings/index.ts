export {
  type Answer,
  exitCodeOf,
  type Finding,
  type Findings,
  findingsOf,
  given,
  known,
  type Report,
  type Verdict,
} from "./finding.ts";
