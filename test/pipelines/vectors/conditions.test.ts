import { describe } from "vitest";
import {
  artifact,
  atMost,
  boolean,
  equal,
  greaterThan,
  integer,
  notEqual,
  oneOf,
  pipeline,
  string,
  text,
} from "../../../pipelines/index.ts";
import { vector } from "../support/vectors.ts";

describe("Conditions", () => {
  vector("flip_coin", ({ step, said }) => {
    const flipCoin = step("flip-coin", {}, { Output: string() });
    const randomNum = step("random-num", { high: integer(), low: integer() }, { Output: integer() });
    const printMsg = step("print-msg", { msg: string() }, {});
    return pipeline({ name: "conditional-execution-pipeline", description: said("pipelineInfo") }, (steps) => {
      const flipCoinTask = steps.run(flipCoin, {}, { cache: false });
      steps.when(equal(flipCoinTask.output, "heads"), (steps) => {
        const randomNumTask = steps.run(randomNum, { high: 9, low: 0 }, { cache: false });
        steps.when(greaterThan(randomNumTask.output, 5), (steps) => {
          steps.run(printMsg, { msg: text`heads and ${randomNumTask.output} > 5!` }, { cache: false });
        });
        steps.when(atMost(randomNumTask.output, 5), (steps) => {
          steps.run(printMsg, { msg: text`heads and ${randomNumTask.output} <= 5!` }, { cache: false });
        });
      });
      steps.when(equal(flipCoinTask.output, "tails"), (steps) => {
        const randomNum2 = steps.run(randomNum, { high: 19, low: 10 }, { cache: false });
        steps.when(greaterThan(randomNum2.output, 15), (steps) => {
          steps.run(printMsg, { msg: text`tails and ${randomNum2.output} > 15!` }, { cache: false });
        });
        steps.when(atMost(randomNum2.output, 15), (steps) => {
          steps.run(printMsg, { msg: text`tails and ${randomNum2.output} <= 15!` }, { cache: false });
        });
      });
    });
  });

  vector("pipeline_with_condition", ({ step }) => {
    const flipCoinOp = step("flip-coin-op", {}, { Output: string() });
    const printOp = step("print-op", { msg: string() }, {});
    return pipeline(
      { name: "single-condition-pipeline", inputs: { text: string({ default: "condition test" }) } },
      (steps, inputs) => {
        const flipCoinOpTask = steps.run(flipCoinOp, {}, { cache: false });
        steps.run(printOp, { msg: flipCoinOpTask.output });
        steps.when(equal(flipCoinOpTask.output, "heads"), (steps) => {
          const flipCoinOp2 = steps.run(flipCoinOp, {}, { cache: false });
          steps.run(printOp, { msg: flipCoinOp2.output });
          steps.run(printOp, { msg: inputs.text });
        });
      },
    );
  });

  vector("pipeline_with_nested_conditions", ({ step }) => {
    const flipCoinOp = step("flip-coin-op", {}, { Output: string() });
    const printOp = step("print-op", { msg: string() }, {});
    return pipeline({ name: "nested-conditions-pipeline" }, (steps) => {
      const flipCoinOpTask = steps.run(flipCoinOp, {});
      const flipCoinOp2 = steps.run(flipCoinOp, {});
      steps.run(printOp, { msg: flipCoinOpTask.output });
      steps.run(printOp, { msg: flipCoinOp2.output });
      steps.when(notEqual(flipCoinOpTask.output, "no-such-result"), (steps) => {
        const flipCoinOp3 = steps.run(flipCoinOp, {});
        steps.run(printOp, { msg: flipCoinOp3.output });
        steps.when(equal(flipCoinOp2.output, flipCoinOp3.output), (steps) => {
          const flipCoinOp4 = steps.run(flipCoinOp, {});
          steps.run(printOp, { msg: flipCoinOp4.output });
        });
      });
    });
  });

  vector("if_else_with_oneof_parameters", ({ step }) => {
    const flipCoin = step("flip-coin", {}, { Output: string() });
    const printAndReturn = step("print-and-return", { text: string() }, { Output: string() });
    return pipeline({ name: "flip-coin-pipeline", outputs: { Output: string() } }, (steps) => {
      const flipCoinTask = steps.run(flipCoin, {});
      const condition2 = steps.when(equal(flipCoinTask.output, "heads"), (steps) => {
        const printAndReturnTask = steps.run(printAndReturn, { text: "Got heads!" });
        return printAndReturnTask;
      });
      const condition3 = condition2.otherwise((steps) => {
        const printAndReturn2 = steps.run(printAndReturn, { text: "Got tails!" });
        return printAndReturn2;
      });
      const either1_1 = oneOf(condition2.result.output, condition3.result.output);
      steps.run(printAndReturn, { text: either1_1 });
      return { Output: either1_1 };
    });
  });

  vector("if_else_with_oneof_artifacts", ({ step }) => {
    const flipCoin = step("flip-coin", {}, { Output: string() });
    const paramToArtifact = step("param-to-artifact", { val: string() }, { a: artifact() });
    const printArtifact = step("print-artifact", { a: artifact() }, {});
    const flipCoinPipeline = pipeline({ name: "flip-coin-pipeline", outputs: { Output: artifact() } }, (steps) => {
      const flipCoinTask = steps.run(flipCoin, {});
      const condition2 = steps.when(equal(flipCoinTask.output, "heads"), (steps) => {
        const paramToArtifactTask = steps.run(paramToArtifact, { val: flipCoinTask.output });
        return paramToArtifactTask;
      });
      const condition3 = condition2.otherwise((steps) => {
        const paramToArtifact2 = steps.run(paramToArtifact, { val: flipCoinTask.output });
        return paramToArtifact2;
      });
      const either1_1 = oneOf(condition2.result.output, condition3.result.output);
      steps.run(printArtifact, { a: either1_1 });
      return { Output: either1_1 };
    });
    return pipeline({ name: "outer-pipeline" }, (steps) => {
      const flipCoinPipelineTask = steps.run(flipCoinPipeline, {});
      steps.run(printArtifact, { a: flipCoinPipelineTask.output });
    });
  });

  vector("if_elif_else_with_oneof_parameters", ({ step }) => {
    const flipThreeSidedDie = step("flip-three-sided-die", {}, { Output: string() });
    const printAndReturn = step("print-and-return", { text: string() }, { Output: string() });
    const specialPrintAndReturn = step("special-print-and-return", { text: string() }, { output_key: string() });
    const rollDiePipeline = pipeline({ name: "roll-die-pipeline", outputs: { Output: string() } }, (steps) => {
      const flipThreeSidedDieTask = steps.run(flipThreeSidedDie, {});
      const condition2 = steps.when(equal(flipThreeSidedDieTask.output, "heads"), (steps) => {
        const printAndReturnTask = steps.run(printAndReturn, { text: "Got heads!" });
        return printAndReturnTask;
      });
      const condition3 = condition2.elseWhen(equal(flipThreeSidedDieTask.output, "tails"), (steps) => {
        const printAndReturn2 = steps.run(printAndReturn, { text: "Got tails!" });
        return printAndReturn2;
      });
      const condition4 = condition3.otherwise((steps) => {
        const specialPrintAndReturnTask = steps.run(specialPrintAndReturn, { text: "Draw!" });
        return specialPrintAndReturnTask;
      });
      const either1_1 = oneOf(condition2.result.output, condition3.result.output, condition4.result.output);
      return { Output: either1_1 };
    });
    return pipeline({ name: "outer-pipeline", outputs: { Output: string() } }, (steps) => {
      const rollDiePipelineTask = steps.run(rollDiePipeline, {});
      const printAndReturnTask = steps.run(printAndReturn, { text: rollDiePipelineTask.output });
      return { Output: printAndReturnTask.output };
    });
  });

  vector("parameter_oneof", ({ step }) => {
    const flipCoin = step("flip-coin", {}, { Output: string() });
    const coreComp = step("core-comp", { input: string() }, { Output: string() });
    const coreOutputComp = step("core-output-comp", { input: string() }, { output_key: string() });
    const core = pipeline({ name: "core", outputs: { Output: string() } }, (steps) => {
      const flipCoinTask = steps.run(flipCoin, {}, { cache: false });
      const condition2 = steps.when(equal(flipCoinTask.output, "heads"), (steps) => {
        const coreCompTask = steps.run(coreComp, { input: "Got heads!" }, { cache: false });
        return coreCompTask;
      });
      const condition3 = condition2.otherwise((steps) => {
        const coreOutputCompTask = steps.run(coreOutputComp, { input: "Got tails!" }, { cache: false });
        return coreOutputCompTask;
      });
      const either1_1 = oneOf(condition2.result.output, condition3.result.output);
      return { Output: either1_1 };
    });
    const mantle = pipeline({ name: "mantle", outputs: { Output: string() } }, (steps) => {
      const coreTask = steps.run(core, {}, { cache: false });
      return { Output: coreTask.output };
    });
    const crustComp = step("crust-comp", { input: string() }, {});
    return pipeline({ name: "parameter-oneof-pipeline" }, (steps) => {
      const mantleTask = steps.run(mantle, {}, { cache: false });
      steps.run(crustComp, { input: mantleTask.output }, { cache: false });
    });
  });

  vector("local_execution_pipeline_with_oneof", ({ step }) => {
    const branchA = step("branch-a", {}, { Output: string() });
    const branchB = step("branch-b", {}, { Output: string() });
    const tagSelected = step("tag-selected", { value: string() }, { Output: string() });
    return pipeline(
      { name: "pipeline-with-oneof", inputs: { pick_a: boolean({ default: true }) }, outputs: { Output: string() } },
      (steps, inputs) => {
        const condition2 = steps.when(equal(inputs.pick_a, true), (steps) => {
          const branchATask = steps.run(branchA, {});
          return branchATask;
        });
        const condition3 = condition2.otherwise((steps) => {
          const branchBTask = steps.run(branchB, {});
          return branchBTask;
        });
        const either1_1 = oneOf(condition2.result.output, condition3.result.output);
        const tagSelectedTask = steps.run(tagSelected, { value: either1_1 });
        return { Output: tagSelectedTask.output };
      },
    );
  });
});
