"""The steps as what they are: functions of files and numbers."""

import csv
import json
from pathlib import Path
from runpy import run_path

import pytest
from kfp.dsl import Dataset, Metrics, Model

STEPS = Path(__file__).parents[1]
# by file, as each runs: other pipelines may have steps of the same name
prepare, train, evaluate = (run_path(str(STEPS / f"{name}.py"))[name] for name in ("prepare", "train", "evaluate"))


@pytest.fixture
def at(tmp_path: Path):
    """Where an artifact's file is."""
    return lambda name: str(tmp_path / name)


@pytest.fixture
def parts(at):
    """Rows to learn from, and rows to test with."""
    learn, test = Dataset(uri=at("train.csv")), Dataset(uri=at("test.csv"))
    prepare(learn, test, rows=200, test_share=0.25, seed=1)
    return learn, test


def rows_of(data: Dataset) -> list[dict[str, str]]:
    """What a CSV file has."""
    with open(data.path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: str, rows: list[tuple[float, float]]) -> Dataset:
    """A CSV file of x and y."""
    Path(path).write_text("x,y\n" + "".join(f"{x},{y}\n" for x, y in rows), encoding="utf-8")
    return Dataset(uri=path)


def test_prepare_gives_each_row_to_one_part(parts):
    learn, test = map(rows_of, parts)
    assert [part.metadata["rows"] for part in parts] == [len(learn), len(test)] == [150, 50]
    assert not {row["x"] for row in learn} & {row["x"] for row in test}


def test_prepare_is_the_same_with_the_same_seed_and_another_with_another(parts, at):
    def made(name: str, seed: int) -> str:
        prepare(Dataset(uri=at(name)), Dataset(uri=at("rest.csv")), rows=200, test_share=0.25, seed=seed)
        return Path(at(name)).read_text(encoding="utf-8")

    first = Path(parts[0].path).read_text(encoding="utf-8")
    assert made("same.csv", 1) == first
    assert made("other.csv", 2) != first


@pytest.mark.parametrize(("rows", "test_share"), [(2, 0.5), (10, 0.0), (10, 1.0)])
def test_prepare_refuses_parts_that_nothing_is_learnt_from_or_tested_with(at, rows, test_share):
    with pytest.raises(ValueError, match=f"found {rows} rows and a test_share of {test_share}"):
        prepare(Dataset(uri=at("train.csv")), Dataset(uri=at("test.csv")), rows=rows, test_share=test_share, seed=1)


def test_train_finds_the_line_that_the_rows_are_on(at):
    model = Model(uri=at("model.json"))
    train(write(at("rows.csv"), [(0, 1), (1, 3), (2, 5)]), model)
    assert json.loads(Path(model.path).read_text(encoding="utf-8")) == pytest.approx(
        {"slope": 2, "intercept": 1, "mean": 3}
    )


def test_evaluate_measures_the_mean_absolute_error_of_the_line_and_of_the_mean(at):
    model, metrics = Model(uri=at("model.json")), Metrics(uri=at("metrics"))
    Path(model.path).write_text('{"slope": 2, "intercept": 1, "mean": 3}', encoding="utf-8")
    result = evaluate(model, write(at("rows.csv"), [(0, 2), (1, 1)]), metrics)
    assert result == pytest.approx((1.5, 1.5))
    assert metrics.metadata == pytest.approx({"error": 1.5, "baseline": 1.5})


def test_what_is_learnt_is_better_than_the_mean(parts, at):
    learn, test = parts
    model = Model(uri=at("model.json"))
    train(learn, model)
    error, baseline = evaluate(model, test, Metrics(uri=at("metrics")))
    assert error < baseline / 3
