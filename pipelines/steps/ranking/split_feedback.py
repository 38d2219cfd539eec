"""Cuts who took what by time."""

from filiera_steps.ranking.feedback import Cuts, columns_of, cut
from filiera_steps.schema import read_as, read_schema
from filiera_steps.tables import read_table, write_table
from kfp.dsl import Dataset, Input, Output


def split_feedback(
    data: Input[Dataset],
    schema: dict,
    train: Output[Dataset],
    test: Output[Dataset],
    holdout: Output[Dataset],
    cuts: dict = {},  # noqa: B006 - kfp reads no other default of a struct
):
    """Writes three tables, each later than the one before; rows that were there twice are removed and counted."""
    declared = read_schema(schema, "ranking")
    tables, twice = cut(read_table(data.path), declared, read_as(Cuts, cuts, "cuts"))
    names = columns_of(declared)
    for artifact, (name, table) in zip((train, test, holdout), tables.items(), strict=True):
        artifact.metadata.update(write_table(table, artifact.path))
        artifact.metadata.update({"part": name, "feedback": names._asdict(), "removed": twice})
        print(
            f"{name}: {len(table)} rows of {table[names.user].nunique()} people and {table[names.item].nunique()} items"
        )
