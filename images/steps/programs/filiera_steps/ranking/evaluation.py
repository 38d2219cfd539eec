"""How good recommendations are: by person, by slices of people, and against what most people took."""

from typing import Any

import numpy as np
import pandas as pd

from filiera_steps import intervals
from filiera_steps.errors import refuse
from filiera_steps.evaluation import entry, spelt
from filiera_steps.ranking.feedback import Columns, Questions, of_each, questions
from filiera_steps.ranking.recommenders import Recommender

#: the metrics that have a value for each person
NAMES = ("recall", "ndcg", "gain", "popularity", "popularity_bias")


def discounts(k: int) -> np.ndarray:
    """What each place of a list counts: 1, 0.63, 0.5, …"""
    return 1 / np.log2(np.arange(2, k + 2))


def by_person(ranked: list[list[str]], taken: list[list[str]], k: int) -> tuple[np.ndarray, np.ndarray]:
    """Recall@k and NDCG@k of each person; what was taken counts the same whether a model knows it or not."""
    weights = discounts(k)
    best = np.cumsum(weights)
    recall, ndcg = np.empty(len(taken)), np.empty(len(taken))
    for row, (listed, right) in enumerate(zip(ranked, taken, strict=True)):
        wanted = set(right)
        hits = np.array([item in wanted for item in listed], dtype=bool)
        recall[row] = hits.sum() / len(wanted)
        ndcg[row] = weights[: len(hits)][hits].sum() / best[min(k, len(wanted)) - 1]
    return recall, ndcg


def ask(model: Recommender, asked: Questions, k: int, popular: bool = False) -> list[list[str]]:
    """The lists of a model that learnt from nothing later than the questions.

    Raises StepError where it did: it would know the answers.
    """
    if pd.Timestamp(model.until) >= asked.since:
        found = f"found rows from {asked.since.isoformat()} on, and the model learnt from rows until {model.until}"
        raise refuse("data", f"{found}: judge it by later ones")
    return model.rank(asked.histories, k, popular)


def per_person(model: Recommender, asked: Questions) -> tuple[pd.DataFrame, list[list[str]]]:
    """A row for each person with `NAMES`, and the lists that it is of.

    `gain` is by how much the NDCG is above that of what most people took. `popularity` is the mean share of people who
    took the items of the list, and its bias by how much that is above the same of what the person then took.
    """
    k = model.k
    ranked = ask(model, asked, k)
    recall, ndcg = by_person(ranked, asked.taken, k)
    _, baseline = by_person(model.rank(asked.histories, k, popular=True), asked.taken, k)
    shares = dict(zip(model.items or [], np.asarray(model.shares), strict=True))
    listed, taken = (
        np.array([np.mean([shares.get(item, 0.0) for item in each] or [0.0]) for each in lists])
        for lists in (ranked, asked.taken)
    )
    columns = (recall, ndcg, ndcg - baseline, listed, listed - taken)
    return pd.DataFrame(dict(zip(NAMES, columns, strict=True)), index=asked.users), ranked


def measure(people: pd.DataFrame, confidence: float) -> dict[str, Any]:
    """The mean of each metric over people, with Student's interval; none of a single person."""
    found: dict[str, Any] = {"users": len(people)}
    for name in NAMES:
        values = people[name].to_numpy()
        found[name] = entry(values.mean(), intervals.of_mean(values, confidence) if len(values) > 1 else None)
    return found


def evaluate(
    model: Recommender, table: pd.DataFrame, names: Columns, slices: list[str], confidence: float
) -> dict[str, Any]:
    """The report: everybody, coverage, and people by each value of each column of `slices`.

    `coverage` is the share of the items that were there to learn from which are in anybody's list. A slice `history` is
    always there: people of whom nothing was known, few items, or many.
    """
    if not 0 < confidence < 1:
        raise refuse("confidence", f"found {confidence:g}: give it a share between 0 and 1, such as 0.95")
    asked = questions(table, names)
    people, ranked = per_person(model, asked)
    listed = {item for each in ranked for item in each}
    known = np.array([len(set(each) & set(model.items or [])) for each in asked.histories])
    groups = {"history": np.select([known == 0, known < 5], ["none", "1 to 4"], "5 or more")}
    for column in slices:
        groups[column] = of_each(table, names.user, column, f"slices.{column}").reindex(people.index).to_numpy()
    return {
        "confidence": confidence,
        "k": model.k,
        **measure(people, confidence),
        "coverage": len(listed) / model.catalogue,
        "slices": {
            column: {str(each): measure(people[values == each], confidence) for each in sorted(set(values))}
            for column, values in groups.items()
        },
    }


def flat(report: dict[str, Any]) -> dict[str, float]:
    """The report as MLflow's metrics: `ndcg`, `ndcg_low`, `age.old.ndcg` and so on, without those that are None."""
    found = {"coverage": report["coverage"], **numbers("", report)}
    for column, values in report["slices"].items():
        for value, measured in values.items():
            found |= numbers(f"{spelt(column)}.{spelt(value)}.", measured)
    return found


def numbers(prefix: str, measured: dict[str, Any]) -> dict[str, float]:
    """The metrics of one report that are there, and how many people they are of."""
    found = {f"{prefix}users": float(measured["users"])}
    for name in NAMES:
        for part, suffix in (("value", ""), ("low", "_low"), ("high", "_high")):
            if measured[name][part] is not None:
                found[f"{prefix}{name}{suffix}"] = measured[name][part]
    return found
