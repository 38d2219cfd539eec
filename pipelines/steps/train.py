"""Trains a classifier of scikit-learn."""

from filiera_steps import training
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
    training.train(data, validation, model, estimator, parameters, seed)
