"""Tells how good a classifier of iris flowers is."""

from typing import NamedTuple

import joblib
import pandas as pd
from kfp.dsl import ClassificationMetrics, Dataset, Input, Metrics, Model, Output
from sklearn.datasets import load_iris
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score


class Evaluation(NamedTuple):
    """What a pipeline decides by."""

    accuracy: float


def evaluate(
    model: Input[Model],
    data: Input[Dataset],
    metrics: Output[Metrics],
    confusion: Output[ClassificationMetrics],
) -> Evaluation:
    """Compares what the classifier says of flowers that it has not seen with what they are."""
    flowers = pd.read_csv(data.path)
    said = joblib.load(model.path).predict(flowers.drop(columns="target"))
    accuracy = float(accuracy_score(flowers["target"], said))
    metrics.log_metric("accuracy", accuracy)
    metrics.log_metric("f1", float(f1_score(flowers["target"], said, average="macro")))
    species = load_iris().target_names.tolist()
    confusion.log_confusion_matrix(species, confusion_matrix(flowers["target"], said).tolist())
    return Evaluation(accuracy)
