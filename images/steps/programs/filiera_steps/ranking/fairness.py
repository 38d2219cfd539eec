"""Whether recommendations serve groups of people alike, and show groups of items, such as suppliers, alike."""

from typing import Any, Literal

import pandas as pd
from pydantic import Field

from filiera_steps import intervals
from filiera_steps.errors import refuse
from filiera_steps.evaluation import entry
from filiera_steps.fairness import verdict_of, worst
from filiera_steps.ranking.evaluation import discounts, per_person
from filiera_steps.ranking.feedback import Columns, of_each, questions
from filiera_steps.ranking.recommenders import Recommender
from filiera_steps.schema import Strict
from filiera_steps.thresholds import BETWEEN, groups_of

#: the measures of people, and those of items
OF_PEOPLE = ("ndcg_difference", "ndcg_ratio")
OF_ITEMS = ("exposure_to_catalogue_ratio", "exposure_to_demand_ratio")


class Limits(Strict):
    """What is allowed: a difference at most, ratios at least; those that are left out are not judged.

    An exposure ratio is, of the groups of items, the smallest share of exposure over the group's share of the items
    (`catalogue`), or of what people then took (`demand`).
    """

    ndcg_difference: float | None = Field(default=None, ge=0, le=1)
    ndcg_ratio: float | None = Field(default=None, ge=0, le=1)
    exposure_to_catalogue_ratio: float | None = Field(default=None, ge=0, le=1)
    exposure_to_demand_ratio: float | None = Field(default=None, ge=0, le=1)


class Rules(Strict):
    """How fairness is judged."""

    #: columns that group people, such as their age
    users: tuple[str, ...] = ()
    #: columns that group items, such as their supplier
    items: tuple[str, ...] = ()
    limits: Limits
    #: whether groups of several columns of people at once are judged, too
    intersections: bool = True
    #: people, and items, that a group must have to be judged
    least_users: int = Field(default=30, ge=2)
    least_items: int = Field(default=5, ge=1)
    #: what smaller groups make of a verdict that is fair without them
    small_groups: Literal["undecided", "ignore"] = "undecided"

    def asked(self, of: tuple[str, ...]) -> dict[str, float]:
        """The limits of these measures that are set."""
        return {name: limit for name, limit in self.limits.model_dump().items() if limit is not None and name in of}

    def check(self) -> "Rules":
        """Raises StepError where there is nothing to judge: columns without a limit, or limits without a column."""
        for path, columns, of in (("users", self.users, OF_PEOPLE), ("items", self.items, OF_ITEMS)):
            if columns and not self.asked(of):
                raise refuse("rules.limits", f"found none for {path}: set at least one of {', '.join(of)}")
            if self.asked(of) and not columns:
                raise refuse(f"rules.{path}", f"found none, and {next(iter(self.asked(of)))} is limited: name a column")
        if not self.users and not self.items:
            raise refuse("rules", "found nothing to judge: name columns of users or items, and limits")
        return self


def judge(
    model: Recommender,
    train: pd.DataFrame,
    table: pd.DataFrame,
    names: Columns,
    rules: Rules,
    confidence: float = 0.95,
) -> dict[str, Any]:
    """The report of a fairness gate: a verdict over every set of groups of people and of items, and one over all.

    It is `unfair` where a limit is broken, `undecided` where none is but groups are too small to be judged or there
    are no two to compare, and `fair` else. Nothing is mitigated: the report has `before` alone, and `after` is None.
    """
    rules.check()
    asked = questions(table, names)
    people, ranked = per_person(model, asked)
    known = pd.DataFrame(
        {each: of_each(table, names.user, each, f"rules.users.{each}") for each in rules.users}
    ).reindex(people.index)
    sets = [[name] for name in rules.users]
    if rules.intersections and len(sets) > 1:
        sets.append(list(rules.users))
    found = {BETWEEN.join(each): of_people(people["ndcg"], groups_of(known, each), rules, confidence) for each in sets}
    rows = pd.concat([train, table], ignore_index=True)
    unknown = len(set(model.items or []) - set(rows[names.item]))
    if unknown:
        raise refuse(
            "train", f"found {unknown} items of the model that are not in it: give it what the model learnt from"
        )
    for column in rules.items:
        group = of_each(rows, names.item, column, f"rules.items.{column}")
        found[column] = of_items(ranked, asked.taken, group.to_dict(), rules)
    verdict = worst(each["verdict"] for each in found.values())
    before = {"verdict": verdict, "groups": found}
    return {"rules": rules.model_dump(), "mitigation": "none", "before": before, "after": None, "verdict": verdict}


def of_people(ndcg: pd.Series, groups: pd.Series, rules: Rules, confidence: float) -> dict[str, Any]:
    """The verdict over groups of people, by the mean NDCG of each."""
    table: dict[str, Any] = {}
    for name, values in ndcg.groupby(groups.to_numpy()):
        interval = intervals.of_mean(values.to_numpy(), confidence) if len(values) > 1 else None
        table[str(name)] = {"users": len(values), "ndcg": entry(values.mean(), interval)}
    small = {
        name: f"it has {of['users']} people, and {rules.least_users} are needed"
        for name, of in table.items()
        if of["users"] < rules.least_users
    }
    means = [of["ndcg"]["value"] for name, of in table.items() if name not in small]
    least, most = (min(means), max(means)) if len(means) > 1 else (None, None)
    values: dict[str, float | None] = dict.fromkeys(OF_PEOPLE)
    if least is not None and most is not None:
        # nobody is served: then nobody is served worse than another
        values = {"ndcg_difference": most - least, "ndcg_ratio": least / most if most else 1.0}
    return verdict(values, rules.asked(OF_PEOPLE), small, table, rules)


def of_items(ranked: list[list[str]], taken: list[list[str]], group: dict[str, str], rules: Rules) -> dict[str, Any]:
    """The verdict over groups of items, by the share of exposure: a place counts as much as it does in the NDCG."""
    names = sorted(set(group.values()))
    counts = {name: {"items": 0.0, "exposure": 0.0, "demand": 0.0} for name in names}
    for name in group.values():
        counts[name]["items"] += 1
    weights = discounts(max(map(len, ranked)))
    for listed in ranked:
        for place, item in enumerate(listed):
            counts[group[item]]["exposure"] += float(weights[place])
    for each in taken:
        for item in each:
            counts[group[item]]["demand"] += 1
    table = shares(counts)
    small = {
        name: f"it has {of['items']:.0f} items, and {rules.least_items} are needed"
        for name, of in counts.items()
        if of["items"] < rules.least_items
    }
    left = [of for name, of in table.items() if name not in small]
    values: dict[str, float | None] = dict.fromkeys(OF_ITEMS)
    if len(left) > 1:
        values["exposure_to_catalogue_ratio"] = min(of["exposure"] / of["items"] for of in left)
        # who nobody asked for is owed nothing by demand
        wanted = [of["exposure"] / of["demand"] for of in left if of["demand"] > 0]
        values["exposure_to_demand_ratio"] = min(wanted) if wanted else None
    return verdict(values, rules.asked(OF_ITEMS), small, table, rules)


def shares(counts: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Each number as a share of all groups' together."""
    whole = {name: sum(of[name] for of in counts.values()) for name in ("items", "exposure", "demand")}
    return {
        group: {name: value / whole[name] if whole[name] else 0.0 for name, value in of.items()}
        for group, of in counts.items()
    }


def verdict(
    values: dict[str, float | None],
    asked: dict[str, float],
    small: dict[str, str],
    rates: dict[str, Any],
    rules: Rules,
) -> dict[str, Any]:
    """Figures against limits, in the form that the fairness of classifiers has."""
    measures = []
    for name, limit in asked.items():
        value = values[name]
        holds = None if value is None else bool(value >= limit if name.endswith("ratio") else value <= limit)
        measures.append(
            {"measure": name, "value": None if value is None else float(value), "limit": limit, "holds": holds}
        )
    return {
        "verdict": verdict_of(measures, small, rules.small_groups),
        "measures": measures,
        "small": small,
        "rates": rates,
    }
