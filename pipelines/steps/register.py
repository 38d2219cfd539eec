"""Puts a model into MLflow's registry, with all that is known of it."""

import json
import os
from typing import NamedTuple, Optional

from filiera_steps import models, registry
from filiera_steps.tables import read_table
from filiera_steps.tasks import Known
from kfp.dsl import Artifact, Dataset, Input, Model, Output


class Registration(NamedTuple):
    """The version of the model, and MLflow's run that it belongs to."""

    version: str
    run: str


def register(
    model: Input[Model],
    train: Input[Dataset],
    evaluation: Input[Artifact],
    registered: Output[Artifact],
    name: str,
    fairness: Optional[Input[Artifact]] = None,  # noqa: UP045 - kfp reads no other
    commit: str = "",
    image: str = "",
    parent_run: str = "",
    tags: dict = {},  # noqa: B006 - kfp reads no other default of a struct
) -> Registration:
    """Makes a new version with the alias `challenger`."""
    about = model.metadata
    tagged = {
        "data_sha256": about["data_sha256"],
        "mitigation": about.get("mitigation", "none"),
        "commit": commit or os.environ.get("FILIERA_COMMIT", ""),
        "image": image,
        **tags,
    }
    made = registry.register(
        Known(models.read_model(model.path), about),
        name,
        read_table(train.path, "train"),
        read_json(evaluation),
        read_json(fairness) if fairness else None,
        {key: str(value) for key, value in tagged.items() if value},
        parent_run,
    )
    with open(registered.path, "w", encoding="utf-8") as file:
        json.dump({"name": name, **made}, file)
    registered.metadata.update({"name": name, **made})
    print(f"{name} {made['version']}")
    return Registration(made["version"], made["run"])


def read_json(artifact):
    """A report of another step."""
    with open(artifact.path, encoding="utf-8") as file:
        return json.load(file)
