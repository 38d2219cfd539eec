"""Judges whether a model treats groups of people alike, makes it fairer if it is told how, and judges again."""

import json
from typing import NamedTuple

from filiera_steps import models
from filiera_steps.fairness import Fitted, Rules, gate, in_words
from filiera_steps.schema import read_as
from filiera_steps.tables import read_table
from kfp.dsl import Artifact, Dataset, Input, Markdown, Model, Output


class Judgement(NamedTuple):
    """The verdict on the model that is given on: fair, unfair or undecided."""

    verdict: str


def fairness_gate(
    model: Input[Model],
    train: Input[Dataset],
    validation: Input[Dataset],
    test: Input[Dataset],
    rules: dict,
    judged: Output[Model],
    report: Output[Artifact],
    page: Output[Markdown],
) -> Judgement:
    """Gives on the model, or one that was mitigated, and says what was found of both."""
    about = model.metadata
    fitted = Fitted(
        models.read_model(model.path),
        about["inputs"],
        about["target"],
        about["estimator"],
        about["parameters"],
        int(about["seed"]),
    )
    tables = [
        read_table(each.path, name) for each, name in ((train, "train"), (validation, "validation"), (test, "test"))
    ]
    chosen, found = gate(fitted, *tables, read_as(Rules, rules, "rules"))
    models.write_model(chosen.model, judged.path)
    judged.metadata.update({**about, "inputs": chosen.inputs, "mitigation": found["mitigation"]})
    with open(report.path, "w", encoding="utf-8") as file:
        json.dump(found, file)
    with open(page.path, "w", encoding="utf-8") as file:
        file.write(in_words(found))
    print(in_words(found))
    return Judgement(found["verdict"])
