"""Cleans data, derives features, and splits it into what models learn from and what they are judged on."""

from filiera_steps.prepare import Recipe, prepare
from filiera_steps.schema import read_as, read_schema
from filiera_steps.tables import read_table, write_table
from kfp.dsl import Dataset, Input, Output


def preprocess(
    data: Input[Dataset],
    schema: dict,
    train: Output[Dataset],
    validation: Output[Dataset],
    test: Output[Dataset],
    holdout: Output[Dataset],
    recipe: dict = {},  # noqa: B006 - kfp reads no other default of a struct
    seed: int = 1,
):
    """Writes four tables; each says which of its columns are features, and which the target is."""
    declared = read_schema(schema, "classification")
    tables, features = prepare(read_table(data.path), declared, read_as(Recipe, recipe, "recipe"), seed)
    for artifact, (name, table) in zip((train, validation, test, holdout), tables.items(), strict=True):
        artifact.metadata.update(write_table(table, artifact.path))
        artifact.metadata.update({"part": name, "features": features, "target": declared.target})
        print(f"{name}: {len(table)} rows, {table[declared.target].mean():.2%} true")
