"""How good forecasts are, over all rows and by slices, and against what needs no learning."""

from typing import Any

import numpy as np
import pandas as pd

from filiera_steps import intervals
from filiera_steps.errors import refuse
from filiera_steps.evaluation import entry, spelt
from filiera_steps.forecast.forecaster import Forecaster
from filiera_steps.forecast.series import AHEAD, SCALE
from filiera_steps.thresholds import groups_of

#: the metrics that have a value for each row
NAMES = ("mae", "bias", "pinball", "gain")


def pinball(asked: np.ndarray, said: np.ndarray, quantiles: list[float]) -> np.ndarray:
    """The pinball loss of each row and quantile."""
    below = asked[:, None] - said
    levels = np.array(quantiles)
    return np.maximum(levels * below, (levels - 1) * below)


def ask(model: Forecaster, rows: pd.DataFrame, time: str) -> np.ndarray:
    """The quantiles of a model that learnt from nothing that these rows are judged by.

    Raises StepError where it did, where the rows have no days ahead, and where an answer is no number.
    """
    if AHEAD not in rows:
        raise refuse("data", f'found no column "{AHEAD}": give it the test or holdout table of prepareDemand')
    if pd.Timestamp(model.until) > rows[time].min():
        found = f"found rows from {rows[time].min():%Y-%m-%d} on, and the model learnt from days until {model.until}"
        raise refuse("data", f"{found}: judge it by later ones")
    said = model.predict(rows).to_numpy()
    if not np.isfinite(said).all():
        raise refuse("model", "found forecasts that are no numbers: look at what it was trained with")
    return said


def by_row(model: Forecaster, rows: pd.DataFrame, time: str) -> tuple[pd.DataFrame, np.ndarray]:
    """A row for each item and day with `NAMES`, and whether what was asked is no more than each quantile says.

    In units, `mae` and `bias` are of the median, above 0 where too much was said. `pinball` is the mean over the
    quantiles, and `gain` by how much it is below that of the baseline that does best on these rows, both as shares of
    what is usually asked.
    """
    said, asked = ask(model, rows, time), rows[AHEAD].to_numpy(float)
    quantiles = model.quantiles or []
    scale = rows[SCALE].to_numpy(float)
    loss, *others = (
        pinball(asked, each, quantiles).mean(axis=1) / scale for each in (said, *model.baselines(rows).values())
    )
    other = min(others, key=np.mean)
    over = said[:, quantiles.index(0.5)] - asked
    columns = dict(zip(NAMES, (np.abs(over), over, loss, other - loss), strict=True))
    return pd.DataFrame(columns, index=rows.index), asked[:, None] <= said


def measure(
    found: pd.DataFrame, below: np.ndarray, quantiles: list[float], clusters: list[np.ndarray], confidence: float
) -> dict[str, Any]:
    """The means over rows, with intervals for which rows of an item, and of a day, go together."""

    def mean(values: np.ndarray) -> dict[str, float | None]:
        return entry(values.mean(), intervals.of_clustered_mean(values, clusters, confidence))

    coverage = {f"{each:g}": mean(below[:, place].astype(float)) for place, each in enumerate(quantiles)}
    return {"rows": len(found), **{name: mean(found[name].to_numpy()) for name in NAMES}, "coverage": coverage}


def evaluate(
    model: Forecaster, rows: pd.DataFrame, item: str, time: str, slices: list[str], confidence: float
) -> dict[str, Any]:
    """The report: all rows, and each value of each column of `slices`."""
    if not 0 < confidence < 1:
        raise refuse("confidence", f"found {confidence:g}: give it a share between 0 and 1, such as 0.95")
    missing = [name for name in slices if name not in rows]
    if missing:
        raise refuse(f"slices.{missing[0]}", f"found no such column; there are {', '.join(rows.columns)}")
    found, below = by_row(model, rows, time)
    clusters = [rows[item].to_numpy(), rows[time].to_numpy()]

    def of(chosen: np.ndarray) -> dict[str, Any]:
        return measure(
            found[chosen], below[chosen], model.quantiles or [], [each[chosen] for each in clusters], confidence
        )

    by_column = {}
    for column in slices:
        group = groups_of(rows, [column]).to_numpy()
        by_column[column] = {str(value): of(group == value) for value in sorted(set(group))}
    return {"confidence": confidence, **of(np.ones(len(rows), bool)), "slices": by_column}


def flat(report: dict[str, Any]) -> dict[str, float]:
    """The report as MLflow's metrics: `pinball`, `pinball_low`, `coverage_0.9`, `supplier.a.mae` and so on."""
    found = numbers("", report)
    for column, values in report["slices"].items():
        for value, measured in values.items():
            found |= numbers(f"{spelt(column)}.{spelt(value)}.", measured)
    return found


def numbers(prefix: str, measured: dict[str, Any]) -> dict[str, float]:
    """The metrics of one report that are there, and how many rows they are of."""
    found = {f"{prefix}rows": float(measured["rows"])}
    every = {name: measured[name] for name in NAMES} | {f"coverage_{at}": of for at, of in measured["coverage"].items()}
    for name, each in every.items():
        for part, suffix in (("value", ""), ("low", "_low"), ("high", "_high")):
            if each[part] is not None:
                found[f"{prefix}{name}{suffix}"] = each[part]
    return found
