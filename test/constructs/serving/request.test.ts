import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readServingRequest } from "../../../constructs/index.ts";

// as the step writes it: test/images/steps/test_serving.py reads the same file
const document = readFileSync(join(import.meta.dirname, "request.json"), "utf8");

test("a request is read as the step deploy wrote it", () => {
  const { model, traffic, previous, evaluation, ...rest } = readServingRequest(document, "2.json");
  expect({ model, traffic, previous, evaluation, ...rest }).toEqual(JSON.parse(document));
  expect([model.uri, model.task]).toEqual(["models:/card-fraud/2", "classification"]);
  expect(traffic.steps.map(({ percent }) => percent)).toEqual([5, 50, 100]);
  expect(previous?.request).toBe("card-fraud/0000000001.json");
  expect(evaluation.worst["auc"]?.value).toBe("grocery");
});

test("what is no request of this version is told, all of it", () => {
  const told = (change: (text: string) => string) => () => readServingRequest(change(document), "s3://models/2.json");
  expect(told(() => "{")).toThrow(
    /^\[s3:\/\/models\/2\.json\] is no JSON \(.*\): take what the step deploy wrote, as it is$/,
  );
  expect(
    told((text) => text.replace('"format_version": 1', '"format_version": 2').replace('"task"', '"kind"')),
  ).toThrow(
    [
      "[s3://models/2.json.format_version] is not as version 1 of serving requests has it (invalid input: expected 1): take what the step deploy wrote, as it is",
      '[s3://models/2.json.model.task] is not as version 1 of serving requests has it (invalid option: expected one of "classification"|"ranking"|"forecast"): take what the step deploy wrote, as it is',
      '[s3://models/2.json.model] is not as version 1 of serving requests has it (unrecognized key: "kind"): take what the step deploy wrote, as it is',
    ].join("\n"),
  );
  for (const percent of ["0", "101", "null"]) {
    expect(told((text) => text.replace('"percent": 5.0', `"percent": ${percent}`))).toThrow(
      /^\[s3:\/\/models\/2\.json\.traffic\.steps\.0\.percent\] is not as version 1/,
    );
  }
});
