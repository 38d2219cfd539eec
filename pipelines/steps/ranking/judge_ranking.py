"""Judges whether recommendations serve people alike, and show what is offered alike."""

import json
from typing import NamedTuple

from filiera_steps import models
from filiera_steps.fairness import in_words
from filiera_steps.ranking.fairness import Rules, judge
from filiera_steps.ranking.feedback import Columns
from filiera_steps.schema import read_as
from filiera_steps.tables import read_table
from kfp.dsl import Artifact, Dataset, Input, Markdown, Model, Output


class Judgement(NamedTuple):
    """The verdict: fair, unfair or undecided."""

    verdict: str


def judge_ranking(
    model: Input[Model],
    train: Input[Dataset],
    test: Input[Dataset],
    rules: dict,
    report: Output[Artifact],
    page: Output[Markdown],
) -> Judgement:
    """Says what was found of groups of people and of items; `train` is what the model learnt from."""
    tables = [read_table(each.path, name) for each, name in ((train, "train"), (test, "test"))]
    names = Columns(**model.metadata["columns"])
    found = judge(models.read_model(model.path), *tables, names, read_as(Rules, rules, "rules"))
    with open(report.path, "w", encoding="utf-8") as file:
        json.dump(found, file)
    with open(page.path, "w", encoding="utf-8") as file:
        file.write(in_words(found))
    print(in_words(found))
    return Judgement(found["verdict"])
