"""Steps of pipelines that tests run: each does one small thing that can be seen from outside."""

import json
import os
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from kfp.dsl import Dataset, Input, Metrics, Model, Output, PipelineTaskFinalStatus


class Named(NamedTuple):
    """Outputs with names."""

    total: int
    word: str


class Ended(NamedTuple):
    """How what was watched ended."""

    state: str
    message: str


def add(one: int, other: int) -> int:
    return one + other


def double(number: int) -> int:
    assert type(number) is int, type(number)
    return 2 * number


def name(total: int, word: str) -> NamedTuple("Outputs", [("total", int), ("word", str)]):
    return Named(total, word)


def numbers(count: int) -> list[int]:
    return list(range(1, count + 1))


def total(numbers: list[int]) -> int:
    assert all(type(each) is int for each in numbers), numbers
    return sum(numbers)


def join(words: list[str], mark: str = "-") -> str:
    return mark.join(words)


def say(text: str, options: dict = None) -> str:  # noqa: RUF013 - kfp takes it, so must we
    return text if options is None else text + json.dumps(options, sort_keys=True)


def write(text: str, file: Output[Dataset], metrics: Output[Metrics]):
    Path(file.path).write_text(text)
    file.metadata["length"] = len(text)
    metrics.log_metric("length", float(len(text)))


def read(file: Input[Dataset]) -> str:
    return f"{Path(file.path).read_text()} of {file.metadata['length']:.0f}"


def fit(file: Input[Dataset], model: Output[Model]):
    Path(model.path).write_text(Path(file.path).read_text().upper())


def concatenate(files: Input[list[Dataset]]) -> str:
    return "+".join(Path(each.path).read_text() for each in files)


def whose(model: Input[Model]) -> str:
    return Path(model.path).read_text()


def content(path: str) -> str:
    return Path(path).read_text()


def fail(reason: str) -> str:
    raise RuntimeError(reason)


def works_at_last(counter: str, tries: int) -> int:
    file = Path(counter)
    count = int(file.read_text()) + 1 if file.exists() else 1
    file.write_text(str(count))
    if count < tries:
        raise RuntimeError(f"try {count}")
    return count


def tell(status: PipelineTaskFinalStatus, file: str):
    Path(file).write_text(json.dumps([status.state, status.error_message]))


def no_number(text: str) -> int:
    return text


def nothing(text: str) -> int:
    return None


def wait(mark: str):
    stray = subprocess.Popen(["sleep", "600"], start_new_session=True)
    Path(mark).write_text(f"{os.getpid()} {stray.pid}")
    time.sleep(600)
