"""Measures how good a classifier is."""

import json
from typing import NamedTuple

from filiera_steps import evaluation, models
from filiera_steps.tables import read_table
from kfp.dsl import Artifact, ClassificationMetrics, Dataset, Input, Metrics, Model, Output
from sklearn.metrics import roc_curve


class Evaluation(NamedTuple):
    """What a pipeline decides by."""

    auc: float
    f1: float


def evaluate(
    model: Input[Model],
    data: Input[Dataset],
    metrics: Output[Metrics],
    confusion: Output[ClassificationMetrics],
    report: Output[Artifact],
    slices: list = [],  # noqa: B006 - kfp reads no other default of a list
    confidence: float = 0.95,
) -> Evaluation:
    """Compares what the model says of rows that it has not seen with what they are, over all and by slices."""
    frame = read_table(data.path)
    asked = models.inputs_of(frame, model.metadata["inputs"])
    labels = frame[model.metadata["target"]].to_numpy(dtype=bool)
    classifier = models.read_model(model.path)
    score, said = models.scores(classifier, asked), classifier.predict(asked)
    found = evaluation.evaluate(frame, labels, said, score, slices, confidence)
    for name, value in evaluation.flat({**found, "slices": {}}).items():
        metrics.log_metric(name, value)
    of = found["confusion"]
    confusion.log_confusion_matrix(["false", "true"], [[of["tn"], of["fp"]], [of["fn"], of["tp"]]])
    false_rate, true_rate, thresholds = roc_curve(labels, score)
    # a hundred points draw the curve, and the first threshold is infinite, which no JSON has
    every = max(1, len(thresholds) // 100)
    confusion.log_roc_curve(*(each[1::every].tolist() for each in (false_rate, true_rate, thresholds)))
    with open(report.path, "w", encoding="utf-8") as file:
        json.dump(found, file)
    # what the rows do not tell is no quality
    return Evaluation(*(found[name]["value"] or 0.0 for name in ("auc", "f1")))
