"""Cuts series into windows, each with what came after it."""

from filiera_steps.schema import read_as
from filiera_steps.tables import read_table, write_table
from filiera_steps.windows import Windows, cut
from kfp.dsl import Dataset, Input, Output


def window(data: Input[Dataset], recipe: dict, windows: Output[Dataset]):
    """Writes a row for each window."""
    read = read_as(Windows, recipe, "recipe")
    made = cut(read_table(data.path), read)
    windows.metadata.update(write_table(made, windows.path))
    print(f"{len(made)} windows of {made[read.series].nunique()} series, {made[read.target].mean():.2%} true")
