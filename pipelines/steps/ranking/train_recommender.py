"""Learns what goes with what."""

from filiera_steps import models
from filiera_steps.ranking.feedback import Columns
from filiera_steps.ranking.recommenders import fit
from filiera_steps.tables import read_table
from kfp.dsl import Dataset, Input, Model, Output


def train_recommender(
    data: Input[Dataset],
    model: Output[Model],
    estimator: str = "ease",
    parameters: dict = {},  # noqa: B006 - kfp reads no other default of a struct
    k: int = 10,
):
    """Fits a model of items, which knows nothing of any person."""
    names = Columns(**data.metadata["feedback"])
    fitted = fit(read_table(data.path), names, estimator, parameters, k)
    models.write_model(fitted, model.path)
    model.metadata.update(
        {
            "task": "ranking",
            "columns": names._asdict(),
            "estimator": estimator,
            "parameters": {**parameters, "k": k},
            "seed": 0,
            "data_sha256": data.metadata["sha256"],
        }
    )
    print(f"{len(fitted.items)} of {fitted.catalogue} items, until {fitted.until}")
