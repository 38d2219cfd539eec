"""Walks the DAGs of a pipeline as Kubeflow's backend does: order, conditions, loops, failures, exit tasks.

kfp.local has a walk of its own, but it guesses from names where a value comes from: a condition on a named output is
taken for false, and in a loop every output of another task becomes the loop's item. Here it is what the IR says.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from conditions import ConditionError, holds
from values import Json, NotThere, Outputs, arguments_of, dag_outputs, with_defaults

State = Literal["succeeded", "cached", "failed", "skipped", "blocked"]
GOOD = ("succeeded", "cached", "skipped")


@dataclass(frozen=True)
class Result:
    """How a task ended, and what it gave."""

    state: State
    outputs: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None


Step = Callable[[str, Json, str, Json], Result]
Report = Callable[[str, str, Result | None, bool], None]


class Orchestrator:
    """Runs a pipeline: `step` runs a task that is no DAG, in a thread of its own; `report` of every change, and
    whether it is of a step."""

    def __init__(self, spec: Json, step: Step, report: Report, parallel: int) -> None:
        self.spec = spec
        self.components: Json = spec.get("components", {})
        self.step = step
        self.report = report
        self.slots = asyncio.Semaphore(parallel)

    async def run(self, given: Json) -> Result:
        """Runs the whole of it."""
        return await self.dag("", self.spec["root"], given)

    async def dag(self, path: str, component: Json, given: Json) -> Result:
        """All tasks of a DAG, each as soon as those before it ended."""
        outputs = Outputs(with_defaults(component, given))
        running: dict[str, asyncio.Task[Result]] = {}

        async def one(name: str, task: Json) -> Result:
            before = [await running[each] for each in task.get("dependentTasks", []) if each in running]
            place = f"{path}/{name}" if path else name
            result = await self.task(place, task, outputs, before)
            outputs.of_tasks[name] = result.outputs
            outputs.states[name] = final_status(name, result)
            return result

        for name, task in component["dag"]["tasks"].items():
            running[name] = asyncio.create_task(one(name, task))
        results = await asyncio.gather(*running.values())
        failed = next((each for each in results if each.state not in GOOD), None)
        if failed:
            return Result("failed", error=next((each.error for each in results if each.state == "failed"), None))
        return Result("succeeded", dag_outputs(component["dag"], outputs))

    async def task(self, path: str, task: Json, outputs: Outputs, before: list[Result]) -> Result:
        """One task, once those before it ended."""
        trigger = task.get("triggerPolicy", {})
        always = trigger.get("strategy") == "ALL_UPSTREAM_TASKS_COMPLETED"
        if not always and any(each.state not in GOOD for each in before):
            return self.ended(path, Result("blocked"))
        try:
            given = arguments_of(task, outputs, lenient=always)
            if "condition" in trigger and not holds(trigger["condition"], given):
                return self.ended(path, Result("skipped"))
        except NotThere:
            return self.ended(path, Result("skipped"))
        except (ConditionError, ValueError, KeyError) as error:
            return self.ended(path, Result("failed", error=str(error)))
        if "parameterIterator" in task or "artifactIterator" in task:
            return await self.loop(path, task, given)
        return await self.component(path, task, given)

    async def loop(self, path: str, task: Json, given: Json) -> Result:
        """A task for each item of a list; what they give is gathered in the order of the items."""
        try:
            items, item_input = items_of(task, given)
        except (ValueError, KeyError) as error:
            return self.ended(path, Result("failed", error=f"the list to go through cannot be read: {error}"))
        self.report(path, "running", None, False)
        at_once = asyncio.Semaphore(task.get("iteratorPolicy", {}).get("parallelismLimit") or max(1, len(items)))

        async def one(index: int, item: Any) -> Result:
            async with at_once:
                return await self.component(f"{path}[{index}]", task, {**given, item_input: item})

        results = await asyncio.gather(*(one(index, item) for index, item in enumerate(items)))
        failed = next((each for each in results if each.state not in GOOD), None)
        if failed:
            return self.ended(path, Result("failed", error=failed.error))
        return self.ended(path, Result("succeeded", self.gathered(task, results)))

    def gathered(self, task: Json, results: list[Result]) -> Json:
        """Each output of the rounds as a list; lists of artifacts become one."""
        declared = self.components[task["componentRef"]["name"]].get("outputDefinitions", {})
        found: Json = {}
        for name in declared.get("parameters", {}):
            found[name] = [each.outputs[name] for each in results if name in each.outputs]
        for name in declared.get("artifacts", {}):
            values = [each.outputs[name] for each in results if name in each.outputs]
            found[name] = [one for value in values for one in (value if isinstance(value, list) else [value])]
        return found

    async def component(self, path: str, task: Json, given: Json) -> Result:
        """What a task runs: a DAG, or a step as soon as there is room for one."""
        name = task["componentRef"]["name"]
        component = self.components[name]
        if "dag" in component:
            self.report(path, "running", None, False)
            return self.ended(path, await self.dag(path, component, given))
        async with self.slots:
            self.report(path, "running", None, True)
            return self.ended(path, await asyncio.to_thread(self.step, path, task, name, given), True)

    def ended(self, path: str, result: Result, is_step: bool = False) -> Result:
        """Tells of the end of a task."""
        self.report(path, result.state, result, is_step)
        return result


def items_of(task: Json, given: Json) -> tuple[list[Any], str]:
    """The items of a loop, and the input that each of them is given to."""
    if iterator := task.get("artifactIterator"):
        return list(given[iterator["items"]["inputArtifact"]]), iterator["itemInput"]
    iterator = task["parameterIterator"]
    source = iterator["items"]
    items = json.loads(source["raw"]) if "raw" in source else given[source["inputParameter"]]
    if isinstance(items, str):
        items = json.loads(items)
    if not isinstance(items, list):
        raise ValueError(f"found {json.dumps(items)}, which is no list")  # noqa: TRY004 - a step gave it, no caller
    return items, iterator["itemInput"]


def final_status(name: str, result: Result) -> Json:
    """What an exit task is told, as Kubeflow does."""
    state = {"failed": "FAILED", "blocked": "FAILED", "skipped": "SKIPPED"}.get(result.state, "SUCCEEDED")
    error = {"code": 1, "message": result.error or f"{name} failed"} if state == "FAILED" else {}
    return {"state": state, "pipelineJobResourceName": "local", "pipelineTaskName": name, "error": error}
