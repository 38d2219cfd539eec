import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  choice,
  collected,
  compile,
  containerStep,
  double,
  equal,
  finalStatus,
  greaterThan,
  integer,
  model,
  oneOf,
  type Pipeline,
  pipeline,
  pythonStep,
  type Ref,
  type Scope,
  type StringType,
  string,
} from "../../../pipelines/index.ts";
import { folder } from "../../support/filiera.ts";
import { join as joined, prepare, say, train, wake } from "../support/steps.ts";

/** What a user is told; each problem with its path. */
function told(wrong: () => Pipeline): readonly string[] {
  try {
    compile(wrong());
  } catch (error) {
    return error instanceof Error && error.name === "FilieraError" ? error.message.split("\n") : [String(error)];
  }
  return [];
}

const wrong = (body: (steps: Scope) => void) => told(() => pipeline({ name: "wrong" }, body));

/** Calls as a program without types would. */
function untyped<To>(value: unknown): To;
function untyped(value: unknown): unknown {
  return value;
}

describe("inputs", () => {
  test("everything that is wrong is told at once", () => {
    expect(
      wrong((steps) => {
        steps.run(train, untyped({ tabel: steps.run(prepare, {}).outputs.table, rate: "high" }));
      }),
    ).toEqual([
      "[wrong/train.tabel] found an unknown input: known are table, rate; did you mean table?",
      '[wrong/train.rate] found "high": give it a double',
      "[wrong/train.table] found nothing: give it a system.Dataset",
    ]);
  });

  test("of the pipeline: names that no step can say, and defaults of another type", () => {
    const inputs = {
      "the rate": string(),
      seed: integer({ default: 1.5 }),
      rate: double({ default: Number.NaN }),
      how: choice(["fast", "slow"], { default: untyped("slowly") }),
    };
    expect(told(() => pipeline({ name: "wrong", inputs }, () => {}))).toEqual([
      '[wrong] found the name "the rate": give it letters, digits and underscores, the first no digit',
      "[wrong.seed] found the default 1.5: give it an integer",
      "[wrong.rate] found the default NaN: give it a double",
      '[wrong.how] found the default "slowly": give it "fast" or "slow"',
    ]);
  });

  test("of a step without inputs", () => {
    expect(wrong((steps) => steps.run(prepare, untyped({ rows: 1 })))).toEqual([
      "[wrong/prepare.rows] found an input where there is none: leave it out",
    ]);
  });

  test("an artifact of another type", () => {
    expect(
      wrong((steps) => {
        const { table } = steps.run(prepare, {}).outputs;
        steps.run(train, untyped({ table: steps.run(train, { table }).outputs.model }));
      }),
    ).toEqual(["[wrong/train-2.table] found a system.Model: give it a system.Dataset"]);
  });

  test("a value of now in place of an artifact", () => {
    expect(wrong((steps) => steps.run(train, untyped({ table: "s3://bucket/table" })))).toEqual([
      '[wrong/train.table] found "s3://bucket/table" of now: give it a system.Dataset',
    ]);
  });

  test("one artifact in place of a list", () => {
    expect(wrong((steps) => steps.run(joined, untyped({ tables: steps.run(prepare, {}).outputs.table })))).toEqual([
      "[wrong/join.tables] found a system.Dataset: give it a list of system.Dataset",
    ]);
  });

  test("a number with a fraction in place of a whole one", () => {
    const count = containerStep({ name: "count", inputs: { rows: integer() }, container: { image: "busybox:1.37" } });
    expect(wrong((steps) => steps.run(count, { rows: 1.5 }))).toEqual([
      "[wrong/count.rows] found 1.5: give it an integer",
    ]);
  });

  test("a status where Kubeflow gives it", () => {
    expect(
      wrong((steps) => steps.onExit(wake, untyped({ status: "done" }), (steps) => steps.run(prepare, {}))),
    ).toEqual(["[wrong/wake.status] found a value for what Kubeflow gives itself: leave it out"]);
  });

  test("a value of another pipeline", () => {
    let rows: Ref<StringType> | undefined;
    compile(
      pipeline({ name: "other" }, (steps) => {
        rows = steps.run(say, { words: "there" }).output;
      }),
    );
    expect(wrong((steps) => steps.run(say, { words: rows ?? "" }))).toEqual([
      "[wrong/say] found a value of the pipeline other: pass it as an input",
    ]);
  });
});

describe("outputs", () => {
  test("missing, unknown, of another type, of now", () => {
    expect(
      told(() =>
        pipeline({ name: "wrong", outputs: { model: model(), rows: integer(), words: string() } }, (steps) =>
          untyped<never>({
            model: steps.run(prepare, {}).outputs.table,
            rows: 3,
            word: steps.run(say, { words: "" }).output,
          }),
        ),
      ),
    ).toEqual([
      "[wrong.model] found a system.Dataset: give it a system.Model",
      "[wrong.rows] found a value of now: give it an output of a task",
      "[wrong.word] found an unknown output: known are model, rows, words; did you mean words?",
      "[wrong.words] found nothing: return a string",
    ]);
  });

  test("an input of the pipeline", () => {
    expect(
      told(() =>
        pipeline({ name: "wrong", inputs: { a: string() }, outputs: { b: string() } }, (_, { a }) => ({ b: a })),
      ),
    ).toEqual(["[wrong.b] found an input of the pipeline: give it an output of a task"]);
  });

  test("the only one of several", () => {
    expect(wrong((steps) => steps.run(prepare, {}).output)).toEqual([
      "[wrong/prepare] found the outputs table, rows where the only one is asked for: take one from outputs",
    ]);
  });

  test("the only one of none", () => {
    expect(wrong((steps) => steps.run(joined, { tables: untyped<never>(undefined) }).output)).toEqual([
      "[wrong/join] found no outputs where the only one is asked for: take one from outputs",
    ]);
  });
});

describe("order", () => {
  test("a cycle of tasks", () => {
    expect(
      wrong((steps) => {
        const first = steps.run(say, { words: "first" });
        const second = steps.run(say, { words: first.output });
        first.after(steps.run(prepare, {}).after(second));
      }),
    ).toEqual(["[wrong/say] found a cycle: say after prepare after say-2 after say: leave one of them out"]);
  });

  test("a pipeline that runs itself through another", () => {
    const outer: Pipeline = pipeline({ name: "outer" }, (steps) => {
      steps.run(inner, {});
    });
    const inner: Pipeline = pipeline({ name: "inner" }, (steps) => {
      steps.run(outer, {});
    });
    expect(told(() => outer)).toEqual([
      "[outer] found a pipeline that runs itself: outer runs inner runs outer: leave one of them out",
    ]);
  });

  test("after a task in a branch that may not be taken", () => {
    expect(
      wrong((steps) => {
        const { rows } = steps.run(prepare, {}).outputs;
        const { result } = steps.when(equal(rows, 1), (steps) => steps.run(say, { words: "one" }));
        steps.run(say, { words: "then" }).after(result);
      }),
    ).toEqual([
      "[wrong/say-2] found that it comes after say, which is inside of condition-1 and may not run: put it there, too",
    ]);
  });
});

describe("branches and loops", () => {
  test("what is in a branch is read with oneOf", () => {
    expect(
      wrong((steps) => {
        const { rows } = steps.run(prepare, {}).outputs;
        const { result } = steps.when(equal(rows, 1), (steps) => steps.run(say, { words: "one" }));
        steps.run(say, { words: result.output });
      }),
    ).toEqual([
      "[wrong/say-2] found say-Output, which is inside of condition-1: outside of branches their outputs are read with oneOf",
    ]);
  });

  test("what is in a loop is read with collected", () => {
    expect(
      wrong((steps) => {
        const said = steps.forEach(["a", "b"], (steps, word) => steps.run(say, { words: word }));
        steps.run(say, { words: said.output });
      }),
    ).toEqual([
      "[wrong/say-2] found say-Output, which is inside of for-loop-2: outside of a loop its outputs are read with collected",
    ]);
  });

  test("what is watched is read by nobody outside", () => {
    expect(
      wrong((steps) => {
        const { result } = steps.onExit(wake, {}, (steps) => steps.run(say, { words: "go" }));
        steps.run(say, { words: result.output });
      }),
    ).toEqual([
      "[wrong/say-2] found say-Output, which is inside of exit-handler-1: outside of it nothing can be read from it",
    ]);
  });

  test("collected of what is in no loop", () => {
    expect(
      wrong((steps) => {
        const { table } = steps.run(prepare, {}).outputs;
        steps.run(joined, { tables: collected(table) });
      }),
    ).toEqual([
      "[wrong/join] found an output of a task in no loop, or in one that the reader is in, in collected: give it an output of a task of a loop beside the reader",
    ]);
  });

  test("collected of a loop in a branch", () => {
    expect(
      wrong((steps) => {
        const { rows } = steps.run(prepare, {}).outputs;
        const { result } = steps.when(greaterThan(rows, 1), (steps) =>
          steps.forEach([1, 2], (steps) => steps.run(prepare, {})),
        );
        steps.run(joined, { tables: collected(result.outputs.table) });
      }),
    ).toEqual([
      "[wrong/join] found a loop that is inside of condition-1, in collected: give it an output of a task of a loop beside the reader",
    ]);
  });

  test("oneOf without otherwise", () => {
    const without =
      "found branches without `otherwise`, so that none may be taken, in oneOf: give it one output of a task in each branch of one `when`";
    expect(
      wrong((steps) => {
        const { rows } = steps.run(prepare, {}).outputs;
        oneOf(steps.when(equal(rows, 1), (steps) => steps.run(say, { words: "one" })).result.output);
      }),
    ).toEqual([`[wrong/say] ${without}`]);
    expect(
      wrong((steps) => {
        const { rows } = steps.run(prepare, {}).outputs;
        const one = steps.when(equal(rows, 1), (steps) => steps.run(say, { words: "one" }));
        const two = one.elseWhen(equal(rows, 2), (steps) => steps.run(say, { words: "two" }));
        oneOf(one.result.output, two.result.output);
      }),
    ).toEqual([`[wrong/say] ${without}`]);
  });

  test("oneOf of what is in no branch, and of another branch", () => {
    expect(wrong((steps) => oneOf(steps.run(say, { words: "one" }).output))).toEqual([
      "[wrong/say] found an output of a task that is in no branch, in oneOf: give it one output of a task in each branch of one `when`",
    ]);
    expect(
      wrong((steps) => {
        const { rows } = steps.run(prepare, {}).outputs;
        const ends = [1, 2].map((number) => {
          const one = steps.when(equal(rows, number), (steps) => steps.run(say, { words: "one" }));
          return one.otherwise((steps) => steps.run(say, { words: "two" })).result.output;
        });
        oneOf(untyped<Ref<StringType>>(ends[0]), untyped<Ref<StringType>>(ends[1]));
      }),
    ).toEqual([
      "[wrong/say-4] found an output of another `when`, in oneOf: give it one output of a task in each branch of one `when`",
    ]);
  });

  test("an empty list", () => {
    expect(wrong((steps) => steps.forEach([], (steps) => steps.run(prepare, {})))).toEqual([
      "[wrong/for-loop-2] found an empty list to go through: give it at least one item",
    ]);
  });

  test("a step that is put into the outer scope", () => {
    expect(wrong((steps) => steps.forEach([1], () => steps.run(prepare, {})))).toEqual([
      "[wrong] found a step that is put into wrong while for-loop-2 is described: use the scope that the function is given",
    ]);
  });

  test("a function that throws, or that somebody would have to wait for", () => {
    const cause = new TypeError("no data");
    const throws = pipeline({ name: "throws" }, () => {
      throw cause;
    });
    expect(() => compile(throws)).toThrow(
      expect.objectContaining({ message: "[throws] found that its description fails: no data", cause }),
    );
    const waits = async (steps: Scope) => {
      await Promise.resolve();
      steps.run(prepare, {});
    };
    expect(wrong((steps) => waits(steps))).toEqual([
      "[wrong] found an async function for wrong: nothing is awaited when a pipeline is described, leave async out",
    ]);
    expect(wrong((steps) => steps.forEach([1], waits))).toEqual([
      "[wrong] found an async function for for-loop-2: nothing is awaited when a pipeline is described, leave async out",
    ]);
  });

  test("a step that comes too late", () => {
    let kept: Scope | undefined;
    const late = pipeline({ name: "late" }, (steps) => {
      kept = steps;
    });
    compile(late);
    expect(() => kept?.run(prepare, {})).toThrow(
      "[late] found a step that is put into late after it was described: put it where the pipeline is",
    );
  });
});

describe("the end", () => {
  test("onExit inside of a loop", () => {
    expect(
      wrong((steps) => steps.forEach([1], (steps) => steps.onExit(wake, {}, (steps) => steps.run(prepare, {})))),
    ).toEqual(["[wrong/exit-handler-3] found onExit inside of for-loop-2: use it in the pipeline itself"]);
  });

  test("what runs at the end waits for a task", () => {
    expect(
      wrong((steps) => {
        const said = steps.run(say, { words: "go" });
        steps.onExit(say, { words: said.output }, (steps) => steps.run(prepare, {}));
      }),
    ).toEqual([
      "[wrong/say-2] found that it waits for a task: what runs at the end can be given values and inputs of the pipeline only",
    ]);
  });

  test("a final status that nobody gives", () => {
    expect(wrong((steps) => steps.run(wake, {}))).toEqual([
      "[wrong/wake] found a final status that nobody gives it: run it by onExit, or after one task with ignoreUpstreamFailure",
    ]);
    expect(wrong((steps) => steps.run(wake, {}, { ignoreUpstreamFailure: true }))).toEqual([
      "[wrong/wake] found that it comes after nothing and asks for one final status: have it come after one task",
    ]);
    expect(
      wrong((steps) => {
        const [one, other] = [steps.run(prepare, {}), steps.run(prepare, {})];
        steps.run(wake, {}, { ignoreUpstreamFailure: true }).after(one, other);
      }),
    ).toEqual([
      "[wrong/wake] found that it comes after prepare, prepare-2 and asks for one final status: have it come after one task",
    ]);
  });
});

describe("names and settings", () => {
  test("a name that Kubeflow does not take", () => {
    expect(told(() => pipeline({ name: "My Pipeline" }, () => undefined))).toEqual([
      "[My Pipeline] found a name that Kubeflow does not take: give it lower-case letters, digits and dashes, the first no dash, at most 128",
    ]);
  });

  test("a name that is another each time", () => {
    let count = 0;
    expect(
      told(() =>
        pipeline({ name: "wrong" }, (steps) => {
          count += 1;
          steps.run(say, { words: `run ${count}` });
        }),
      ),
    ).toEqual([
      '[wrong] found "run 1" and then "run 2" at root.dag.tasks.say.inputs.parameters.words.runtimeValue.constant when it was described twice: keep dates, random values and counters out of it',
    ]);
  });

  test("a reference in a template literal", () => {
    expect(wrong((steps) => steps.run(say, { words: `hello ${steps.run(say, { words: "world" }).output}` }))).toEqual([
      "[pipeline] found a value that is known only when the pipeline runs in a template literal: write text`…` before the template",
    ]);
  });

  test("settings of containers for what has none", () => {
    const inner = pipeline({ name: "inner" }, (steps) => {
      steps.run(prepare, {});
    });
    expect(wrong((steps) => steps.run(inner, {}, { resources: { cpuLimit: 2 }, timeout: "1h" }))).toEqual([
      "[wrong/inner.resources] found a setting of containers, and a pipeline has none: leave it out",
      "[wrong/inner.timeout] found a setting of containers, and a pipeline has none: leave it out",
    ]);
    expect(wrong((steps) => steps.import({ uri: "s3://bucket/model", type: model() }, { env: { A: "b" } }))).toEqual([
      "[wrong/importer.env] found a setting of containers, and an import has none: leave it out",
    ]);
  });

  test("units that are none", () => {
    expect(
      wrong((steps) =>
        steps.run(
          prepare,
          {},
          {
            timeout: "1.5h",
            retry: { times: -1, wait: untyped("soon"), factor: 0.5 },
            resources: {
              cpuLimit: -2,
              memoryLimit: "1.5Gi",
              memoryRequest: untyped("4 GB"),
              accelerator: { count: 1.5 },
            },
          },
        ),
      ),
    ).toEqual([
      '[wrong/prepare.timeout] found "1.5h": give it a whole number and a unit, s, m, h or d',
      "[wrong/prepare.retry.times] found -1: give it a whole number, 0 or more",
      '[wrong/prepare.retry.wait] found "soon": give it a whole number and a unit, s, m, h or d',
      "[wrong/prepare.retry.factor] found 0.5: give it 1 or more",
      "[wrong/prepare.resources.cpuLimit] found -2: give it cores such as 2 or 0.5, or thousandths of one such as 500m",
      '[wrong/prepare.resources.memoryRequest] found "4 GB": give it a whole number and a unit such as Gi or G',
      '[wrong/prepare.resources.memoryLimit] found "1.5Gi": give it a whole number and a unit such as Gi or G',
      "[wrong/prepare.resources.accelerator.count] found 1.5: give it a whole number, 0 or more",
    ]);
  });

  test("parallelism that is none", () => {
    expect(wrong((steps) => steps.forEach([1], (steps) => steps.run(prepare, {}), { parallelism: -1 }))).toEqual([
      "[wrong/for-loop-2.parallelism] found -1: give it a whole number, 1 or more",
    ]);
  });

  test("an import into a workspace that the pipeline does not have", () => {
    expect(wrong((steps) => steps.import({ uri: "s3://bucket/model", type: model(), toWorkspace: true }))).toEqual([
      "[wrong/importer] found an import into a workspace that the pipeline does not have: give it a workspace",
    ]);
  });

  test("a Python file that begins with a mark of its encoding, and one that no process can be given", () => {
    const file = join(folder(), "train.py");
    const step = pythonStep({ file });
    const signature = "def train(): ...\n";
    writeFileSync(file, `\uFEFF${signature}`);
    expect(wrong((steps) => steps.run(step, {}))).toEqual([]);
    writeFileSync(file, `${signature}TABLE = "${"é".repeat(65_536)}"\n`);
    expect(wrong((steps) => steps.run(step, {}))).toEqual([
      "[wrong/train] found 131100 bytes in train.py: Linux starts a step with at most 131071; put data elsewhere",
    ]);
  });

  test("a Python file that is not there", () => {
    const step = pythonStep({ file: "/nowhere/train.py" });
    expect(wrong((steps) => steps.run(step, {}))).toEqual([
      "[wrong/train] found no file that can be read at /nowhere/train.py: ENOENT: no such file or directory, open '/nowhere/train.py'",
    ]);
  });
});

test("a status can be passed into a pipeline", () => {
  const inner = pipeline({ name: "inner", inputs: { status: finalStatus() } }, (steps, { status }) => {
    steps.run(wake, { status });
  });
  expect(told(() => inner)).toEqual([]);
});
