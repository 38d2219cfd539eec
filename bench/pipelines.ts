/** What compiling pipelines costs, how it grows, and what Kubeflow's own SDK takes for the same. */
import { join } from "node:path";
import { execa } from "execa";
import { messageOf } from "../constructs/kernel/errors.ts";
import { pythonEnvironment } from "../local/python/environment.ts";
import { compile, containerStep, type Pipeline, pipeline, string, toPipelineYaml } from "../pipelines/index.ts";
import { KFP_LOCK } from "../test/real/pipelines/kfp.ts";

const MANY = 1000;
const STEPS = 20;
/** The SDK is slow enough that so many tell. */
const SDK_MANY = 100;

const step = containerStep({
  name: "step",
  inputs: { words: string() },
  outputs: { said: string() },
  container: ({ inputs, outputs }) => ({
    image: "busybox:1.37",
    command: ["sh", "-c", 'echo "$0" > "$1"'],
    args: [inputs.words, outputs.said.path],
  }),
});

/** A pipeline of steps that each wait for the one before. */
function chain(name: string, length: number): Pipeline {
  return pipeline({ name, inputs: { who: string() } }, (steps, { who }) => {
    let last = steps.run(step, { words: who });
    for (let i = 1; i < length; i++) last = steps.run(step, { words: last.output });
  });
}

/** Time of the processor, which a busy machine does not lengthen much. */
function millisecondsEach(many: number, length: number, one: (pipeline: Pipeline) => unknown): number {
  const pipelines = Array.from({ length: many }, (_, i) => chain(`chain-${i}`, length));
  for (const each of pipelines.slice(0, 20)) one(each);
  const start = process.cpuUsage();
  for (const each of pipelines) one(each);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / many;
}

/** A thousand pipelines of 20 steps, and how it grows with pipelines and with steps. */
export async function compiling(): Promise<void> {
  const rows = [
    [MANY / 10, STEPS],
    [MANY, STEPS],
    [MANY / 10, STEPS * 4],
    [MANY / 10, STEPS * 16],
  ] as const;
  const measured = rows.map(([pipelines, steps]) => {
    const compiled = millisecondsEach(pipelines, steps, compile);
    const written = millisecondsEach(pipelines, steps, (each) => toPipelineYaml(compile(each)));
    return { pipelines, steps, compiled, written };
  });
  console.log("compiling pipelines, and compiling and writing them as YAML");
  console.table(
    measured.map(({ pipelines, steps, compiled, written }) => ({
      pipelines,
      steps,
      "compile ms": compiled.toFixed(2),
      "µs a step": Math.round((compiled * 1000) / steps),
      "compile and write ms": written.toFixed(2),
    })),
  );
  const written = measured[1]?.written ?? Number.NaN;
  try {
    const { python } = await pythonEnvironment(KFP_LOCK, { progress: console.log });
    const program = join(import.meta.dirname, "pipelines.py");
    const { stdout } = await execa(python, [program, String(SDK_MANY), String(STEPS)]);
    const sdk = Number(stdout.trim());
    console.log(
      `the SDK compiles and writes ${STEPS} steps in ${sdk.toFixed(1)} ms, ${(sdk / written).toFixed(1)} times as long`,
    );
  } catch (error) {
    console.log(`the SDK was not measured: ${messageOf(error)}`);
  }
}
