/** What rendering and lowering cost beside the plain YAML serialisation of the same objects, and how it grows. */
import * as pulumi from "@pulumi/pulumi";
import type { Chart } from "cdk8s";
import { Bench } from "tinybench";
import { stringify } from "yaml";
import { collect } from "../constructs/kernel/objects.ts";
import { order } from "../constructs/kernel/order.ts";
import { render, toYaml } from "../constructs/kernel/render.ts";
import { lower } from "../stacks/bridge/lower.ts";
import { record } from "../stacks/plan/recording.ts";
import { ladder, layers, platform } from "./platform.ts";

class Provider extends pulumi.ProviderResource {
  constructor() {
    super("kubernetes", "bench", {});
  }
}

/** The whole of a preview, from constructs to requests; building the constructs is not counted. */
async function preview(chart: Chart): Promise<void> {
  await record(
    () => {
      lower(chart, { cluster: "bench", provider: new Provider(), checksumKey: pulumi.secret("key") });
    },
    { project: "bench", stack: "bench" },
  );
}

async function milliseconds(name: string, action: () => unknown, warmup = true): Promise<number> {
  const bench = new Bench({ time: 300, iterations: warmup ? 2 : 1, warmup, warmupTime: 1, warmupIterations: 1 });
  bench.add(name, action);
  const [task] = await bench.run();
  if (task?.result.state !== "completed") throw new Error(`${name} did not end: ${task?.result.state}`);
  return task.result.latency.p50;
}

function figures(count: number, values: Readonly<Record<string, number>>): Record<string, string | number> {
  const micros = Object.entries(values).map(([name, ms]) => [`${name} µs`, Math.round((ms * 1000) / count)]);
  return { objects: count, ...Object.fromEntries(micros) };
}

/** Cost an object at 100, 1,000 and 10,000 objects: linear where it stays the same. */
export async function growth(): Promise<void> {
  const rows: Record<string, string | number>[] = [];
  for (const size of [100, 1000, 10_000]) {
    const chart = platform(size);
    const rendered = render(chart);
    const manifests = rendered.map(({ manifest }) => manifest);
    const objects = collect(chart);
    const yaml = await milliseconds("yaml", () => manifests.map((manifest) => stringify(manifest)));
    const toJson = await milliseconds("toJson", () => objects.map(({ construct }) => construct.toJson()));
    const ordering = await milliseconds("order", () => order(chart, objects));
    const rendering = await milliseconds("render", () => render(chart));
    const writing = await milliseconds("render and write", () => render(chart).map(({ manifest }) => toYaml(manifest)));
    const lowering = await milliseconds("preview", () => preview(chart), size < 10_000);
    rows.push({
      ...figures(manifests.length, { yaml, toJson, order: ordering, render: rendering, preview: lowering }),
      "render/yaml": (rendering / yaml).toFixed(2),
      "render and write/yaml": (writing / yaml).toFixed(2),
      "preview/yaml": (lowering / yaml).toFixed(2),
    });
  }
  console.log("cost of an object, against plain YAML serialisation of the same objects");
  console.table(rows);
}

/** What order costs where everything depends on much. */
export async function dependencies(): Promise<void> {
  const rows: Record<string, string | number>[] = [];
  const shapes = {
    "ladder, 60 layers of 4, each on all of the one below": ladder(60, 4),
    "ladder, 60 layers of 20": ladder(60, 20),
    "60 layers of 4 as groups, each on every one below": layers(60, 4),
  };
  for (const [shape, chart] of Object.entries(shapes)) {
    const objects = collect(chart);
    const edges = order(chart, objects).reduce((sum, { dependsOn }) => sum + dependsOn.size, 0);
    const ms = await milliseconds(shape, () => order(chart, objects));
    rows.push({
      shape,
      objects: objects.length,
      edges,
      ms: ms.toFixed(1),
      "µs an edge": ((ms * 1000) / edges).toFixed(2),
    });
  }
  console.log("order of what depends on much");
  console.table(rows);
}
