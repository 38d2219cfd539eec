"""Networks of Keras learn from windows of series, the same each time, and are kept and registered as others are."""

import mlflow
import numpy as np
import pandas as pd
import pytest
from filiera_steps import evaluation, models, registry, tracking
from filiera_steps.errors import StepError
from filiera_steps.networks.network import network_of
from filiera_steps.tasks import Known
from sklearn.metrics import roc_auc_score

INPUTS = {"window": "array 12x2"}
PARAMETERS = {"epochs": 12.0, "learning_rate": 0.01, "filters": 4, "batch_size": 32}


def table(seed, rows):
    """Windows of two measurements in other units; in those that are true the second one rises."""
    random = np.random.default_rng(seed)
    label = random.random(rows) < 0.3
    window = random.normal(0, 1, (rows, 12, 2)) * [1, 100] + [0, 500]
    window[:, :, 1] += np.where(label[:, None], np.linspace(0, 150, 12), 0)
    return pd.DataFrame({"window": list(window.reshape(rows, -1).astype(np.float32)), "label": label})


@pytest.fixture(scope="module")
def parts():
    return table(1, 400), table(2, 200), table(3, 300)


def fit(parts, seed=1, weights=None, **parameters):
    train, check, _ = parts
    return models.fit(train, check, INPUTS, "label", "keras_series", PARAMETERS | parameters, seed, weights)


@pytest.fixture(scope="module")
def model(parts):
    return fit(parts)


def test_it_learns_and_its_scores_are_probabilities(parts, model):
    asked = models.inputs_of(parts[2], INPUTS)
    score = models.scores(model, asked)
    labels = parts[2]["label"].to_numpy()
    assert roc_auc_score(labels, score) > 0.95
    assert evaluation.calibration(labels, score)["error"] < 0.06
    assert ((score >= model.threshold) == model.predict(asked)).all()


def test_a_seed_gives_the_same_and_another_seed_or_other_weights_give_another(parts, model):
    asked = models.inputs_of(parts[2], INPUTS)
    score = models.scores(model, asked)
    assert (models.scores(fit(parts, weights=np.ones(400)), asked) == score).all()
    assert not (models.scores(fit(parts, seed=2), asked) == score).all()
    heavy = fit(parts, weights=np.where(parts[0]["label"], 5.0, 0.2))
    assert not (models.scores(heavy, asked) == score).all()


def test_it_ends_where_validation_gets_no_better_and_keeps_the_best(parts):
    network = network_of(fit(parts, epochs=40, patience=2, learning_rate=0.05))
    losses = [each["validation_loss"] for each in network.history_]
    assert len(losses) == int(np.argmin(losses)) + 3 < 40


def test_it_is_the_same_when_it_is_read_back_and_when_mlflow_serves_it(parts, model, tmp_path, monkeypatch):
    train, _, test = parts
    models.write_model(model, str(tmp_path / "model"))
    asked = models.inputs_of(test, INPUTS)
    score = models.scores(model, asked)
    assert (models.scores(models.read_model(str(tmp_path / "model")), asked) == score).all()

    monkeypatch.setenv(tracking.PATH, f"sqlite:///{tmp_path}/mlflow.db")
    client = tracking.connect()
    about = {"estimator": "keras_series", "seed": 1, "parameters": PARAMETERS, "inputs": INPUTS, "target": "label"}
    report = evaluation.evaluate(test, test["label"].to_numpy(), model.predict(asked), score, [], 0.95)
    made = registry.register(Known(model, about), "series", train, report, None, {})
    losses = [each.value for each in client.get_metric_history(made["run"], "validation_loss")]
    assert losses == [each["validation_loss"] for each in network_of(model).history_]
    served = mlflow.pyfunc.load_model("models:/series@challenger")
    assert served.metadata.signature.inputs.input_names() == ["window"]
    assert (served.predict(asked) == model.predict(asked)).all()
    assert len(served.input_example) == 1
    known = registry.load(client, "series", "1")
    assert (models.scores(known.model, asked) == score).all()


def test_windows_of_another_length_are_refused(parts, model):
    short = pd.DataFrame({"window": [np.zeros(20)]})
    with pytest.raises(StepError, match=r"^\[data\.window\] found 20 in row 0, where 12x2 is declared: resize it, or"):
        models.scores(model, models.inputs_of(short, INPUTS))
