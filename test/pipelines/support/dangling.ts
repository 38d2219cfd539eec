import { isObject, type JsonObject, listAt, objectAt, textAt } from "../../../constructs/kernel/json.ts";

/** References in a compiled pipeline that lead nowhere, which KFP's own parsers let pass. */
export function danglingIn(spec: JsonObject): readonly string[] {
  const components = objectAt(spec, "components");
  const executors = objectAt(spec, "deploymentSpec", "executors");
  const wrong: string[] = [];
  const check = (isThere: boolean, what: string) => {
    if (!isThere) wrong.push(what);
  };
  const used = new Set<string>();
  for (const [name, component] of [["root", objectAt(spec, "root")] as const, ...entriesOf(components)]) {
    const label = textAt(component, "executorLabel");
    if (label) check(isObject(executors[label]), `${name}: executor ${label}`);
    if (label) used.add(label);
    const tasks = objectAt(component, "dag", "tasks");
    const componentOf = (task: string) => objectAt(components, textAt(tasks, task, "componentRef", "name") ?? "");
    for (const [taskName, task] of entriesOf(tasks)) {
      const place = `${name}/${taskName}`;
      const inner = componentOf(taskName);
      check(Object.keys(inner).length > 0, `${place}: component`);
      for (const kind of ["parameters", "artifacts"] as const) {
        const [input, from, key] =
          kind === "parameters"
            ? (["componentInputParameter", "taskOutputParameter", "outputParameterKey"] as const)
            : (["componentInputArtifact", "taskOutputArtifact", "outputArtifactKey"] as const);
        for (const [port, binding] of entriesOf(objectAt(task, "inputs", kind))) {
          const passed = textAt(binding, input);
          if (passed) check(passed in objectAt(component, "inputDefinitions", kind), `${place}.${port}: ${passed}`);
          const producer = textAt(binding, from, "producerTask");
          const output = textAt(binding, from, key);
          if (producer && output) {
            check(
              output in objectAt(componentOf(producer), "outputDefinitions", kind),
              `${place}.${port}: ${producer}`,
            );
          }
        }
      }
      for (const before of texts(task["dependentTasks"])) check(before in tasks, `${place} after ${before}`);
      const item = textAt(task, "parameterIterator", "itemInput");
      if (item) check(item in objectAt(inner, "inputDefinitions", "parameters"), `${place}: item ${item}`);
      const list = textAt(task, "parameterIterator", "items", "inputParameter");
      if (list) check(list in objectAt(task, "inputs", "parameters"), `${place}: list ${list}`);
      for (const [, read] of textAt(task, "triggerPolicy", "condition")?.matchAll(/parameter_values\['(.*?)'\]/g) ??
        []) {
        check(read !== undefined && read in objectAt(task, "inputs", "parameters"), `${place} reads ${read}`);
      }
    }
    for (const [output, from] of entriesOf(objectAt(component, "dag", "outputs", "parameters"))) {
      const one = objectAt(from, "valueFromParameter");
      const all = Object.keys(one).length > 0 ? [one] : listAt(from, "valueFromOneof", "parameterSelectors");
      check(all.length > 0, `${name}.${output}`);
      for (const selector of all) {
        const outputs = objectAt(
          componentOf(textAt(selector, "producerSubtask") ?? ""),
          "outputDefinitions",
          "parameters",
        );
        check((textAt(selector, "outputParameterKey") ?? "") in outputs, `${name}.${output}`);
      }
    }
    for (const [output, from] of entriesOf(objectAt(component, "dag", "outputs", "artifacts"))) {
      for (const selector of listAt(from, "artifactSelectors")) {
        const outputs = objectAt(
          componentOf(textAt(selector, "producerSubtask") ?? ""),
          "outputDefinitions",
          "artifacts",
        );
        check((textAt(selector, "outputArtifactKey") ?? "") in outputs, `${name}.${output}`);
      }
    }
  }
  for (const label of Object.keys(executors)) check(used.has(label), `executor ${label} is of no component`);
  return wrong;
}

function entriesOf(value: JsonObject): readonly (readonly [string, JsonObject])[] {
  return Object.entries(value).flatMap(([key, of]) => (isObject(of) ? [[key, of] as const] : []));
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
