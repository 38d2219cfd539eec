import {
  artifactsOf,
  atLeast,
  atMost,
  boolean,
  collected,
  dataset,
  double,
  equal,
  greaterThan,
  integer,
  lessThan,
  list,
  listOf,
  notEqual,
  oneOf,
  pipeline,
  string,
  text,
} from "../../../../pipelines/index.ts";
import { count, join, judge, names, prepare, say, scale, sum, train } from "./steps.ts";

export const when = pipeline({ name: "when", inputs: { mode: string() } }, (steps, { mode }) => {
  const counted = steps.run(count, { number: 1 });
  steps.when(equal(mode, "fast"), (steps) => {
    const again = steps.run(count, { number: counted.output });
    steps.run(count, { number: again.output });
  });
  steps.when(
    greaterThan(counted.output, 3),
    (steps) => {
      steps.run(say, { words: mode });
    },
    { displayName: "many" },
  );
});

export const branches = pipeline(
  { name: "branches", inputs: { mode: string() }, outputs: { said: string() } },
  (steps, { mode }) => {
    const fast = steps.when(equal(mode, "fast"), (steps) => steps.run(say, { words: "fast" }));
    const slow = fast.elseWhen(equal(mode, "slow"), (steps) => steps.run(say, { words: "slow" }));
    const other = slow.otherwise((steps) => steps.run(say, { words: "neither" }), { displayName: "neither" });
    const said = oneOf(fast.result.output, slow.result.output, other.result.output);
    steps.run(say, { words: said });
    return { said: steps.run(say, { words: "done" }).output };
  },
);

export const eitherTable = pipeline(
  { name: "either-table", inputs: { many: boolean() }, outputs: { table: dataset(), score: double() } },
  (steps, { many }) => {
    const large = steps.when(equal(many, true), (steps) => {
      const made = steps.run(prepare, { rows: 1000 });
      return { table: made.output, score: steps.run(train, { table: made.output }).outputs.score };
    });
    const small = large.otherwise((steps) => {
      const made = steps.run(prepare, {});
      return { table: made.output, score: steps.run(train, { table: made.output }).outputs.score };
    });
    const table = oneOf(large.result.table, small.result.table);
    steps.run(train, { table });
    return { table, score: oneOf(large.result.score, small.result.score) };
  },
);

export const comparisons = pipeline(
  { name: "comparisons", inputs: { a: integer(), b: double(), c: string(), d: boolean() } },
  (steps, { a, b, c, d }) => {
    const { next } = steps.run(count, { number: a }).outputs;
    const conditions = [
      equal(a, next),
      notEqual(a, 3),
      lessThan(b, 0.5),
      atMost(a, b),
      atLeast(b, 2),
      greaterThan(c, "m"),
      notEqual(c, "no"),
      equal(d, false),
    ];
    for (const condition of conditions) {
      steps.when(condition, (steps) => {
        steps.run(say, { words: "so" });
      });
    }
  },
);

export const withoutOtherwise = pipeline({ name: "without-otherwise", inputs: { a: integer() } }, (steps, { a }) => {
  steps.run(say, { words: "first" });
  steps
    .when(lessThan(a, 1), (steps) => steps.run(say, { words: "less" }))
    .elseWhen(greaterThan(a, 1), (steps) => steps.run(say, { words: "more" }));
});

export const deep = pipeline({ name: "deep", inputs: { a: integer(), c: string() } }, (steps, { a, c }) => {
  const { next } = steps.run(count, { number: a }).outputs;
  steps
    .when(greaterThan(next, 1), (steps) => {
      const inner = steps.run(count, { number: next });
      steps
        .when(equal(inner.output, 2), (steps) => {
          steps.when(equal(c, "x"), (steps) => {
            steps.run(say, { words: text`${c} and ${inner.output} of ${a}` });
          });
        })
        .otherwise((steps) => {
          steps.run(say, { words: "not two" });
        });
    })
    .otherwise((steps) => {
      steps.run(say, { words: c });
    });
});

export const loops = pipeline({ name: "loops" }, (steps) => {
  steps.forEach(["a", "b é"], (steps, word) => {
    steps.run(say, { words: word });
  });
  steps.forEach(
    [1, 2, 3],
    (steps, number) => {
      steps.run(count, { number });
      steps.run(say, { words: text`number ${number}` });
    },
    { parallelism: 2, displayName: "numbers" },
  );
  steps.forEach([0.5, 1.5], (steps, number) => {
    steps.run(scale, { number });
  });
  steps.forEach(
    [
      { label: "a", size: "1" },
      { label: "b", size: "2" },
    ],
    (steps, item) => {
      steps.run(say, { words: item.field("label") });
      steps.run(say, { words: item.field("size") });
    },
  );
});

export const lateLists = pipeline(
  {
    name: "late-lists",
    inputs: { words: listOf(string()), numbers: listOf(integer()), any: list(), tables: artifactsOf(dataset()) },
  },
  (steps, { words, numbers, any, tables }) => {
    steps.forEach(
      words,
      (steps, word) => {
        steps.run(say, { words: word });
      },
      { parallelism: 1 },
    );
    steps.forEach(numbers, (steps, number) => {
      steps.run(count, { number });
    });
    steps.forEach(any, (steps, item) => {
      steps.run(say, { words: item.field("label") });
      steps.when(equal(item.field("kind"), "x"), (steps) => {
        steps.run(say, { words: item.field("kind") });
      });
    });
    steps.forEach(tables, (steps, table) => {
      steps.run(train, { table });
    });
    const made = steps.run(names, {});
    steps.forEach(made.output, (steps, name) => {
      const said = steps.run(say, { words: name });
      steps.run(say, { words: text`${name} said ${said.output}` });
    });
  },
);

export const nestedLoops = pipeline(
  { name: "nested-loops", inputs: { groups: list(), extra: string() } },
  (steps, { groups, extra }) => {
    steps.forEach(groups, (steps, group) => {
      steps.run(say, { words: group.field("title") });
      steps.forEach(group.field("members"), (steps, member) => {
        steps.run(say, { words: member.field("label") });
        steps.run(say, { words: extra });
      });
    });
    steps.forEach(["x", "y"], (steps, outer) => {
      steps.forEach([1, 2], (steps, inner) => {
        steps.run(say, { words: outer });
        steps.when(atLeast(inner, 2), (steps) => {
          steps.run(say, { words: outer });
        });
      });
    });
  },
);

export const gathered = pipeline(
  { name: "gathered", outputs: { tables: artifactsOf(dataset()), numbers: list() } },
  (steps) => {
    const rounds = steps.forEach([1, 2], (steps, number) => ({
      counted: steps.run(count, { number }),
      made: steps.run(prepare, { rows: number }),
      inner: steps.forEach(["a", "b"], (steps, word) => ({
        said: steps.run(say, { words: word }),
        table: steps.run(prepare, {}),
      })),
    }));
    steps.run(sum, { numbers: collected(rounds.counted.output) });
    steps.run(sum, { numbers: collected(rounds.inner.said.output) });
    steps.run(join, { tables: collected(rounds.made.output) });
    steps.run(join, { tables: collected(rounds.inner.table.output) });
    return { tables: collected(rounds.made.output), numbers: collected(rounds.counted.output) };
  },
);

export const gatheredInside = pipeline(
  { name: "gathered-inside", inputs: { really: boolean() } },
  (steps, { really }) => {
    steps.when(equal(really, true), (steps) => {
      steps.forEach([1, 2], (steps, number) => {
        const counted = steps.forEach([3, 4], (steps, other) => {
          steps.run(count, { number });
          return steps.run(count, { number: other });
        });
        steps.run(sum, { numbers: collected(counted.output) });
      });
    });
  },
);

export const branchInLoop = pipeline({ name: "branch-in-loop", inputs: { limit: integer() } }, (steps, { limit }) => {
  steps.forEach([1, 2, 3], (steps, number) => {
    const counted = steps.run(count, { number });
    const high = steps.when(greaterThan(counted.output, limit), (steps) => steps.run(say, { words: "high" }));
    const low = high.otherwise((steps) => steps.run(say, { words: text`low: ${counted.output}` }));
    steps.run(say, { words: oneOf(high.result.output, low.result.output) });
  });
});

export const ordered = pipeline({ name: "ordered" }, (steps) => {
  const first = steps.run(say, { words: "first" });
  const second = steps.run(say, { words: "second" }).after(first);
  const looped = steps.forEach([1], (steps) => steps.run(say, { words: "looped" }).after(second));
  steps
    .run(judge, { model: steps.run(train, { table: steps.run(prepare, {}).output }).outputs.model })
    .after(looped, first);
});
