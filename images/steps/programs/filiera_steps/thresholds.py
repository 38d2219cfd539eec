"""A classifier whose threshold hangs on the group that a row belongs to."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

BETWEEN = " & "


def groups_of(rows: pd.DataFrame, columns: list[str]) -> pd.Series:
    """The group of each row, as a text: of several columns their intersection; no value is a group of its own."""
    texts = [rows[name].astype(object).where(rows[name].notna(), "missing").map(str) for name in columns]
    joined = texts[0]
    for each in texts[1:]:
        joined = joined + BETWEEN + each
    return joined


class GroupThresholds(ClassifierMixin, BaseEstimator):
    """Says yes where the score of the fitted `estimator` reaches the threshold of the row's group.

    `columns` name the groups, `thresholds` has one by group, `otherwise` is that of groups which it has not seen. The
    same row always gets the same answer. fairlearn's ThresholdOptimizer draws lots between two thresholds, and cannot
    be kept without pickle.
    """

    def __init__(
        self,
        estimator: Any = None,
        features: list[str] | None = None,
        columns: list[str] | None = None,
        thresholds: dict[str, float] | None = None,
        otherwise: float = 0.5,
    ) -> None:
        self.estimator = estimator
        self.features = features
        self.columns = columns
        self.thresholds = thresholds
        self.otherwise = otherwise

    def fit(self, _rows: pd.DataFrame, _labels: Any = None) -> "GroupThresholds":
        """Nothing is learnt: the estimator is fitted already."""
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, rows: pd.DataFrame) -> np.ndarray:
        """The estimator's probabilities."""
        return self.estimator.predict_proba(rows[self.features])

    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        """1 where the score reaches the group's threshold, else 0."""
        limits = groups_of(rows, self.columns or []).map(self.thresholds or {}).astype(float).fillna(self.otherwise)
        return (self.predict_proba(rows)[:, 1] >= limits.to_numpy()).astype(int)
