"""Recommenders, as they are registered and promoted."""

from typing import Any

import pandas as pd
from pydantic import Field

from filiera_steps import intervals, registry
from filiera_steps.ranking import evaluation
from filiera_steps.ranking.feedback import Columns, questions
from filiera_steps.schema import Strict
from filiera_steps.tasks import Known, gate

KEPT = ("columns",)
HIGHER_IS_BETTER = {"recall": True, "ndcg": True, "gain": True}
flat = evaluation.flat


class Terms(Strict):
    """What a recommender must be to become the champion."""

    #: by which share its NDCG must be above that of what most people took, at the lower bound of the difference
    gain: float = Field(default=0.05, gt=0)
    #: by how much the NDCG may be smaller than the champion's, at the lower bound of their difference
    margin: float = Field(default=0.01, ge=0, lt=1)
    #: of both bounds
    confidence: float = Field(default=0.99, gt=0, lt=1)
    #: people without whom nothing is told
    least_users: int = Field(default=100, ge=2)


def log(known: Known, rows: pd.DataFrame, metadata: dict[str, Any]) -> Any:
    """As a pyfunc that is asked with lists of `items`. The example is what most people took, and nobody's."""
    example = pd.DataFrame({"items": [known.model.items[:3], []]})
    return registry.log_served(known.model, example, metadata)


def gates(challenger: Known, champion: Known | None, holdout: pd.DataFrame, terms: Terms) -> list[dict[str, Any]]:
    """The NDCG of each person: above what most people took, and no worse than the champion's."""
    asked = questions(holdout, Columns(**challenger.about["columns"]))
    people, _ = evaluation.per_person(challenger.model, asked)
    count = len(people)
    decided = [gate("users", count >= terms.least_users, f"{count} people", f"at least {terms.least_users}")]
    if count < 2:
        return [*decided, gate("baseline", False, "no interval of one person", "more people")]
    gain = people["gain"].to_numpy()
    least = terms.gain * float((people["ndcg"] - people["gain"]).mean())
    low, high = intervals.of_mean(gain, terms.confidence)
    shown = f"an NDCG that is between {low:+.3f} and {high:+.3f} of that of what most people took"
    # none better than a baseline of 0 has learnt nothing either
    holds = low >= least and low > 0
    decided.append(gate("baseline", holds, shown, f"at least {least:+.3f} at the lower bound"))
    if champion is not None:
        k = challenger.model.k
        _, other = evaluation.by_person(evaluation.ask(champion.model, asked, k), asked.taken, k)
        low, high = intervals.of_mean(people["ndcg"].to_numpy() - other, terms.confidence)
        holds = (low + high) / 2 >= 0 and low >= -terms.margin
        wanted = f"no smaller, and at the lower bound at least {-terms.margin:g}"
        decided.append(
            gate("champion", holds, f"an NDCG that is between {low:+.3f} and {high:+.3f} of the champion's", wanted)
        )
    return decided
