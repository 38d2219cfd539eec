"""Steps of the pipelines that are written twice; own/steps.ts has the same."""

import sys
from pathlib import Path
from typing import List

from kfp import dsl
from kfp.dsl import (
    ContainerSpec,
    Dataset,
    Input,
    Model,
    Output,
    OutputPath,
    PipelineTaskFinalStatus,
)

sys.path.insert(0, str(Path(__file__).parent.parent / "steps"))

import double as double_module
import measure as measure_module

IMAGE = "busybox:1.37"


@dsl.container_component
def say(words: str, said: OutputPath(str)):
    return ContainerSpec(image=IMAGE, command=["sh", "-c", 'printf "%s" "$0" > "$1"'], args=[words, said])


@dsl.container_component
def count(number: int, next: OutputPath(int)):
    return ContainerSpec(image=IMAGE, command=["count"], args=[number, next])


@dsl.container_component
def scale(number: float, scaled: OutputPath(float), really: bool = True):
    return ContainerSpec(image=IMAGE, command=["scale"], args=[number, really, scaled])


@dsl.container_component
def prepare(table: Output[Dataset], rows: int = 10):
    return ContainerSpec(image=IMAGE, command=["prepare"], args=[rows, table.path])


@dsl.container_component
def train(
    table: Input[Dataset],
    model: Output[Model],
    score: OutputPath(float),
    rate: float = 0.5,
):
    return ContainerSpec(image=IMAGE, command=["train"], args=[table.path, rate, model.path, score])


@dsl.container_component
def judge(model: Input[Model]):
    return ContainerSpec(image=IMAGE, command=["judge"], args=[model.uri])


@dsl.container_component
def join(tables: Input[List[Dataset]], table: Output[Dataset]):
    return ContainerSpec(image=IMAGE, command=["join"], args=[tables, table.path])


@dsl.container_component
def sum(numbers: list, total: OutputPath(int)):
    return ContainerSpec(image=IMAGE, command=["sum"], args=[numbers, total])


@dsl.container_component
def names(all: OutputPath(list)):
    return ContainerSpec(image=IMAGE, command=["names"], args=[all])


@dsl.container_component
def tune(space: dict, order: list):
    return ContainerSpec(image=IMAGE, command=["tune"], args=[space, order])


@dsl.container_component
def wake(status: PipelineTaskFinalStatus, who: str = "everybody"):
    return ContainerSpec(image=IMAGE, command=["wake"], args=[who, status])


measure = dsl.component(measure_module.measure)
twice = dsl.component(
    double_module.double,
    base_image="python:3.12-slim",
    packages_to_install=["numpy==2.2.6"],
)
