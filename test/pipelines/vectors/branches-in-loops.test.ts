import { describe } from "vitest";
import {
  boolean,
  collected,
  equal,
  greaterThan,
  integer,
  lessThan,
  list,
  listOf,
  oneOf,
  pipeline,
  string,
} from "../../../pipelines/index.ts";
import { vector } from "../support/vectors.ts";

describe("Branches in loops", () => {
  vector("if_elif_else_complex", ({ step }) => {
    const printAndReturn = step("print-and-return", { text: string() }, { Output: string() });
    const int0To9999 = step("int-0-to-9999", {}, { Output: integer() });
    const isEvenOrOdd = step("is-even-or-odd", { num: integer() }, { Output: string() });
    const printInts = step("print-ints", { ints: list() }, {});
    return pipeline(
      {
        name: "lucky-number-pipeline",
        inputs: {
          add_drumroll: boolean({ default: true }),
          repeat_if_lucky_number: boolean({ default: true }),
          trials: listOf(integer(), { default: [1, 2, 3] }),
        },
      },
      (steps, inputs) => {
        const forLoop1 = steps.forEach(inputs.trials, (steps, item1) => {
          steps.when(equal(inputs.add_drumroll, true), (steps) => {
            steps.when(equal(item1, 3), (steps) => {
              steps.run(printAndReturn, { text: "Adding drumroll on last trial!" });
            });
          });
          const int0To9999Task = steps.run(int0To9999, {}, { cache: false });
          steps
            .when(lessThan(int0To9999Task.output, 5000), (steps) => {
              const isEvenOrOddTask = steps.run(isEvenOrOdd, { num: int0To9999Task.output });
              const condition6 = steps.when(equal(isEvenOrOddTask.output, "even"), (steps) => {
                const printAndReturn2 = steps.run(printAndReturn, { text: "Got a low even number!" });
                return printAndReturn2;
              });
              const condition7 = condition6.otherwise((steps) => {
                const printAndReturn3 = steps.run(printAndReturn, { text: "Got a low odd number!" });
                return printAndReturn3;
              });
              const either5_1 = oneOf(condition6.result.output, condition7.result.output);
              steps.run(printAndReturn, { text: either5_1 });
            })
            .elseWhen(greaterThan(int0To9999Task.output, 5000), (steps) => {
              const isEvenOrOdd2 = steps.run(isEvenOrOdd, { num: int0To9999Task.output });
              const condition11 = steps.when(equal(isEvenOrOdd2.output, "even"), (steps) => {
                const printAndReturn5 = steps.run(printAndReturn, { text: "Got a high even number!" });
                return printAndReturn5;
              });
              const condition12 = condition11.otherwise((steps) => {
                const printAndReturn6 = steps.run(printAndReturn, { text: "Got a high odd number!" });
                return printAndReturn6;
              });
              const either10_1 = oneOf(condition11.result.output, condition12.result.output);
              steps.run(printAndReturn, { text: either10_1 });
            })
            .otherwise((steps) => {
              steps.run(printAndReturn, { text: "Announcing: Got the lucky number 5000! A one in 10,000 chance." });
              steps.when(equal(inputs.repeat_if_lucky_number, true), (steps) => {
                steps.forEach([1, 2], (steps) => {
                  steps.run(printAndReturn, {
                    text: "Announcing again: Got the lucky number 5000! A one in 10,000 chance.",
                  });
                });
              });
            });
          return int0To9999Task;
        });
        steps.run(printInts, { ints: collected(forLoop1.output) });
      },
    );
  });
});
