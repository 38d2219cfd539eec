"""How much of each item should be there or on its way, so that what is asked for until the next delivery is there."""

from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from filiera_steps import intervals
from filiera_steps.errors import StepError, refuse
from filiera_steps.evaluation import entry
from filiera_steps.forecast.evaluation import ask
from filiera_steps.forecast.forecaster import BASELINES, Forecaster
from filiera_steps.forecast.series import AHEAD
from filiera_steps.schema import Strict


class Costs(Strict):
    """Columns of what a unit costs, from 0 on."""

    #: that is asked for and not there
    short: str
    #: that is there and not asked for
    over: str


class Policy(Strict):
    """How much is wanted: a share of deliveries before which nothing runs out, or what is cheapest."""

    service: float | None = Field(default=None, gt=0, lt=1)
    costs: Costs | None = None
    #: a column of how much is there or on its way
    on_hand: str | None = None

    @model_validator(mode="after")
    def one(self) -> "Policy":
        """One of the two decides."""
        if (self.service is None) == (self.costs is None):
            raise ValueError("give service or costs, and not both")
        return self


def unit_costs(rows: pd.DataFrame, policy: Policy) -> tuple[np.ndarray, np.ndarray]:
    """Of each row what a unit costs that is short, and that is over; of a service level what makes it the cheapest."""
    if policy.costs is None:
        level = float(policy.service or 0)
        return np.full(len(rows), level), np.full(len(rows), 1 - level)
    found, problems = [], []
    for kind, name in policy.costs.model_dump().items():
        path = f"policy.costs.{kind}"
        if name not in rows:
            problems.append((path, f'found no column "{name}"; there are {", ".join(rows.columns)}'))
            continue
        values = pd.to_numeric(rows[name], errors="coerce").to_numpy(float)
        if not (values >= 0).all():
            problems.append((path, f'found values of "{name}" below 0, or that are no numbers: mend them'))
        found.append(values)
    if not problems and not (found[0] + found[1] > 0).all():
        problems.append(("policy.costs", "found rows of which both are 0: nothing says how much is wanted"))
    if problems:
        raise StepError(problems)
    return found[0], found[1]


def wanted(quantiles: np.ndarray, levels: list[float], ratio: np.ndarray) -> np.ndarray:
    """Whole units: of each row the quantile of its ratio, between those that there are.

    Raises StepError where a ratio is beyond them: what they do not tell is not made up.
    """
    if ratio.min() < levels[0] - 1e-9 or ratio.max() > levels[-1] + 1e-9:
        found = f"asks for quantiles between {ratio.min():.3g} and {ratio.max():.3g}"
        raise refuse("policy", f"{found}, and the model has {levels[0]:g} to {levels[-1]:g}: train those as well")
    between = [np.interp(at, levels, row) for at, row in zip(ratio, quantiles, strict=True)]
    # a quantile of 12.0000001 is 12 units
    return np.ceil(np.array(between) - 1e-6)


def plan(
    model: Forecaster, current: pd.DataFrame, item: str, time: str, policy: Policy, by: str, naive: str | None
) -> pd.DataFrame:
    """A row for each item: `service`, the share of deliveries that it is for; `expected`, the median of what is asked
    until then; `reorder_point`, how much should be there or on its way; and `order`, what is missing of that.

    With `naive`, the name of a baseline, it is that which says so, and not what the model learnt.
    """
    short, over = unit_costs(current, policy)
    said = model.predict(current).to_numpy()
    quantiles = model.baselines(current)[naive] if naive else said
    ratio = short / (short + over)
    point = wanted(quantiles, model.quantiles or [], ratio)
    there = np.zeros(len(current))
    if policy.on_hand is not None:
        if policy.on_hand not in current:
            raise refuse(
                "policy.on_hand", f'found no column "{policy.on_hand}"; there are {", ".join(current.columns)}'
            )
        there = pd.to_numeric(current[policy.on_hand], errors="coerce").to_numpy(float)
        if not (there >= 0).all():
            raise refuse("policy.on_hand", f'found values of "{policy.on_hand}" below 0, or that are no numbers')
    made = pd.DataFrame(
        {
            item: current[item].to_numpy(),
            "day": current[time].to_numpy(),
            "lead_days": current["lead"].to_numpy(),
            "service": ratio,
            "expected": quantiles[:, (model.quantiles or []).index(0.5)],
            "reorder_point": point,
            "order": np.maximum(point - there, 0.0),
            "by": by,
        }
    )
    made.attrs = current.attrs
    return made


def achieved(
    model: Forecaster, holdout: pd.DataFrame, item: str, time: str, policy: Policy, confidence: float = 0.95
) -> dict[str, Any]:
    """What the policy would have done on days that are known, by the model (`model`) and by each baseline.

    `service` is the share of deliveries before which nothing ran out, `fill` the share of units that were there, `cost`
    the mean of a delivery by the unit costs; `naive` is the cheapest baseline, `saving` what the model saves of its
    cost.
    """
    short, over = unit_costs(holdout, policy)
    asked = holdout[AHEAD].to_numpy(float)
    ratio = short / (short + over)
    clusters = [holdout[item].to_numpy(), holdout[time].to_numpy()]

    def mean(values: np.ndarray) -> dict[str, float | None]:
        return entry(values.mean(), intervals.of_clustered_mean(values, clusters, confidence))

    found: dict[str, Any] = {"rows": len(holdout), "wanted": float(ratio.mean()), "confidence": confidence}
    costs = {}
    for name, quantiles in {"model": ask(model, holdout, time), **model.baselines(holdout)}.items():
        point = wanted(quantiles, model.quantiles or [], ratio)
        missing, left = np.maximum(asked - point, 0), np.maximum(point - asked, 0)
        costs[name] = short * missing + over * left
        fill = 1 - missing.sum() / asked.sum() if asked.sum() else None
        found[name] = {
            "service": mean((missing == 0).astype(float)),
            "fill": fill if fill is None else float(fill),
            "cost": mean(costs[name]),
        }
    naive = min(BASELINES, key=lambda name: costs[name].mean())
    return found | {"naive": naive, "saving": mean(costs[naive] - costs["model"])}
