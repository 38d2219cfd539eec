"""Metrics are scikit-learn's, and intervals hold what they promise."""

import numpy as np
import pandas as pd
import pytest
from filiera_steps import evaluation, intervals
from filiera_steps.errors import StepError
from sklearn import metrics


def test_metrics_are_those_of_scikit_learn(scored):
    labels, score, said, _ = scored
    found = evaluation.measure(labels, said, score, 0.95)
    wanted = {
        "accuracy": metrics.accuracy_score(labels, said),
        "precision": metrics.precision_score(labels, said),
        "recall": metrics.recall_score(labels, said),
        "f1": metrics.f1_score(labels, said),
        "auc": metrics.roc_auc_score(labels, score),
        "brier": metrics.brier_score_loss(labels, score),
    }
    assert {name: found[name]["value"] for name in wanted} == pytest.approx(wanted, abs=1e-12)
    tn, fp, fn, tp = metrics.confusion_matrix(labels, said).ravel()
    assert found["confusion"] == {"tn": tn, "fp": fp, "fn": fn, "tp": tp}
    for name in wanted:
        assert found[name]["low"] < found[name]["value"] < found[name]["high"]
    bounds = {
        "accuracy": intervals.of_proportion(tp + tn, 4000, 0.95),
        "precision": intervals.of_proportion(tp, tp + fp, 0.95),
        "recall": intervals.of_proportion(tp, tp + fn, 0.95),
        "f1": intervals.of_f1(tp, fp + fn, 0.95),
        "auc": intervals.of_auc(labels, score, 0.95),
        "brier": intervals.of_mean((score - labels) ** 2, 0.95),
    }
    assert {name: (found[name]["low"], found[name]["high"]) for name in bounds} == bounds


def test_slices_are_measured_alone(scored):
    labels, score, said, groups = scored
    report = evaluation.evaluate(groups, labels, said, score, ["age"], 0.9)
    assert set(report["slices"]["age"]) == {"young", "old", "oldest"}
    rows = (groups["age"] == "old").to_numpy()
    assert report["slices"]["age"]["old"] == evaluation.measure(labels[rows], said[rows], score[rows], 0.9)
    flat = evaluation.flat(report)
    assert flat["age.old.auc"] == metrics.roc_auc_score(labels[rows], score[rows])
    assert flat["rows"] == 4000


def test_auc_with_ties_is_that_of_scikit_learn(scored):
    labels, score, _, _ = scored
    coarse = np.round(score, 1)
    below, _ = intervals.placements(labels, coarse)
    assert np.mean(below) == pytest.approx(metrics.roc_auc_score(labels, coarse), abs=1e-12)


def test_calibration_error_is_small_for_scores_that_are_true_and_not_for_others(random):
    score = random.random(20_000)
    labels = random.random(20_000) < score
    assert evaluation.calibration(labels, score)["error"] < 0.02
    assert evaluation.calibration(labels, score**3)["error"] > 0.2
    assert sum(evaluation.calibration(labels, score)["rows"]) == 20_000
    # a score that is always the same has one bin
    assert evaluation.calibration(labels, np.full(20_000, 0.5))["error"] == pytest.approx(abs(labels.mean() - 0.5))


def test_what_rows_do_not_tell_is_none_and_not_zero():
    one_class = evaluation.measure(np.zeros(5, bool), np.zeros(5, bool), np.linspace(0, 0.4, 5), 0.95)
    nothing = {"value": None, "low": None, "high": None}
    assert [one_class[name] for name in ("precision", "recall", "f1", "auc")] == [nothing] * 4
    assert one_class["accuracy"]["value"] == 1
    assert one_class["accuracy"]["low"] < 0.6
    single = evaluation.measure(np.ones(1, bool), np.ones(1, bool), np.ones(1), 0.95)
    assert single["recall"]["low"] < 0.3


def test_classes_that_are_wholly_apart_have_no_certain_area():
    labels = np.array([False] * 6 + [True] * 4)
    low, high = intervals.of_auc(labels, labels.astype(float), 0.95)
    assert low < 0.6
    assert high == 1
    assert intervals.of_auc(labels[5:7], np.array([0.1, 0.9]), 0.95) == (0, 1)


RATE = 0.95
DRAWS = 500
#: what chance does to a rate of that many draws, four deviations of it
CHANCE = 4 * np.sqrt(RATE * (1 - RATE) / DRAWS)


@pytest.mark.parametrize(("positive", "rows"), [(0.5, 200), (0.1, 400), (0.05, 1000)])
def test_intervals_cover_the_truth_at_their_rate(random, positive, rows):
    # scores of two normal distributions, for which all is known
    from scipy.stats import norm

    shift, limit = 1.5, 1.0
    recall, false = norm.sf(limit - shift), norm.sf(limit)
    precision = positive * recall / (positive * recall + (1 - positive) * false)
    f1 = 2 * precision * recall / (precision + recall)
    truth = {
        "accuracy": positive * recall + (1 - positive) * (1 - false),
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "auc": norm.cdf(shift / np.sqrt(2)),
    }
    covered = dict.fromkeys(truth, 0)
    for _ in range(DRAWS):
        labels = random.random(rows) < positive
        score = random.normal(0, 1, rows) + shift * labels
        said = score >= limit
        tp, fp, fn = (int(each.sum()) for each in (said & labels, said & ~labels, ~said & labels))
        bounds = {
            "accuracy": intervals.of_proportion(rows - fp - fn, rows, RATE),
            "precision": intervals.of_proportion(tp, tp + fp, RATE),
            "recall": intervals.of_proportion(tp, tp + fn, RATE),
            "f1": intervals.of_f1(tp, fp + fn, RATE),
            "auc": intervals.of_auc(labels, score, RATE),
        }
        for name, (low, high) in bounds.items():
            covered[name] += low <= truth[name] <= high
    for name, count in covered.items():
        assert count / DRAWS == pytest.approx(RATE, abs=CHANCE), name


def test_the_interval_of_a_difference_covers_it_at_its_rate(random):
    from scipy.stats import norm

    truth = norm.cdf(1.5 / np.sqrt(2)) - norm.cdf(1.2 / np.sqrt(2))
    covered = 0
    for _ in range(DRAWS):
        labels = random.random(400) < 0.3
        shared = random.normal(0, np.sqrt(0.5), 400)
        one, other = (shared + random.normal(0, np.sqrt(0.5), 400) + shift * labels for shift in (1.5, 1.2))
        low, high = intervals.of_auc_difference(labels, one, other, RATE)
        covered += low <= truth <= high
    assert covered / DRAWS == pytest.approx(RATE, abs=CHANCE)


def test_a_column_that_is_not_there_is_told(scored):
    labels, score, said, groups = scored
    with pytest.raises(StepError, match=r"^\[slices\.country\] found no such column; there are origin, age$"):
        evaluation.evaluate(groups, labels, said, score, ["country"], 0.95)
    with pytest.raises(StepError, match=r"^\[confidence\] found 95: give it a share between 0 and 1, such as 0\.95$"):
        evaluation.evaluate(groups, labels, said, score, [], 95)


def test_values_of_slices_are_spelt_as_mlflow_takes_them(scored):
    from mlflow.utils.validation import _validate_metric_name

    labels, score, said, groups = scored
    odd = groups.assign(**{"who/what": np.where(groups["age"] == "old", "../a&b 50% é" + "x" * 300, "")})
    flat = evaluation.flat(evaluation.evaluate(odd, labels, said, score, ["who/what"], 0.95))
    for name in flat:
        _validate_metric_name(name)
    assert sum("a_b 50" in name for name in flat) > 10


def test_scores_that_are_no_numbers_are_refused():
    with pytest.raises(StepError, match=r"^\[model\] found scores that are no numbers"):
        evaluation.measure(np.array([True, False]), np.array([True, False]), np.array([0.5, np.nan]), 0.95)


def test_rows_without_a_value_are_a_slice_of_their_own(scored):
    labels, score, said, groups = scored
    groups = pd.DataFrame({"age": groups["age"].where(groups["age"] != "old")})
    assert set(evaluation.evaluate(groups, labels, said, score, ["age"], 0.95)["slices"]["age"]) == {
        "missing",
        "young",
        "oldest",
    }
