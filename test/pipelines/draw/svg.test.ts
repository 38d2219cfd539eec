import { expect, test } from "vitest";
import { type PlacedPicture, place } from "../../../pipelines/draw/layout.ts";
import { pictureOf } from "../../../pipelines/draw/picture.ts";
import { toSvg } from "../../../pipelines/draw/svg.ts";
import {
  atLeast,
  compile,
  containerStep,
  dataset,
  double,
  integer,
  type Pipeline,
  pipeline,
} from "../../../pipelines/index.ts";

const image = "registry.example.com/team/of/many/train:1.0.0";
/** As much of it as there is room for: its end. */
const IMAGE = "…mple.com/team/of/many/train:1.0.0";
const measure = containerStep({ name: "measure", outputs: { score: double() }, container: { image } });
const train = containerStep({ name: "train", inputs: { number: integer() }, container: { image: "python:3.11" } });

const inner = pipeline({ name: "inner" }, (steps) => {
  const score = steps.run(measure, {}).output;
  steps
    .when(atLeast(score, 0.5), (good) => {
      good.run(train, { number: 1 }, { displayName: 'the "best" <model> & more' });
    })
    .otherwise((bad) => {
      bad.forEach([1, 2, 3], (round, number) => {
        round.run(train, { number });
      });
    });
});
const outer = pipeline({ name: "outer", inputs: { rate: double({ default: 0.5 }) } }, (steps) => {
  const nested = steps.run(inner, {});
  steps.onExit(measure, {}, (watched) => {
    watched.import({ uri: "s3://data/table.csv", type: dataset() });
  });
  steps.run(measure, {}, { ignoreUpstreamFailure: true }).after(nested);
});

test("everything has words that say what it is", () => {
  const words = (picture: ReturnType<typeof pictureOf>): unknown[] =>
    picture.nodes.map(({ path, title, note, inside }) => [path, title, note, ...(inside ? [words(inside)] : [])]);
  expect(words(pictureOf(compile(outer).pipelineSpec))).toEqual([
    ["exit-handler-1", "", "watched", [["exit-handler-1/importer", "importer", "import of s3://data/table.csv"]]],
    [
      "inner",
      "",
      "inner",
      [
        [
          "inner/condition-branches-1",
          "",
          "one of",
          [
            [
              "inner/condition-branches-1/condition-2",
              "",
              "if measure-score >= 0.5",
              [["inner/condition-branches-1/condition-2/train", 'the "best" <model> & more', "python:3.11"]],
            ],
            [
              "inner/condition-branches-1/condition-3",
              "",
              "if not (measure-score >= 0.5)",
              [
                [
                  "inner/condition-branches-1/condition-3/for-loop-5",
                  "",
                  "for each of [1, 2, 3]",
                  [["inner/condition-branches-1/condition-3/for-loop-5/train-2", "train-2", "python:3.11"]],
                ],
              ],
            ],
          ],
        ],
        ["inner/measure", "measure", IMAGE],
      ],
    ],
    ["measure-2", "measure-2", IMAGE],
    ["measure", "measure", IMAGE],
  ]);
});

test("nothing lies on another, and what is in a group lies in it", () => {
  const wrong: string[] = [];
  const walk = ({ nodes, width, height }: PlacedPicture): void => {
    for (const [index, one] of nodes.entries()) {
      if (one.x < 0 || one.y < 0 || one.x + one.width > width || one.y + one.height > height) wrong.push(one.node.path);
      for (const other of nodes.slice(index + 1)) {
        const apart =
          one.x + one.width <= other.x ||
          other.x + other.width <= one.x ||
          one.y + one.height <= other.y ||
          other.y + other.height <= one.y;
        if (!apart) wrong.push(`${one.node.path} on ${other.node.path}`);
      }
      if (one.inside && (one.inside.width > one.width || one.inside.height > one.height)) wrong.push(one.node.path);
      if (one.inside) walk(one.inside);
    }
  };
  walk(place(pictureOf(compile(outer).pipelineSpec), 20));
  walk(place(pictureOf(compile(wide(40)).pipelineSpec)));
  expect(wrong).toEqual([]);
});

test("what comes later lies below, and the same is drawn each time", () => {
  const { nodes, edges } = place(pictureOf(compile(outer).pipelineSpec));
  const at = new Map(nodes.map((each) => [each.node.path, each]));
  expect(edges.map(({ edge: { from, to, always } }) => [from, to, always])).toEqual([
    ["inner", "measure-2", true],
    ["exit-handler-1", "measure", true],
  ]);
  for (const { edge } of edges) {
    const [from, to] = [at.get(edge.from), at.get(edge.to)];
    expect((from?.y ?? 0) + (from?.height ?? 0)).toBeLessThan(to?.y ?? 0);
  }
  expect(toSvg(compile(outer).pipelineSpec)).toBe(toSvg(compile(outer).pipelineSpec));
});

test("words are escaped, and states are shown: of the rounds of a loop the one that matters most", () => {
  const loop = "inner/condition-branches-1/condition-3/for-loop-5";
  const svg = toSvg(compile(outer).pipelineSpec, {
    measure: "running",
    [loop]: "failed",
    [`${loop}[0]`]: "succeeded",
    [`${loop}[0]/train-2`]: "succeeded",
    [`${loop}[1]/train-2`]: "failed",
    [`${loop}[2]/train-2`]: "failed",
  });
  expect(svg).toContain(">the &quot;best&quot; &lt;model&gt; &amp; more</text>");
  expect(svg).toContain('<g class="step running" data-task="measure">');
  expect(svg).toContain(`<g class="step failed" data-task="${loop}/train-2">`);
  expect(svg).toContain('<tspan class="state"> · 2 of 3 failed</tspan>');
  expect(svg).toContain(">rate = 0.5</text>");
});

function wide(tasks: number): Pipeline {
  return pipeline({ name: "wide" }, (steps) => {
    for (let each = 0; each < tasks; each++) steps.run(train, { number: each });
  });
}
