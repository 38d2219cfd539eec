"""A model of demand by quantiles, of all items at once and none by its name: an item is what its last weeks were."""

from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field, field_validator
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from filiera_steps.errors import StepError, refuse
from filiera_steps.forecast.series import AHEAD, LEVEL, NAIVE
from filiera_steps.schema import Strict, read_as

#: what needs no learning, and the columns that it says: what was asked on the same days of the week before, and as much
#: as in the last four weeks
BASELINES = {"week": NAIVE, "level": LEVEL}
#: rows below which one thread learns faster than several
SMALL = 100_000


class Parameters(Strict):
    """Of `quantile_boosting`: scikit-learn's names."""

    max_iter: int = Field(default=80, ge=1)
    learning_rate: float = Field(default=0.08, gt=0)
    max_leaf_nodes: int = Field(default=8, ge=2)
    min_samples_leaf: int = Field(default=40, ge=1)
    #: of the rows to learn from, the last that the quantiles are corrected with
    calibration: float = Field(default=0.25, gt=0, lt=1)
    quantiles: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98)

    @field_validator("quantiles")
    @classmethod
    def rising(cls, given: tuple[float, ...]) -> tuple[float, ...]:
        """They rise, the median is among them."""
        if list(given) != sorted(set(given)) or not given or given[0] <= 0 or given[-1] >= 1 or 0.5 not in given:
            raise ValueError("they rise between 0 and 1, and have 0.5")
        return given


class Forecaster(BaseEstimator):
    """Quantiles of what is asked for over the days ahead, never below 0, and never crossing.

    A regressor for each quantile says by which multiple of the level it is; `shifts` correct it, so that as many of the
    last rows to learn from were below it as it says. `spreads` are the same for `BASELINES`, which need no learning.
    """

    def __init__(
        self,
        features: list[str] | None = None,
        quantiles: list[float] | None = None,
        regressors: list[Any] | None = None,
        shifts: list[float] | None = None,
        spreads: dict[str, list[float]] | None = None,
        until: str = "",
    ) -> None:
        self.features = features
        self.quantiles = quantiles
        self.regressors = regressors
        self.shifts = shifts
        self.spreads = spreads
        self.until = until

    def quantiles_of(self, rows: pd.DataFrame) -> np.ndarray:
        """In units, a column for each quantile."""
        inputs = rows[self.features].to_numpy(float)
        with few_threads(rows):
            said = [each.predict(inputs) for each in self.regressors or []]
        return bounded((np.column_stack(said) + np.array(self.shifts)) * rows[[LEVEL]].to_numpy(float))

    def baselines(self, rows: pd.DataFrame) -> dict[str, np.ndarray]:
        """The same of each baseline, with the spread that its errors had."""
        level = rows[[LEVEL]].to_numpy(float)
        return {
            name: bounded(rows[[column]].to_numpy(float) + np.array((self.spreads or {})[name]) * level)
            for name, column in BASELINES.items()
        }

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        """What MLflow's pyfunc asks: a column for each quantile, such as `q0.5`."""
        needed = (LEVEL, *(self.features or []))
        missing = [name for name in needed if name not in rows]
        if missing:
            raise StepError(
                (f"data.{name}", "found no such column, which the model needs: keep it") for name in missing
            )
        faults = [
            (f"data.{name}", f"found {wrong} rows without a number: give each one")
            for name in needed
            if (wrong := int((~np.isfinite(rows[name].to_numpy(float))).sum()))
        ]
        if faults:
            raise StepError(faults)
        names = [f"q{each:g}" for each in self.quantiles or []]
        return pd.DataFrame(self.quantiles_of(rows), columns=names, index=rows.index)


def few_threads(rows: pd.DataFrame) -> Any:
    """One thread for small tables: those that wait for each other cost more than they save."""
    return threadpool_limits(1 if len(rows) < SMALL else None, user_api="openmp")


def bounded(quantiles: np.ndarray) -> np.ndarray:
    """From 0 on, and rising. Chernozhukov, Fernandez-Val and Galichon, Econometrica 78 (2010)."""
    return np.sort(np.maximum(quantiles, 0.0), axis=1)


def fit(train: pd.DataFrame, time: str, features: dict[str, str], parameters: dict[str, Any], seed: int) -> Forecaster:
    """Learns from the earlier rows, and corrects the quantiles by the later.

    Romano, Patterson and Candes, Conformalized Quantile Regression, NeurIPS 2019.

    Raises StepError for unknown parameters, and for too few rows.
    """
    given = read_as(Parameters, parameters, "parameters")
    days = np.sort(train[time].unique())
    # a row reaches ahead: those that reach into the later ones are left out
    start = days[int(len(days) * (1 - given.calibration))]
    ends = train[time] + pd.to_timedelta(train["lead"], unit="D")
    early, late = train[ends <= start], train[train[time] >= start]
    for name, part in (("learn from", early), ("correct with", late)):
        if len(part) < 10 * given.min_samples_leaf:
            raise refuse(
                "train", f"found {len(part)} rows to {name}, {10 * given.min_samples_leaf} are needed: give more"
            )
    names = sorted(features)
    regressors, shifts = [], []
    with few_threads(train):
        for quantile in given.quantiles:
            one = HistGradientBoostingRegressor(
                loss="quantile",
                quantile=quantile,
                max_iter=given.max_iter,
                learning_rate=given.learning_rate,
                max_leaf_nodes=given.max_leaf_nodes,
                min_samples_leaf=given.min_samples_leaf,
                early_stopping=False,
                random_state=seed,
            )
            one.fit(early[names].to_numpy(float), early[AHEAD] / early[LEVEL])
            over = late[AHEAD] / late[LEVEL] - one.predict(late[names].to_numpy(float))
            regressors.append(one)
            shifts.append(float(np.quantile(over, quantile)))
    spreads = {
        name: np.quantile((train[AHEAD] - train[column]) / train[LEVEL], given.quantiles).tolist()
        for name, column in BASELINES.items()
    }
    return Forecaster(names, list(given.quantiles), regressors, shifts, spreads, ends.max().isoformat())
