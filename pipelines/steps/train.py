"""Trains a classifier of scikit-learn."""

from filiera_steps import models
from filiera_steps.tables import read_table
from kfp.dsl import Dataset, Input, Model, Output


def train(
    data: Input[Dataset],
    validation: Input[Dataset],
    model: Output[Model],
    estimator: str = "hist_gradient_boosting",
    parameters: dict = {},  # noqa: B006 - kfp reads no other default of a struct
    seed: int = 1,
):
    """Fits on `data`, and takes the threshold with the highest F1 on `validation`."""
    inputs, target = data.metadata["features"], data.metadata["target"]
    frame, check = read_table(data.path), read_table(validation.path, "validation")
    fitted = models.fit(frame, check, inputs, target, estimator, parameters, seed)
    models.write_model(fitted, model.path)
    model.metadata.update(
        {
            "inputs": inputs,
            "target": target,
            "estimator": estimator,
            "parameters": parameters,
            "seed": seed,
            "data_sha256": data.metadata["sha256"],
        }
    )
    print(f"says yes from {fitted.threshold:.3f} on")
