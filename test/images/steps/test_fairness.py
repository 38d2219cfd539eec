"""Verdicts are fairlearn's figures against limits; what cannot be told is never fair."""

import numpy as np
import pandas as pd
import pytest
from fairlearn import metrics as fairlearn
from filiera_steps import fairness, models
from filiera_steps.errors import StepError
from filiera_steps.fairness import Fitted, Rules, judge
from filiera_steps.schema import read_as

LIMITS = {
    "demographic_parity_difference": 0.1,
    "demographic_parity_ratio": 0.8,
    "equalized_odds_difference": 0.1,
    "equalized_odds_ratio": 0.8,
    "equal_opportunity_difference": 0.1,
}


def rules(**given):
    return read_as(Rules, {"sensitive": ["origin"], "limits": {"demographic_parity_difference": 0.1}, **given}, "rules")


def test_figures_are_those_of_fairlearn(scored):
    labels, _, said, groups = scored
    found = judge(groups, labels, said, rules(sensitive=["origin", "age"], limits=LIMITS))
    assert list(found["groups"]) == ["origin", "age", "origin & age"]
    for name, of in found["groups"].items():
        sensitive = groups[name.split(" & ")]
        for each in of["measures"]:
            by = getattr(fairlearn, each["measure"])(labels, said, sensitive_features=sensitive)
            assert each["value"] == pytest.approx(by, abs=1e-12), (name, each["measure"])
    frame = fairlearn.MetricFrame(
        metrics={
            "selection_rate": fairlearn.selection_rate,
            "true_positive_rate": fairlearn.true_positive_rate,
            "false_positive_rate": fairlearn.false_positive_rate,
        },
        y_true=labels,
        y_pred=said,
        sensitive_features=groups["age"],
    )
    for group, row in frame.by_group.iterrows():
        for name, value in row.items():
            rate = found["groups"]["age"]["rates"][group][name]
            assert rate["value"] == pytest.approx(value)
            assert rate["low"] < value < rate["high"]


def test_a_group_that_is_chosen_more_often_is_unfair():
    groups = pd.DataFrame({"origin": ["a"] * 100 + ["b"] * 100})
    labels = np.tile([True, False], 100)
    said = np.arange(200) % 10 < np.repeat([2, 4], 100)
    assert judge(groups, labels, said, rules())["verdict"] == "unfair"
    assert judge(groups, labels, said, rules(limits={"demographic_parity_difference": 0.21}))["verdict"] == "fair"
    assert judge(groups, labels, said, rules(limits={"demographic_parity_ratio": 0.51}))["verdict"] == "unfair"


def test_each_column_may_be_fair_and_their_intersection_not():
    groups = pd.DataFrame({"origin": np.repeat(["a", "b"], 200), "age": np.tile(["old", "young"], 200)})
    labels = np.arange(400) % 4 < 2
    said = (groups["origin"] == "a").to_numpy() == (groups["age"] == "old").to_numpy()
    both = ["origin", "age"]
    assert judge(groups, labels, said, rules(sensitive=both, intersections=False))["verdict"] == "fair"
    found = judge(groups, labels, said, rules(sensitive=both))
    assert found["verdict"] == "unfair"
    assert found["groups"]["origin & age"]["measures"][0]["value"] == 1


def test_a_group_of_three_people_is_undecided_unless_the_rules_leave_it_out():
    groups = pd.DataFrame({"origin": ["a"] * 100 + ["b"] * 100 + ["c"] * 3})
    labels = np.arange(203) % 2 == 0
    said = np.arange(203) % 4 < 2
    found = judge(groups, labels, said, rules())
    assert found["verdict"] == "undecided"
    assert found["groups"]["origin"]["small"] == {"c": "it has 3 rows, and 30 are needed"}
    assert judge(groups, labels, said, rules(small_groups="ignore"))["verdict"] == "fair"
    # what is broken without the small group is broken
    assert judge(groups, labels, np.arange(203) < 100, rules())["verdict"] == "unfair"


def test_a_single_group_is_undecided_and_so_is_one_without_a_class():
    labels = np.arange(100) % 2 == 0
    alone = pd.DataFrame({"origin": ["a"] * 100})
    assert judge(alone, labels, labels, rules(small_groups="ignore"))["verdict"] == "undecided"
    groups = pd.DataFrame({"origin": ["a"] * 50 + ["b"] * 50})
    lonely = np.arange(100) < 25
    found = judge(groups, lonely, lonely, rules(limits={"equalized_odds_difference": 0.1}, small_groups="ignore"))
    assert found["verdict"] == "undecided"
    assert found["groups"]["origin"]["small"]["b"] == "it has 0 rows of one class, and 10 are needed"


def test_people_without_a_value_are_a_group():
    groups = pd.DataFrame({"origin": ["a"] * 50 + [None] * 50})
    found = judge(groups, np.arange(100) % 2 == 0, np.arange(100) < 50, rules())
    assert set(found["groups"]["origin"]["rates"]) == {"a", "missing"}
    assert found["verdict"] == "unfair"


def test_nobody_chosen_is_fair_by_every_measure_of_parity():
    groups = pd.DataFrame({"origin": ["a"] * 50 + ["b"] * 50})
    none = np.zeros(100, bool)
    asked = {"demographic_parity_difference": 0.1, "demographic_parity_ratio": 0.8}
    assert judge(groups, np.arange(100) % 2 == 0, none, rules(limits=asked))["verdict"] == "fair"


def test_rules_that_ask_for_nothing_or_for_what_is_not_there_are_refused(scored):
    labels, _, said, groups = scored
    with pytest.raises(
        StepError, match=r"^\[rules\.limits\] found none: set at least one of demographic_parity_difference"
    ):
        judge(groups, labels, said, rules(limits={}))
    with pytest.raises(StepError, match=r"^\[rules\.sensitive\.colour\] found no such column; there are origin, age$"):
        judge(groups, labels, said, rules(sensitive=["colour"]))
    with pytest.raises(StepError, match=r"^\[rules\.limits\.parity\] found 0\.1: extra inputs are not permitted$"):
        rules(limits={"parity": 0.1})


def test_reweighing_makes_the_label_independent_of_the_group(random):
    groups = pd.Series(random.choice(["a", "b", "c"], 5000, p=[0.6, 0.3, 0.1]))
    labels = pd.Series((random.random(5000) < groups.map({"a": 0.1, "b": 0.4, "c": 0.8})).astype(int))
    weights = fairness.weights(groups, labels)
    assert weights.sum() == pytest.approx(5000)
    for group in "abc":
        rows = groups == group
        assert np.average(labels[rows], weights=weights[rows]) == pytest.approx(labels.mean())


@pytest.fixture
def biased(random):
    """Three tables in which a proxy gives the origin away, and the labels of one origin are raised."""
    tables = []
    for rows in (4000, 2000, 4000):
        origin = random.choice(["a", "b"], rows)
        proxy = (origin == "b") + random.normal(0, 0.4, rows)
        skill = random.normal(0, 1, rows)
        label = (skill + random.normal(0, 0.7, rows) > 1) | ((origin == "b") & (random.random(rows) < 0.25))
        tables.append(pd.DataFrame({"origin": origin, "proxy": proxy, "skill": skill, "label": label}))
    return tables


@pytest.fixture
def fitted(biased):
    train, validation, _ = biased
    inputs = {"proxy": "number", "skill": "number"}
    model = models.fit(train, validation, inputs, "label", "logistic_regression", {}, 1)
    return Fitted(model, inputs, "label", "logistic_regression", {}, 1)


@pytest.mark.parametrize("mitigation", ["reweighing", "thresholds"])
def test_what_is_unfair_is_mitigated_and_judged_again(biased, fitted, mitigation, tmp_path):
    chosen, report = fairness.gate(fitted, *biased, rules(mitigation=mitigation))
    assert report["before"]["verdict"] == "unfair"
    assert report["after"]["verdict"] == report["verdict"] == "fair"
    # the report is of the model that is given on, as it is read back
    models.write_model(chosen.model, str(tmp_path / "model"))
    kept = Fitted(models.read_model(str(tmp_path / "model")), chosen.inputs, "label", "logistic_regression", {}, 1)
    assert fairness.judged(kept, biased[2], rules()) == report["after"]
    assert "## After " + mitigation + ": fair" in fairness.in_words(report)


def test_thresholds_by_label_make_equal_opportunities(biased):
    # the skill counts for less where people come from b, so that fewer of those who are right are found
    train, validation, test = (
        each.assign(skill=each["skill"] * np.where(each["origin"] == "b", 0.3, 1)) for each in biased
    )
    inputs = {"skill": "number"}
    model = models.fit(train, validation, inputs, "label", "logistic_regression", {}, 1)
    fitted = Fitted(model, inputs, "label", "logistic_regression", {}, 1)
    asked = rules(limits={"equal_opportunity_difference": 0.15}, mitigation="thresholds")
    _, report = fairness.gate(fitted, train, validation, test, asked)
    assert report["before"]["verdict"] == "unfair"
    assert report["verdict"] == "fair"


def test_without_mitigation_the_verdict_stands_and_the_model_is_as_it_was(biased, fitted):
    chosen, report = fairness.gate(fitted, *biased, rules())
    assert chosen is fitted
    assert (report["verdict"], report["after"]) == ("unfair", None)


def test_mitigation_that_does_not_help_is_no_fairness(biased, fitted):
    _, report = fairness.gate(
        fitted, *biased, rules(mitigation="reweighing", limits={"demographic_parity_difference": 0})
    )
    assert report["verdict"] == "unfair"
    assert report["after"] is not None


def test_a_group_that_thresholds_have_not_seen_has_that_of_all(biased, fitted):
    chosen, _ = fairness.gate(fitted, *biased, rules(mitigation="thresholds"))
    new = biased[2].assign(origin="new")
    asked = models.inputs_of(new, chosen.inputs)
    assert (chosen.model.predict(asked) == fitted.model.predict(models.inputs_of(new, fitted.inputs))).all()
