"""Runs a compiled pipeline on this machine.

    python run_pipeline.py request.json

Tells of each change by a line of JSON on file descriptor 3. When whoever started it is gone, which standard input
tells by its end, so is this and all that it started: it must lead a process group of its own.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from kfp import dsl
from kfp.dsl import executor
from kfp.pipeline_spec import pipeline_spec_pb2
from orchestrator import Orchestrator, Result
from steps import Steps, Tracking, log_of
from values import Json


def end_with_parent() -> None:
    """Waits for the end of standard input, then ends the whole process group, and what left it."""
    sys.stdin.buffer.read()
    mark = f"TMPDIR={os.environ.get('TMPDIR')}".encode()
    for place in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark in place.read_bytes().split(b"\0") and int(place.parent.name) != os.getpid():
                os.kill(int(place.parent.name), signal.SIGKILL)
    os.killpg(0, signal.SIGKILL)


class Reporter:
    """Writes what happens, a line each."""

    def __init__(self, descriptor: int) -> None:
        self.lock = threading.Lock()
        self.stream = os.fdopen(descriptor, "w", encoding="utf-8")

    def task(self, path: str, state: str, result: Result | None, is_step: bool) -> None:
        """A task that started or ended."""
        event: Json = {"event": "task", "path": path, "state": state, "at": time.time()}
        if is_step:
            event["log"] = log_of(path)
        if result:
            event |= {"outputs": shown(result.outputs), "error": result.error}
        self.write(event)

    def write(self, event: Json) -> None:
        """One line."""
        with self.lock:
            self.stream.write(json.dumps(event, allow_nan=False) + "\n")
            self.stream.flush()


def shown(value: Any) -> Any:
    """A value as JSON: an artifact by its type, place and metadata."""
    if isinstance(value, dsl.Artifact):
        return {"artifact": type(value).schema_title, "uri": value.uri, "metadata": shown(value.metadata)}
    if isinstance(value, Mapping):
        return {key: shown(each) for key, each in value.items()}
    return [shown(each) for each in value] if isinstance(value, list) else value


def given_artifact(schema: str, path: str) -> dsl.Artifact:
    """An artifact that is a file or folder of this machine."""
    return executor.create_artifact_instance({"name": Path(path).name, "uri": path, "type": {"schemaTitle": schema}})


def main() -> None:
    """Reads the request, runs the pipeline, tells how it ended."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    spec = request["spec"]
    json_format.ParseDict(spec, pipeline_spec_pb2.PipelineSpec())
    json_format.ParseDict(spec["deploymentSpec"], pipeline_spec_pb2.PipelineDeploymentConfig())
    reporter = Reporter(3)
    tracking = Tracking(**request["tracking"])
    steps = Steps(spec, Path(request["folder"]), request["cache"], request["environment"], request["data"], tracking)
    artifacts = {name: given_artifact(each["schema"], each["path"]) for name, each in request["artifacts"].items()}

    async def run() -> Result:
        pipeline = Orchestrator(spec, steps.run, reporter.task, request["parallel"])
        return await pipeline.run({**request["parameters"], **artifacts})

    result = asyncio.run(run())
    reporter.write({"event": "run", "state": result.state, "outputs": shown(result.outputs), "error": result.error})


if __name__ == "__main__":
    main()
