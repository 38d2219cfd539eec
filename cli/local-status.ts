import { firstLine } from "../constructs/kernel/errors.ts";
import type { ObjectStatus, RunStatus } from "../local/index.ts";
import { type Finding, findingsOf, type Report } from "../stacks/findings/index.ts";
import { count } from "../stacks/plan/amounts.ts";
import { shortName } from "./progress.ts";

const say = findingsOf("run");

/** How a run on this machine is, as its supervisor says. */
export function runReport({ environment, supervisor, started, phase, objects, notes }: RunStatus): Report {
  const asked = objects.filter(({ state }) => state !== "not run here");
  const found = asked.flatMap((object) => unwell(object, environment));
  const well = asked.length - found.length;
  return {
    environment,
    place: `on this machine, run by process ${supervisor.pid} since ${started}`,
    findings: [
      say.fine(environment, `${phase}; ${well} of ${count(asked.length, "object")} are well`),
      ...found,
      ...addressesOf(asked),
      ...notes.map((note) => say.note(environment, note)),
    ],
  };
}

/** A run whose supervisor died: its processes may have stayed. */
export function leftBehind({ environment, supervisor, phase }: RunStatus): Finding {
  return say.problem(
    environment,
    `process ${supervisor.pid}, which ran it on this machine, is gone and was ${phase}`,
    `filiera stop ${environment} ends what it left`,
  );
}

function unwell({ identity, state, detail, logs }: ObjectStatus, environment: string): Finding[] {
  if (state === "ready" || state === "done") return [];
  const why = detail === undefined ? `is ${state}` : `is ${state}: ${firstLine(detail)}`;
  const name = shortName(identity);
  const look = Object.keys(logs).length > 0 ? `filiera logs ${environment} "${name}"` : undefined;
  const wrong = state === "failed" || state === "restarting";
  return [wrong ? say.problem(name, why, look ?? `filiera run ${environment} says more`) : say.note(name, why, look)];
}

function addressesOf(objects: readonly ObjectStatus[]): Finding[] {
  const urls = objects.flatMap(({ identity, addresses }) =>
    Object.values(addresses).map((address) => `${shortName(identity)} at ${address}`),
  );
  return urls.length > 0 ? [say.fine("addresses", urls.join(", "))] : [];
}
