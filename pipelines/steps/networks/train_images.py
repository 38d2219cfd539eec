"""Trains a convolutional network of PyTorch on a column of images, on a GPU where there is one."""

from filiera_steps import training
from kfp.dsl import Dataset, Input, Model, Output


def train_images(
    data: Input[Dataset],
    validation: Input[Dataset],
    model: Output[Model],
    parameters: dict = {},  # noqa: B006 - kfp reads no other default of a struct
    seed: int = 1,
):
    """Learns from `data` until `validation` gets no better, and takes the threshold with the highest F1 on that."""
    training.train(data, validation, model, "pytorch_images", parameters, seed)
