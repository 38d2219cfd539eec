"""The steps as what they are: functions of files and numbers."""

from pathlib import Path

import joblib
import pandas as pd
import pytest
from choose import choose
from describe import describe
from evaluate import evaluate
from kfp.dsl import ClassificationMetrics, Dataset, Markdown, Metrics, Model
from split import split
from train import train


@pytest.fixture
def at(tmp_path: Path):
    """Where an artifact's file is."""
    return lambda name: str(tmp_path / name)


@pytest.fixture
def halves(at):
    """Flowers to learn from, and flowers to test with."""
    learn, test = Dataset(uri=at("train.csv")), Dataset(uri=at("test.csv"))
    split(learn, test, test_share=0.3, seed=1)
    return learn, test


def model_of(at, name: str, strength: float, learn: Dataset) -> Model:
    """A classifier."""
    model = Model(uri=at(name))
    train(learn, strength, model)
    return model


def test_split_gives_each_flower_to_one_half_and_as_many_of_each_species(halves):
    learn, test = (pd.read_csv(half.path) for half in halves)
    assert [half.metadata["rows"] for half in halves] == [len(learn), len(test)] == [105, 45]
    assert learn["target"].value_counts().to_dict() == {0: 35, 1: 35, 2: 35}
    assert test["target"].value_counts().to_dict() == {0: 15, 1: 15, 2: 15}


def test_split_is_another_with_another_seed_and_the_same_with_the_same(halves, at):
    def learnt(name: str, seed: int) -> str:
        split(Dataset(uri=at(name)), Dataset(uri=at("rest.csv")), test_share=0.3, seed=seed)
        return Path(at(name)).read_text()

    first = Path(halves[0].path).read_text()
    assert learnt("same.csv", 1) == first
    assert learnt("other.csv", 2) != first


def test_train_keeps_its_strength_and_a_simpler_model_has_smaller_weights(halves, at):
    models = {strength: model_of(at, f"model-{strength}", strength, halves[0]) for strength in (0.01, 10.0)}
    weights = {}
    for strength, model in models.items():
        assert model.metadata == {"strength": strength}
        weights[strength] = abs(joblib.load(model.path)["logisticregression"].coef_).sum()
    assert weights[0.01] < weights[10.0] / 5


def test_evaluate_counts_every_flower_that_was_not_seen(halves, at):
    learn, test = halves
    metrics, confusion = Metrics(uri=at("metrics")), ClassificationMetrics(uri=at("confusion"))
    result = evaluate(model_of(at, "model", 1.0, learn), test, metrics, confusion)
    rows = [row["row"] for row in confusion.metadata["confusionMatrix"]["rows"]]
    right = sum(row[species] for species, row in enumerate(rows))
    assert sum(map(sum, rows)) == 45
    assert result.accuracy == metrics.metadata["accuracy"] == pytest.approx(right / 45)
    assert result.accuracy > 0.9
    assert 0.9 < metrics.metadata["f1"] <= 1


@pytest.mark.parametrize(
    ("accuracies", "chosen"), [([0.7, 0.9, 0.8], "b"), ([0.9, 0.9, 0.1], "a"), ([0.1, 0.1, 0.2], "c")]
)
def test_choose_takes_the_most_accurate_and_of_equals_the_first(at, accuracies, chosen):
    models = []
    for name in "abc":
        Path(at(name)).write_text(f"model {name}")
        models.append(Model(uri=at(name), metadata={"strength": name}))
    best = Model(uri=at("best"))
    assert choose(models, accuracies, best).accuracy == max(accuracies)
    assert Path(best.path).read_text() == f"model {chosen}"
    assert best.metadata == {"strength": chosen}


def test_choose_refuses_models_without_an_accuracy(at):
    with pytest.raises(ValueError, match="longer"):
        choose([Model(uri=at("a")), Model(uri=at("b"))], [0.5], Model(uri=at("best")))


def test_describe_says_how_strong_and_how_right(at):
    card = Markdown(uri=at("card.md"))
    describe(Model(uri=at("model"), metadata={"strength": 0.5}), 0.9777, card)
    assert Path(card.path).read_text() == (
        "# Iris classifier\n\n"
        "A logistic regression of strength 0.5, right for 97.8% of the flowers that it had not seen.\n"
    )
