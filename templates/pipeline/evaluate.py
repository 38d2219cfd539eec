"""Tells how good a line is."""

import csv
import json
from statistics import fmean
from typing import NamedTuple

from kfp.dsl import Dataset, Input, Metrics, Model, Output


class Evaluation(NamedTuple):
    """Mean absolute errors, in units of y."""

    error: float
    baseline: float


def evaluate(model: Input[Model], data: Input[Dataset], metrics: Output[Metrics]) -> Evaluation:
    """Compares what the line says of rows that it has not seen with what they are, and with always saying the mean."""
    with open(model.path, encoding="utf-8") as file:
        line = json.load(file)
    with open(data.path, encoding="utf-8", newline="") as file:
        rows = [(float(row["x"]), float(row["y"])) for row in csv.DictReader(file)]
    error = fmean(abs(line["slope"] * x + line["intercept"] - y) for x, y in rows)
    baseline = fmean(abs(line["mean"] - y) for _, y in rows)
    metrics.log_metric("error", error)
    metrics.log_metric("baseline", baseline)
    return Evaluation(error, baseline)
