"""Champion against challenger, on rows that neither has seen."""

from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field

from filiera_steps import intervals, models, registry, tracking
from filiera_steps.errors import refuse
from filiera_steps.schema import Strict


class Terms(Strict):
    """What a model must be to become the champion."""

    #: the area under the ROC curve that the lower bound must reach; one half is that of guessing
    floor: float = Field(default=0.6, gt=0.5, lt=1)
    #: by how much the area may be smaller than the champion's, at the lower bound of their difference
    margin: float = Field(default=0.02, ge=0, lt=1)
    #: of both bounds: one that guesses would need luck of this rarity, and the distance to the floor besides
    confidence: float = Field(default=0.99, gt=0, lt=1)
    #: rows of each class without which nothing is told
    least_of_class: int = Field(default=30, ge=2)


def compare(labels: np.ndarray, score: np.ndarray, champion: np.ndarray | None, terms: Terms) -> list[dict[str, Any]]:
    """The gates that the holdout decides: enough rows, good enough, no worse than the champion if there is one.

    A gate is `{"gate", "holds", "found", "wanted"}`.
    """
    labels = labels.astype(bool)
    fewest = int(min(labels.sum(), (~labels).sum()))
    gates = [
        gate("rows", fewest >= terms.least_of_class, f"{fewest} of the rarer class", f"at least {terms.least_of_class}")
    ]
    if fewest < 2:
        return [*gates, gate("floor", False, "no area under the ROC curve", f"at least {terms.floor:g}")]
    low, high = intervals.of_auc(labels, score, terms.confidence)
    shown = f"an AUC between {low:.3f} and {high:.3f}"
    gates.append(gate("floor", low >= terms.floor, shown, f"at least {terms.floor:g} at the lower bound"))
    if champion is not None:
        low, high = intervals.of_auc_difference(labels, score, champion, terms.confidence)
        holds = (low + high) / 2 >= 0 and low >= -terms.margin
        wanted = f"no smaller, and at the lower bound at least {-terms.margin:g}"
        gates.append(
            gate("champion", holds, f"an AUC that is between {low:+.3f} and {high:+.3f} of the champion's", wanted)
        )
    return gates


def gate(name: str, holds: bool, found: str, wanted: str) -> dict[str, Any]:
    """A gate, and whether it holds."""
    return {"gate": name, "holds": bool(holds), "found": found, "wanted": wanted}


def promote(
    name: str, version: str, holdout: pd.DataFrame, fairness: str, skewed: bool, terms: Terms
) -> dict[str, Any]:
    """Gives a version the alias `champion` if every gate holds; else the champion stays.

    `fairness` is a verdict of the fairness gate, or empty where none was asked for; `skewed` is whether the data moved
    too far from what came before. The report has the gates, `promoted`, and the version that was champion before.
    """
    client = tracking.connect()
    model, inputs, target = registry.load(client, name, version)
    labels = holdout[target].to_numpy(dtype=bool)
    score = models.scores(model, models.inputs_of(holdout, inputs))
    if not np.isfinite(score).all():
        raise refuse(f"models:/{name}/{version}", "found scores that are no numbers: it is not promoted")
    before = registry.version_of(client, name, registry.CHAMPION)
    other = None
    if before is not None and before != version:
        champion, of_champion, _ = registry.load(client, name, before)
        other = models.scores(champion, models.inputs_of(holdout, of_champion))
    gates = compare(labels, score, other, terms)
    gates.append(gate("data", not skewed, "data that moved" if skewed else "data as before", "data as before"))
    if fairness:
        gates.append(gate("fairness", fairness == "fair", fairness, "fair"))
    promoted = all(each["holds"] for each in gates)
    if promoted and before != version:
        client.set_registered_model_alias(name, registry.CHAMPION, version)
    report = {"model": name, "version": version, "promoted": promoted, "champion_before": before, "gates": gates}
    for key, value in (("promoted", str(promoted).lower()), ("gates", in_words(gates))):
        client.set_model_version_tag(name, version, key, value)
    return report


def in_words(gates: list[dict[str, Any]]) -> str:
    """What the gates said: those that do not hold, or that all do."""
    against = [f"{each['gate']}: found {each['found']}, wanted {each['wanted']}" for each in gates if not each["holds"]]
    return "; ".join(against) if against else "all hold"
