"""Steps as kfp.local runs them: as processes of this machine's Python, with its inputs, its outputs and its cache."""

import contextlib
import os
import signal
import subprocess
import time
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digest import digest
from google.protobuf import json_format
from kfp import dsl, local
from kfp.local import (
    cache,
    executor_input_utils,
    logging_utils,
    subprocess_task_handler,
    task_dispatcher,
)
from kfp.local.status import Status
from kfp.pipeline_spec import pipeline_spec_pb2
from orchestrator import Result
from values import Json, is_json, whole

# characters of what a step said last: its log has the rest
LONGEST = 300

Deployment = pipeline_spec_pb2.PipelineDeploymentConfig


@dataclass
class Place:
    """Where a step writes, and how its process ended."""

    artifacts: Path
    log: Path
    env: dict[str, str]
    exit_status: int = 0


@dataclass(frozen=True)
class Tracking:
    """The steps that reach MLflow, what they alone have in their environment, and what tells it from any other."""

    executors: list[str]
    env: dict[str, str]
    identity: str


PLACE: ContextVar[Place] = ContextVar("place")


def adapt() -> None:
    """Sets right what kfp.local does otherwise than is wanted here.

    Each step's output goes to a file of its own, its artifacts to a folder of its own, and whole numbers in lists and
    objects arrive as integers, as they do on Kubeflow. Nothing is printed, and print is left alone.
    """
    to_dict = executor_input_utils.executor_input_to_dict
    executor_input_utils.executor_input_to_dict = lambda **given: whole_inputs(to_dict(**given))
    executor_input_utils.construct_local_task_root = lambda **_: str(PLACE.get().artifacts)
    subprocess_task_handler.run_local_subprocess = run_logged
    logging_utils.local_logger_context = contextlib.nullcontext
    logging_utils.indented_print = contextlib.nullcontext
    logging_utils.print_horizontal_line = lambda: None


def whole_inputs(executor_input: Json) -> Json:
    """The input of a step, lists and objects in it with whole numbers as integers."""
    parameters = executor_input.get("inputs", {}).get("parameterValues", {})
    for name, value in parameters.items():
        if isinstance(value, list | dict):
            parameters[name] = whole(value)
    return executor_input


def run_logged(full_command: list[str], env_vars: dict[str, str] | None = None) -> int:
    """Runs a step's process, what it says appended to its log."""
    place = PLACE.get()
    with open(place.log, "ab") as log:
        place.exit_status = subprocess.call(
            full_command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # modules beside the project's are not there on Kubeflow, and no change of one would be seen
            env={**os.environ, "PYTHONSAFEPATH": "1", **place.env, **(env_vars or {})},
        )
    return place.exit_status


class Steps:
    """Runs the steps of one pipeline."""

    def __init__(
        self,
        spec: Json,
        folder: Path,
        cache_folder: str | None,
        environment: str,
        data: list[str],
        tracking: Tracking,
    ) -> None:
        adapt()
        self.tracking = tracking
        self.folder = folder
        self.environment = environment
        self.contents = {path: digest(path) for path in data}
        self.cache = cache.LocalCache(cache_folder) if cache_folder else None
        self.components: Json = spec.get("components", {})
        self.executors: Json = spec["deploymentSpec"].get("executors", {})
        self.runner = local.SubprocessRunner(use_venv=False)
        local.init(self.runner, str(folder / "artifacts"), str(folder / "workspace"), raise_on_error=False)

    def run(self, path: str, task: Json, name: str, given: Json) -> Result:
        """One step, tried again as often as its task says; what the disk does not take is that step's failure."""
        try:
            return self.run_or_take(path, task, name, given)
        except OSError as error:
            return Result("failed", error=f"{error.strerror}: {error.filename or self.folder}")

    def run_or_take(self, path: str, task: Json, name: str, given: Json) -> Result:
        """One step, if its result is not there already."""
        given = {key: value for key, value in given.items() if value is not None}
        key = self.key(task, name, given)
        if key and (kept := self.cache.get(key)) is not None:
            return Result("cached", kept)
        place = self.place(path, self.tracking.env if self.is_tracked(name) else {})
        token = PLACE.set(place)
        try:
            result = self.tries(task, name, given, place)
        finally:
            PLACE.reset(token)
        if key and result.state == "succeeded":
            self.cache.put(key, dict(result.outputs))
        return result

    def is_tracked(self, name: str) -> bool:
        """Whether a step reaches MLflow."""
        return self.components[name]["executorLabel"] in self.tracking.executors

    def place(self, path: str, env: dict[str, str]) -> Place:
        """The folder and the log of a step, and what it alone is given."""
        log = self.folder / log_of(path)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.touch()
        return Place(self.folder / "artifacts" / below(path), log, env)

    def tries(self, task: Json, name: str, given: Json, place: Place) -> Result:
        """Runs a step until it works, or has been tried as often as it may."""
        policy = task.get("retryPolicy", {})
        wait = seconds(policy.get("backoffDuration", "0s"))
        longest = seconds(policy.get("backoffMaxDuration", "3600s"))
        for left in range(int(policy.get("maxRetryCount", 0)), -1, -1):
            result = self.once(name, given, place)
            if result.state == "succeeded" or left == 0:
                return result
            time.sleep(min(wait, longest))
            wait *= policy.get("backoffFactor", 2)
        raise AssertionError("a step is tried at least once")

    def once(self, name: str, given: Json, place: Place) -> Result:
        """Runs a step, and reads what it gave."""
        component = self.components[name]
        said = place.log.stat().st_size
        try:
            outputs, status = task_dispatcher.run_single_task_implementation(
                pipeline_resource_name="local",
                component_name=name,
                component_spec=json_format.ParseDict(component, pipeline_spec_pb2.ComponentSpec()),
                executor_spec=json_format.ParseDict(
                    self.executors[component["executorLabel"]], Deployment.ExecutorSpec()
                ),
                arguments=given,
                pipeline_root=str(place.artifacts),
                runner=self.runner,
                raise_on_error=False,
                block_input_artifact=False,
                unique_pipeline_id="local",
            )
        except json_format.SerializeToJsonError as error:
            return Result(
                "failed", error=f"it gave an artifact or metric what JSON does not have ({error}): leave it out"
            )
        # whatever kfp raises about a step is that step's failure, and the others go on
        except Exception as error:  # noqa: BLE001
            return Result("failed", error=f"{type(error).__name__}: {error}")
        if status != Status.SUCCESS:
            return Result("failed", error=ending(place, said))
        missing = [each for each in component.get("outputDefinitions", {}).get("parameters", {}) if each not in outputs]
        if missing:
            return Result("failed", error=f"it gave nothing for {', '.join(missing)}")
        strange = [each for each, value in outputs.items() if not is_json(value)]
        if strange:
            return Result(
                "failed", error=f"it gave NaN or an infinity for {', '.join(strange)}, which JSON does not have"
            )
        for each in outputs.values():
            make_sure(each)
        return Result("succeeded", {key: whole(value) for key, value in outputs.items()})

    def key(self, task: Json, name: str, given: Json) -> str | None:
        """What makes a result the same: the step, its inputs, the content of its data, and the packages."""
        options = task.get("cachingOptions", {})
        if not self.cache or not options.get("enableCache"):
            return None
        container = self.executors[self.components[name]["executorLabel"]]["container"]
        return self.cache.compute_key(
            component_name=name,
            image=container["image"],
            full_command=[*container.get("command", []), *container.get("args", [])],
            arguments={
                "given": self.seen(given),
                "packages": self.environment,
                "tracking": self.tracking.identity if self.is_tracked(name) else None,
            },
            env_vars={each["name"]: each["value"] for each in container.get("env", [])},
            custom_cache_key=options.get("cacheKey"),
        )

    def seen(self, value: Any) -> Any:
        """A value with the content of the files that it names; an artifact is what it holds, wherever it is."""
        if isinstance(value, dict):
            return {key: self.seen(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.seen(each) for each in value]
        if isinstance(value, dsl.Artifact):
            content = digest(value.path) if value.path and os.path.exists(value.path) else value.uri
            return [type(value).schema_title, value.metadata, content]
        return [value, self.contents[value]] if isinstance(value, str) and value in self.contents else value


def below(path: str) -> str:
    """The path of a task as one of files."""
    return path.replace("[", ".").replace("]", "")


def log_of(path: str) -> str:
    """Where a step's output goes, from the run's folder."""
    return f"logs/{below(path)}.log"


def make_sure(value: Any) -> None:
    """An artifact that is nothing but metadata gets an empty file, without which a kept result counts for nothing."""
    if isinstance(value, dsl.Artifact) and os.path.isabs(value.uri) and not os.path.exists(value.uri):
        Path(value.uri).touch()


def ending(place: Place, start: int) -> str:
    """How a step's process ended, with the last thing that it said since then: of a traceback, the error."""
    if place.exit_status < 0:
        name = signal.Signals(-place.exit_status).name
        return f"it was ended by {name}{', as the system does where memory runs out' if name == 'SIGKILL' else ''}"
    with open(place.log, "rb") as file:
        file.seek(max(start, place.log.stat().st_size - 65_536))
        lines = file.read().decode(errors="replace").strip().splitlines()
    said = lines[-1].strip() if lines else ""
    cut = f"{said[:LONGEST]}…" if len(said) > LONGEST else said
    return f"exit status {place.exit_status}{f': {cut}' if cut else ''}"


def seconds(duration: str) -> float:
    """A duration of protobuf's JSON, such as `1.5s`."""
    return float(duration.removesuffix("s"))
