"""Whether a classifier treats groups of people alike, and what can be done if it does not."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from fairlearn import metrics
from pydantic import Field

from filiera_steps import intervals, models
from filiera_steps.errors import StepError, refuse
from filiera_steps.schema import Strict
from filiera_steps.thresholds import BETWEEN, GroupThresholds, groups_of

Verdict = Literal["fair", "unfair", "undecided"]
MEASURES: dict[str, Any] = {
    "demographic_parity_difference": metrics.demographic_parity_difference,
    "demographic_parity_ratio": metrics.demographic_parity_ratio,
    "equalized_odds_difference": metrics.equalized_odds_difference,
    "equalized_odds_ratio": metrics.equalized_odds_ratio,
    "equal_opportunity_difference": metrics.equal_opportunity_difference,
}
#: those that compare answers given the label, which needs rows of each class in each group
BY_LABEL = ("equalized_odds_difference", "equalized_odds_ratio", "equal_opportunity_difference")


class Limits(Strict):
    """What is allowed: differences at most, ratios at least; those that are left out are not judged."""

    demographic_parity_difference: float | None = Field(default=None, ge=0, le=1)
    demographic_parity_ratio: float | None = Field(default=None, ge=0, le=1)
    equalized_odds_difference: float | None = Field(default=None, ge=0, le=1)
    equalized_odds_ratio: float | None = Field(default=None, ge=0, le=1)
    equal_opportunity_difference: float | None = Field(default=None, ge=0, le=1)


class Rules(Strict):
    """How fairness is judged."""

    sensitive: list[str] = Field(min_length=1)
    limits: Limits
    #: whether groups of several columns at once are judged, too
    intersections: bool = True
    #: rows, and rows of each class, that a group must have to be judged
    least_rows: int = Field(default=30, ge=2)
    least_of_class: int = Field(default=10, ge=1)
    #: what smaller groups make of a verdict that is fair without them
    small_groups: Literal["undecided", "ignore"] = "undecided"
    mitigation: Literal["none", "reweighing", "thresholds"] = "none"

    def asked(self) -> dict[str, float]:
        """The limits that are set."""
        found = {name: limit for name, limit in self.limits.model_dump().items() if limit is not None}
        if not found:
            raise refuse("rules.limits", f"found none: set at least one of {', '.join(MEASURES)}")
        return found


def judge(
    frame: pd.DataFrame, labels: np.ndarray, said: np.ndarray, rules: Rules, confidence: float = 0.95
) -> dict[str, Any]:
    """The verdict over every sensitive column, and over their intersection.

    A verdict is `unfair` where a limit is broken, `undecided` where nothing is broken but groups are too small to be
    judged or there are no two to compare, and `fair` else. Figures are fairlearn's.
    """
    missing = [name for name in rules.sensitive if name not in frame]
    if missing:
        raise StepError(
            (f"rules.sensitive.{name}", f"found no such column; there are {', '.join(frame.columns)}")
            for name in missing
        )
    sets = [[name] for name in rules.sensitive]
    if rules.intersections and len(sets) > 1:
        sets.append(list(rules.sensitive))
    by_set = {BETWEEN.join(each): judge_one(groups_of(frame, each), labels, said, rules, confidence) for each in sets}
    return {"verdict": worst(each["verdict"] for each in by_set.values()), "groups": by_set}


def judge_one(
    groups: pd.Series, labels: np.ndarray, said: np.ndarray, rules: Rules, confidence: float
) -> dict[str, Any]:
    """The verdict over the groups of one column."""
    labels, said = labels.astype(bool), said.astype(bool)
    names = groups.to_numpy()
    table = {str(name): rates(labels[names == name], said[names == name], confidence) for name in sorted(set(names))}
    found: list[dict[str, Any]] = []
    small: dict[str, str] = {}
    for measure, limit in rules.asked().items():
        left = [name for name, of in table.items() if too_small(of, measure, rules) is None]
        small |= {name: why for name, of in table.items() if (why := too_small(of, measure, rules)) is not None}
        if len(left) < 2:
            found.append({"measure": measure, "value": None, "limit": limit, "holds": None})
            continue
        rows = np.isin(names, left)
        value = float(MEASURES[measure](labels[rows], said[rows], sensitive_features=names[rows]))
        # nobody of any group was chosen: then none was chosen more than another
        value = 1.0 if np.isnan(value) and measure.endswith("ratio") else value
        holds = value >= limit if measure.endswith("ratio") else value <= limit
        found.append({"measure": measure, "value": value, "limit": limit, "holds": bool(holds)})
    return {"verdict": verdict_of(found, small, rules.small_groups), "measures": found, "small": small, "rates": table}


def verdict_of(measures: list[dict[str, Any]], small: dict[str, str], small_groups: str) -> Verdict:
    """What limits that hold (True), are broken (False) or cannot be told (None) say together."""
    if any(each["holds"] is False for each in measures):
        return "unfair"
    untold = any(each["holds"] is None for each in measures)
    return "undecided" if untold or (small and small_groups == "undecided") else "fair"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict over several sets of groups."""
    there = set(verdicts)
    return next((each for each in ("unfair", "undecided") if each in there), "fair")


def rates(labels: np.ndarray, said: np.ndarray, confidence: float) -> dict[str, Any]:
    """How often a group is chosen, and how often rightly and wrongly, with intervals; None where no row tells."""

    def rate(of: np.ndarray) -> dict[str, float] | None:
        if len(of) == 0:
            return None
        low, high = intervals.of_proportion(int(of.sum()), len(of), confidence)
        return {"value": float(of.mean()), "low": low, "high": high}

    return {
        "rows": len(labels),
        "positives": int(labels.sum()),
        "selection_rate": rate(said),
        "true_positive_rate": rate(said[labels]),
        "false_positive_rate": rate(said[~labels]),
    }


def too_small(of: dict[str, Any], measure: str, rules: Rules) -> str | None:
    """Why a group cannot be judged by a measure."""
    if of["rows"] < rules.least_rows:
        return f"it has {of['rows']} rows, and {rules.least_rows} are needed"
    fewest = min(of["positives"], of["rows"] - of["positives"])
    if measure in BY_LABEL and fewest < rules.least_of_class:
        return f"it has {fewest} rows of one class, and {rules.least_of_class} are needed"
    return None


def weights(groups: pd.Series, labels: pd.Series) -> np.ndarray:
    """Reweighing: each row counts P(group) P(label) / P(group, label), which makes the label independent of the group.

    Kamiran and Calders, Knowledge and Information Systems 33 (2012); fairlearn has no such function.
    """
    together = pd.DataFrame({"group": groups.to_numpy(), "label": labels.to_numpy()})
    count = together.groupby(["group", "label"])["label"].transform("size")
    of_group = together.groupby("group")["label"].transform("size")
    of_label = together.groupby("label")["label"].transform("size")
    return (of_group * of_label / (count * len(together))).to_numpy()


@dataclass(frozen=True)
class Fitted:
    """A model, and what it was fitted with, so that it can be fitted again."""

    model: Any
    inputs: dict[str, str]
    target: str
    estimator: str
    parameters: dict[str, Any]
    seed: int


def mitigate(fitted: Fitted, train: pd.DataFrame, validation: pd.DataFrame, rules: Rules) -> Fitted:
    """The model again, made fairer: fitted with weights, or with a threshold for each group of all sensitive columns.

    Thresholds are set on the validation rows. They give each group the share of yes that all have together; or, where
    only limits by label are set, the same share of those that are true. The model then reads the sensitive columns.
    """
    if rules.mitigation == "reweighing":
        by = weights(groups_of(train, rules.sensitive), train[fitted.target].astype(int))
        model = models.fit(
            train, validation, fitted.inputs, fitted.target, fitted.estimator, fitted.parameters, fitted.seed, by
        )
        return Fitted(model, fitted.inputs, fitted.target, fitted.estimator, fitted.parameters, fitted.seed)
    score = models.scores(fitted.model, models.inputs_of(validation, fitted.inputs))
    labels = validation[fitted.target].to_numpy(dtype=bool)
    by_label = all(name in BY_LABEL for name in rules.asked())
    counted = labels if by_label else np.ones_like(labels)
    inputs = fitted.inputs | {name: "category" for name in rules.sensitive if name not in fitted.inputs}
    # as the model will be asked, so that its groups are called the same
    names = groups_of(models.inputs_of(validation, inputs), rules.sensitive).to_numpy()
    share = float((score[counted] >= fitted.model.threshold).mean())
    thresholds = {}
    for name in sorted(set(names)):
        of_group = score[(names == name) & counted]
        if len(of_group) >= (rules.least_of_class if by_label else rules.least_rows):
            thresholds[str(name)] = float(np.quantile(of_group, 1 - share, method="higher"))
    model = GroupThresholds(
        fitted.model, sorted(fitted.inputs), list(rules.sensitive), thresholds, float(fitted.model.threshold)
    )
    return Fitted(model.fit(validation), inputs, fitted.target, fitted.estimator, fitted.parameters, fitted.seed)


def gate(
    fitted: Fitted, train: pd.DataFrame, validation: pd.DataFrame, test: pd.DataFrame, rules: Rules
) -> tuple[Fitted, dict[str, Any]]:
    """Judges a model on the test rows; one that is not fair is mitigated if the rules say so, and judged again.

    Gives the model that the verdict is of, and the report: `before`, and `after` where there was mitigation.
    """
    before = judged(fitted, test, rules)
    report: dict[str, Any] = {"rules": rules.model_dump(), "mitigation": "none", "before": before, "after": None}
    if before["verdict"] == "fair" or rules.mitigation == "none":
        return fitted, report | {"verdict": before["verdict"]}
    fairer = mitigate(fitted, train, validation, rules)
    after = judged(fairer, test, rules)
    return fairer, report | {"mitigation": rules.mitigation, "after": after, "verdict": after["verdict"]}


def judged(fitted: Fitted, test: pd.DataFrame, rules: Rules) -> dict[str, Any]:
    """The verdict on a model's answers."""
    said = fitted.model.predict(models.inputs_of(test, fitted.inputs))
    return judge(test, test[fitted.target].to_numpy(dtype=bool), said, rules)


def in_words(report: dict[str, Any]) -> str:
    """The report as Markdown."""
    lines = [f"# Fairness: {report['verdict']}", ""]
    for title, judgement in (
        ("As it was trained", report["before"]),
        (f"After {report['mitigation']}", report["after"]),
    ):
        if judgement is None:
            continue
        lines += [
            f"## {title}: {judgement['verdict']}",
            "",
            "| groups of | measure | found | limit | |",
            "| --- | --- | --- | --- | --- |",
        ]
        for name, of in judgement["groups"].items():
            for each in of["measures"]:
                value = "cannot be told" if each["value"] is None else f"{each['value']:.3f}"
                holds = {True: "holds", False: "broken", None: "undecided"}[each["holds"]]
                lines.append(f"| {name} | {each['measure']} | {value} | {each['limit']:g} | {holds} |")
        lines.append("")
        for name, of in judgement["groups"].items():
            lines += [f"- {name}: {group} is not judged: {why}" for group, why in of["small"].items()]
    return "\n".join(lines).rstrip() + "\n"
