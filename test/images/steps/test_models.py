"""Models are fitted, kept and read back; a file that is none is never run."""

import numpy as np
import pandas as pd
import pytest
from filiera_steps import models
from filiera_steps.errors import StepError
from sklearn.metrics import f1_score

INPUTS = {"skill": "number", "colour": "category", "there": "boolean"}


@pytest.fixture
def tables(random):
    def table(rows):
        skill = random.normal(0, 1, rows)
        frame = pd.DataFrame(
            {"skill": skill, "colour": random.choice(["red", "blue"], rows), "there": random.random(rows) < 0.5}
        )
        frame["label"] = skill + random.normal(0, 1, rows) > 1
        frame.loc[::50, "skill"] = np.nan
        frame.loc[::70, "colour"] = None
        return frame

    return table(600), table(300)


@pytest.mark.parametrize("estimator", list(models.ESTIMATORS))
def test_each_estimator_is_fitted_and_is_the_same_when_it_is_read_back(tables, estimator, tmp_path):
    train, check = tables
    parameters = {"n_estimators": 20.0} if estimator == "random_forest" else {}
    model = models.fit(train, check, INPUTS, "label", estimator, parameters, 1)
    models.write_model(model, str(tmp_path / "model"))
    asked = models.inputs_of(check.assign(colour="never seen"), INPUTS)
    kept = models.read_model(str(tmp_path / "model"))
    assert (models.scores(kept, asked) == models.scores(model, asked)).all()
    again = models.fit(train, check, dict(reversed(INPUTS.items())), "label", estimator, parameters, 1)
    assert (models.scores(again, asked) == models.scores(model, asked)).all()


def test_the_threshold_is_that_of_the_highest_f1(tables):
    train, check = tables
    model = models.fit(train, check, INPUTS, "label", "logistic_regression", {}, 1)
    score = models.scores(model, models.inputs_of(check, INPUTS))
    best = max(f1_score(check["label"], score >= limit) for limit in score)
    assert f1_score(check["label"], model.predict(models.inputs_of(check, INPUTS))) == pytest.approx(best)


def test_what_cannot_be_learnt_from_is_refused(tables):
    train, check = tables
    with pytest.raises(StepError, match=r"^\[train\.label\] found the one class 1: there must be two to learn from$"):
        models.fit(train.assign(label=True), check, INPUTS, "label", "logistic_regression", {}, 1)
    with pytest.raises(StepError, match=r"^\[parameters\.depth\] found no such parameter of random_forest; there are "):
        models.fit(train, check, INPUTS, "label", "random_forest", {"depth": 3}, 1)
    with pytest.raises(StepError, match=r"^\[parameters\] logistic_regression refuses them or the data: "):
        models.fit(train, check, INPUTS, "label", "logistic_regression", {"C": -1.0}, 1)
    with pytest.raises(StepError, match=r"^\[data\.skill\] found no such column, which the model needs: keep it$"):
        models.inputs_of(check.drop(columns="skill"), INPUTS)


def test_a_file_that_is_no_model_is_not_run(tmp_path):
    import pickle

    import skops.io

    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    (tmp_path / "pickle").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(StepError, match=r"^\[model\] found no model in it \(BadZipFile\): give it what a step wrote$"):
        models.read_model(str(tmp_path / "pickle"))
    skops.io.dump(pd.Timedelta, tmp_path / "other")
    with pytest.raises(StepError, match=r"^\[model\] found types in it that no model has here: .*; it was not loaded$"):
        models.read_model(str(tmp_path / "other"))
    assert not (tmp_path / "ran").exists()
