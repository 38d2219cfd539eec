"""Forecasters, as they are registered and promoted."""

from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field

from filiera_steps import intervals, registry
from filiera_steps.classification import typical
from filiera_steps.errors import refuse
from filiera_steps.forecast import evaluation
from filiera_steps.forecast.series import LEVEL
from filiera_steps.schema import Strict
from filiera_steps.tasks import Known, gate

KEPT = ("item", "time")
HIGHER_IS_BETTER = {"mae": False, "pinball": False, "gain": True}
flat = evaluation.flat


class Terms(Strict):
    """What a forecaster must be to become the champion."""

    #: by which share its pinball loss must be below that of the best baseline, at the lower bound of the difference
    gain: float = Field(default=0.05, gt=0, lt=1)
    #: by which share of that the loss may be above the champion's, at the upper bound of their difference
    margin: float = Field(default=0.02, ge=0, lt=1)
    #: of both bounds
    confidence: float = Field(default=0.99, gt=0, lt=1)
    #: items, and days, without which nothing is told
    least_items: int = Field(default=10, ge=2)
    least_days: int = Field(default=14, ge=2)


def log(known: Known, rows: pd.DataFrame, metadata: dict[str, Any]) -> Any:
    """As a pyfunc that is asked with features. The example is made of medians."""
    inputs = rows[[*known.model.features, LEVEL]].astype(float)
    return registry.log_served(known.model, typical(inputs), metadata)


def gates(challenger: Known, champion: Known | None, holdout: pd.DataFrame, terms: Terms) -> list[dict[str, Any]]:
    """The pinball loss of each item and day: below that of what needs no learning, and no worse than the champion's."""
    item, time = challenger.about["item"], challenger.about["time"]
    found, _ = evaluation.by_row(challenger.model, holdout, time)
    clusters = [holdout[item].to_numpy(), holdout[time].to_numpy()]
    items, days = (len(np.unique(each)) for each in clusters)
    decided = [
        gate(
            "rows",
            items >= terms.least_items and days >= terms.least_days,
            f"{items} items and {days} days",
            f"at least {terms.least_items} and {terms.least_days}",
        )
    ]
    gain = found["gain"].to_numpy()
    usual = float((found["pinball"] + found["gain"]).mean())
    bounds = intervals.of_clustered_mean(gain, clusters, terms.confidence)
    wanted = f"at least {terms.gain:.1%} at the lower bound"
    if bounds is None or usual == 0:
        return [*decided, gate("baseline", False, "no interval of one item or day, or a baseline without loss", wanted)]
    low, high = (each / usual for each in bounds)
    shown = f"a pinball loss that is between {low:.1%} and {high:.1%} below that of the best baseline"
    decided.append(gate("baseline", low >= terms.gain, shown, wanted))
    if champion is not None:
        if champion.model.quantiles != challenger.model.quantiles:
            raise refuse("model", f"found other quantiles than the champion's, {champion.model.quantiles}: train these")
        other, _ = evaluation.by_row(champion.model, holdout, time)
        better = (other["pinball"] - found["pinball"]).to_numpy()
        bounds = intervals.of_clustered_mean(better, clusters, terms.confidence)
        low, high = (each / usual for each in bounds or (-np.inf, np.inf))
        holds = (low + high) / 2 >= 0 and low >= -terms.margin
        wanted = f"no more, and at the lower bound at least {-terms.margin:.1%}"
        shown = f"a pinball loss that is between {low:+.1%} and {high:+.1%} below the champion's"
        decided.append(gate("champion", holds, shown, wanted))
    return decided
