"""What tasks are given, as the IR says it: constants with values in them, inputs of the DAG, outputs of other tasks."""

import json
import re
from collections.abc import Mapping
from typing import Any

PLACEHOLDER = re.compile(r"\{\{\$\.inputs\.parameters\[(?P<quote>['\"])(?P<name>[^'\"]+)(?P=quote)\]\}\}")
FIELD = re.compile(r"parseJson\(string_value\)\[(?P<quote>['\"])(?P<field>.+)(?P=quote)\]")

Json = dict[str, Any]


class NotThere(Exception):
    """An output of a task that was skipped."""


class Outputs:
    """What the tasks of a DAG gave, and how they ended."""

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        self.inputs = inputs
        self.of_tasks: dict[str, Mapping[str, Any]] = {}
        self.states: dict[str, Json] = {}

    def of(self, task: str, output: str) -> Any:
        """An output of a task."""
        found = self.of_tasks.get(task, {})
        if output not in found:
            raise NotThere(f"{task} gave no {output}")
        return found[output]


def arguments_of(task: Json, outputs: Outputs, lenient: bool = False) -> Json:
    """Everything that a task is given, without what is optional and not there, nor, if lenient, what failed."""
    inputs = task.get("inputs", {})
    given: Json = {}
    for kind in ("parameters", "artifacts"):
        for name, binding in inputs.get(kind, {}).items():
            try:
                bind(given, name, binding, outputs)
            except NotThere:
                if not lenient:
                    raise
    return {name: filled(value, given) if is_constant(inputs, name) else value for name, value in given.items()}


def bind(given: Json, name: str, binding: Json, outputs: Outputs) -> None:
    """One input, before the values in it are put in."""
    if found := binding.get("taskOutputArtifact"):
        given[name] = outputs.of(found["producerTask"], found["outputArtifactKey"])
    elif "componentInputArtifact" in binding:
        if binding["componentInputArtifact"] in outputs.inputs:
            given[name] = outputs.inputs[binding["componentInputArtifact"]]
    elif "runtimeValue" in binding:
        given[name] = binding["runtimeValue"]["constant"]
    elif found := binding.get("taskOutputParameter"):
        given[name] = outputs.of(found["producerTask"], found["outputParameterKey"])
    elif found := binding.get("taskFinalStatus"):
        given[name] = outputs.states[found["producerTask"]]
    elif binding["componentInputParameter"] in outputs.inputs:
        value = outputs.inputs[binding["componentInputParameter"]]
        given[name] = selected(value, binding.get("parameterExpressionSelector"))


def selected(value: Any, expression: str | None) -> Any:
    """A field of a value, where an expression asks for one."""
    if not expression:
        return value
    read = json.loads(value) if isinstance(value, str) else value
    found = FIELD.fullmatch(expression)
    return read[found["field"]] if found else read


def is_constant(inputs: Json, name: str) -> bool:
    """Whether placeholders in a value are the pipeline's, and not some data's."""
    return "runtimeValue" in inputs.get("parameters", {}).get(name, {})


def filled(value: Any, given: Mapping[str, Any]) -> Any:
    """A constant with the values that stand in it; one that is nothing but a placeholder keeps the value's type."""
    if isinstance(value, dict):
        return {key: filled(each, given) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, given) for each in value]
    if not isinstance(value, str):
        return value
    if whole := PLACEHOLDER.fullmatch(value):
        return given.get(whole["name"])
    return PLACEHOLDER.sub(lambda found: text_of(given.get(found["name"])), value)


def text_of(value: Any) -> str:
    """A value inside a text, as Kubeflow writes it: JSON, but for texts."""
    return value if isinstance(value, str) else json.dumps(value)


def with_defaults(component: Json, given: Mapping[str, Any]) -> Json:
    """What is given to a DAG, with the defaults of what is not."""
    parameters = component.get("inputDefinitions", {}).get("parameters", {})
    defaults = {name: spec["defaultValue"] for name, spec in parameters.items() if "defaultValue" in spec}
    return {**defaults, **given}


def whole(value: Any) -> Any:
    """A value whose whole numbers are integers: protobuf knows no others than floating ones, JSON does."""
    if isinstance(value, dict):
        return {key: whole(each) for key, each in value.items()}
    if isinstance(value, list):
        return [whole(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def is_json(value: Any) -> bool:
    """Whether JSON has such a value: it knows no NaN and no infinity."""
    try:
        json.dumps(value, allow_nan=False, default=str)
    except ValueError:
        return False
    return True


def dag_outputs(dag: Json, outputs: Outputs) -> Json:
    """What a DAG gives; an output of what was skipped is left out."""
    found: Json = {}
    declared = dag.get("outputs", {})
    for name, source in declared.get("parameters", {}).items():
        one_of = source.get("valueFromOneof", {}).get("parameterSelectors")
        selectors = one_of if one_of else [source["valueFromParameter"]]
        put_first(found, name, [(s["producerSubtask"], s["outputParameterKey"]) for s in selectors], outputs)
    for name, source in declared.get("artifacts", {}).items():
        selectors = source.get("artifactSelectors", [])
        put_first(found, name, [(s["producerSubtask"], s["outputArtifactKey"]) for s in selectors], outputs)
    return found


def put_first(found: Json, name: str, sources: list[tuple[str, str]], outputs: Outputs) -> None:
    """The first of the outputs that is there."""
    for task, output in sources:
        try:
            found[name] = outputs.of(task, output)
            return
        except NotThere:
            continue
