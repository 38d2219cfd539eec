"""Classifiers of two classes, as they are registered and promoted."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field

from filiera_steps import evaluation, intervals, models
from filiera_steps.arrays import hold_arrays
from filiera_steps.errors import refuse
from filiera_steps.networks.network import network_of, requirements
from filiera_steps.schema import Strict
from filiera_steps.tasks import Known, gate

KEPT = ("inputs", "target")
HIGHER_IS_BETTER = {"accuracy": True, "precision": True, "recall": True, "f1": True, "auc": True, "brier": False}
flat = evaluation.flat


class Terms(Strict):
    """What a classifier must be to become the champion."""

    #: the area under the ROC curve that the lower bound must reach; one half is that of guessing
    floor: float = Field(default=0.6, gt=0.5, lt=1)
    #: by how much the area may be smaller than the champion's, at the lower bound of their difference
    margin: float = Field(default=0.02, ge=0, lt=1)
    #: of both bounds: one that guesses would need luck of this rarity, and the distance to the floor besides
    confidence: float = Field(default=0.99, gt=0, lt=1)
    #: rows of each class without which nothing is told
    least_of_class: int = Field(default=30, ge=2)


def log(known: Known, rows: pd.DataFrame, metadata: dict[str, Any]) -> Any:
    """As scikit-learn's flavour, with the losses of each epoch of a network. The example is made of medians and most
    frequent values."""
    import mlflow
    from mlflow.models import infer_signature

    from filiera_steps import registry

    inputs = models.inputs_of(rows, known.about["inputs"])
    network = network_of(known.model)
    for epoch, losses in enumerate(network.history_ if network else []):
        mlflow.log_metrics(losses, step=epoch + 1)
    return mlflow.sklearn.log_model(
        known.model,
        name="model",
        signature=infer_signature(inputs, known.model.predict(inputs)),
        input_example=typical(inputs),
        code_paths=[str(Path(__file__).parent)],
        pip_requirements=[*registry.requirements(), *requirements(known.model)],
        skops_trusted_types=models.TRUSTED,
        metadata=metadata,
    )


def typical(inputs: pd.DataFrame) -> pd.DataFrame:
    """A row that nobody is: of each column its median, place by place in arrays, or its most frequent value."""

    def middle(values: pd.Series) -> Any:
        if hold_arrays(values):
            return np.median(np.stack(values.to_list()), axis=0)
        return values.median() if values.dtype == float else next(iter(values.mode()), None)

    return pd.DataFrame({name: [middle(values)] for name, values in inputs.items()})


def gates(challenger: Known, champion: Known | None, holdout: pd.DataFrame, terms: Terms) -> list[dict[str, Any]]:
    """Both models asked with the holdout, and compared."""

    def score(known: Known) -> np.ndarray:
        return models.scores(known.model, models.inputs_of(holdout, known.about["inputs"]))

    labels = holdout[challenger.about["target"]].to_numpy(dtype=bool)
    found = score(challenger)
    if not np.isfinite(found).all():
        raise refuse("model", "found scores that are no numbers: it is not promoted")
    return compare(labels, found, None if champion is None else score(champion), terms)


def compare(labels: np.ndarray, score: np.ndarray, champion: np.ndarray | None, terms: Terms) -> list[dict[str, Any]]:
    """The gates that scores decide: enough rows, good enough, no worse than the champion if there is one.

    A gate is `{"gate", "holds", "found", "wanted"}`.
    """
    labels = labels.astype(bool)
    fewest = int(min(labels.sum(), (~labels).sum()))
    decided = [
        gate("rows", fewest >= terms.least_of_class, f"{fewest} of the rarer class", f"at least {terms.least_of_class}")
    ]
    if fewest < 2:
        return [*decided, gate("floor", False, "no area under the ROC curve", f"at least {terms.floor:g}")]
    low, high = intervals.of_auc(labels, score, terms.confidence)
    shown = f"an AUC between {low:.3f} and {high:.3f}"
    decided.append(gate("floor", low >= terms.floor, shown, f"at least {terms.floor:g} at the lower bound"))
    if champion is not None:
        low, high = intervals.of_auc_difference(labels, score, champion, terms.confidence)
        holds = (low + high) / 2 >= 0 and low >= -terms.margin
        wanted = f"no smaller, and at the lower bound at least {-terms.margin:g}"
        decided.append(
            gate("champion", holds, f"an AUC that is between {low:+.3f} and {high:+.3f} of the champion's", wanted)
        )
    return decided
