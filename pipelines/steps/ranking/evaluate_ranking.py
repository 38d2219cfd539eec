"""Measures how good recommendations are."""

import json
from typing import NamedTuple

from filiera_steps import models
from filiera_steps.ranking.evaluation import evaluate, flat
from filiera_steps.ranking.feedback import Columns
from filiera_steps.tables import read_table
from kfp.dsl import Artifact, Dataset, Input, Metrics, Model, Output


class Evaluation(NamedTuple):
    """What a pipeline decides by."""

    ndcg: float
    recall: float


def evaluate_ranking(
    model: Input[Model],
    data: Input[Dataset],
    metrics: Output[Metrics],
    report: Output[Artifact],
    slices: list = [],  # noqa: B006 - kfp reads no other default of a list
    confidence: float = 0.95,
) -> Evaluation:
    """Compares lists with what people then took, over all and by slices of people."""
    names = Columns(**model.metadata["columns"])
    found = evaluate(models.read_model(model.path), read_table(data.path), names, slices, confidence)
    for name, value in flat({**found, "slices": {}}).items():
        metrics.log_metric(name, value)
    with open(report.path, "w", encoding="utf-8") as file:
        json.dump(found, file)
    return Evaluation(found["ndcg"]["value"], found["recall"]["value"])
