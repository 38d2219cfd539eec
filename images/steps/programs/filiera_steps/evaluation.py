"""How good a classifier is, over all rows and by slices of them."""

import re
from typing import Any

import numpy as np
import pandas as pd
from sklearn import metrics
from sklearn.calibration import calibration_curve

from filiera_steps import intervals
from filiera_steps.errors import refuse
from filiera_steps.thresholds import groups_of

BINS = 10
#: the metrics that have an interval
NAMES = ("accuracy", "precision", "recall", "f1", "auc", "brier")


def measure(labels: np.ndarray, said: np.ndarray, score: np.ndarray, confidence: float) -> dict[str, Any]:
    """The metrics of answers (`said`, booleans) and scores against labels.

    Each is `{"value", "low", "high"}`, the last two its confidence interval; all three are None where the rows do not
    tell, such as precision where nothing was said to be true. `brier` is the mean squared error of the score.
    """
    labels, said, score = labels.astype(bool), said.astype(bool), score.astype(float)
    if not np.isfinite(score).all():
        raise refuse("model", "found scores that are no numbers: look at what it was trained with")
    tn, fp, fn, tp = (int(each) for each in metrics.confusion_matrix(labels, said, labels=[False, True]).ravel())
    share = intervals.of_proportion
    both = 0 < labels.sum() < len(labels)
    return {
        "rows": len(labels),
        "positives": tp + fn,
        "confusion": {"tn": tn, "fp": fp, "fn": fn, "tp": tp},
        "accuracy": entry(metrics.accuracy_score(labels, said), share(tp + tn, len(labels), confidence)),
        "precision": entry(metrics.precision_score(labels, said), share(tp, tp + fp, confidence))
        if tp + fp
        else entry(),
        "recall": entry(metrics.recall_score(labels, said), share(tp, tp + fn, confidence)) if tp + fn else entry(),
        "f1": entry(metrics.f1_score(labels, said), intervals.of_f1(tp, fp + fn, confidence))
        if tp + fp + fn
        else entry(),
        "auc": entry(metrics.roc_auc_score(labels, score), intervals.of_auc(labels, score, confidence))
        if both
        else entry(),
        "brier": entry(
            float(np.mean((score - labels) ** 2)),
            intervals.of_mean((score - labels) ** 2, confidence) if len(labels) > 1 else (0.0, 1.0),
        ),
    }


def entry(value: float | None = None, interval: tuple[float, float] | None = None) -> dict[str, float | None]:
    """A metric and its interval, or none."""
    low, high = interval or (None, None)
    return {"value": None if value is None else float(value), "low": low, "high": high}


def calibration(labels: np.ndarray, score: np.ndarray) -> dict[str, Any]:
    """How often rows of each tenth of the scores are true, and the expected calibration error: the mean distance of the
    two over the rows."""
    told, said = calibration_curve(labels.astype(bool), score, n_bins=BINS, strategy="quantile")
    edges = np.percentile(score, np.linspace(0, 100, BINS + 1))
    counts = np.bincount(np.searchsorted(edges[1:-1], score), minlength=BINS)
    counts = counts[counts > 0]
    error = float(np.average(np.abs(told - said), weights=counts))
    return {"error": error, "said": said.tolist(), "told": told.tolist(), "rows": counts.tolist()}


def evaluate(
    frame: pd.DataFrame, labels: np.ndarray, said: np.ndarray, score: np.ndarray, slices: list[str], confidence: float
) -> dict[str, Any]:
    """The report: all rows, calibration, and each value of each column of `slices`."""
    if not 0 < confidence < 1:
        raise refuse("confidence", f"found {confidence:g}: give it a share between 0 and 1, such as 0.95")
    missing = [name for name in slices if name not in frame]
    if missing:
        raise refuse(f"slices.{missing[0]}", f"found no such column; there are {', '.join(frame.columns)}")
    by_column = {}
    for column in slices:
        group = groups_of(frame, [column]).to_numpy()
        by_column[column] = {
            str(value): measure(labels[group == value], said[group == value], score[group == value], confidence)
            for value in sorted(set(group))
        }
    whole = measure(labels, said, score, confidence)
    return {"confidence": confidence, **whole, "calibration": calibration(labels, score), "slices": by_column}


def flat(report: dict[str, Any]) -> dict[str, float]:
    """The report as MLflow's metrics: `auc`, `auc_low`, `country.FR.auc` and so on, without those that are None."""
    found = {"calibration_error": report["calibration"]["error"], **numbers("", report)}
    for column, values in report["slices"].items():
        for value, measured in values.items():
            found |= numbers(f"{spelt(column)}.{spelt(value)}.", measured)
    return found


def spelt(text: str) -> str:
    """A text as a part of the name of a metric: MLflow takes letters, digits, `_`, `-`, spaces and colons in it."""
    return re.sub(r"[^\w\- :]", "_", text)[:60]


def numbers(prefix: str, measured: dict[str, Any]) -> dict[str, float]:
    """The metrics of one report that are there, and how many rows they are of."""
    found = {f"{prefix}rows": float(measured["rows"]), f"{prefix}positives": float(measured["positives"])}
    for name in NAMES:
        for part, suffix in (("value", ""), ("low", "_low"), ("high", "_high")):
            if measured[name][part] is not None:
                found[f"{prefix}{name}{suffix}"] = measured[name][part]
    return found
