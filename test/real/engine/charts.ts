import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isObject, type Json } from "../../../constructs/kernel/json.ts";
import { type OperatorChart, operatorCharts } from "../../../constructs/operator/index.ts";
import { definitionsOf } from "../apply/operators.ts";

// files and not templates, as descriptions may hold what Helm takes for its own
const TEMPLATE = `{{ range $path, $content := .Files.Glob "kinds/*.json" }}
---
{{ $.Files.Get $path }}
{{ end }}
`;

/**
 * Writes a chart for each operator that brings its kinds and nothing else: the real ones are on the internet. Returns
 * their folders by the release's name.
 */
export function writeCharts(into: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(operatorCharts).map(([name, chart]) => [chart.release, writeChart(join(into, name), name, chart)]),
  );
}

function writeChart(folder: string, name: string, chart: OperatorChart): string {
  mkdirSync(join(folder, "templates"), { recursive: true });
  mkdirSync(join(folder, "kinds"));
  writeFileSync(join(folder, "Chart.yaml"), `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`);
  writeFileSync(join(folder, "templates", "kinds.yaml"), TEMPLATE);
  for (const definition of definitionsOf(chart))
    writeFileSync(
      join(folder, "kinds", `${definition.metadata.name}.json`),
      JSON.stringify(withoutDescriptions(definition)),
    );
  return folder;
}

/** Helm keeps what it installs in a Secret, which holds a megabyte. */
function withoutDescriptions(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.map((item) => withoutDescriptions(item));
  if (!isObject(value)) return value ?? null;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      key === "description" && typeof item === "string" ? [] : [[key, withoutDescriptions(item)]],
    ),
  );
}
