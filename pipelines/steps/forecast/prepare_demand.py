"""Makes rows of daily demand that models learn from."""

from filiera_steps.forecast.series import Demand, prepare
from filiera_steps.schema import read_as, read_schema
from filiera_steps.tables import read_table, write_table
from kfp.dsl import Dataset, Input, Output


def prepare_demand(
    data: Input[Dataset],
    schema: dict,
    train: Output[Dataset],
    test: Output[Dataset],
    holdout: Output[Dataset],
    current: Output[Dataset],
    demand: dict = {},  # noqa: B006 - kfp reads no other default of a struct
):
    """Writes three tables, each later than the one before, and one of the last day, which nobody knows the next of."""
    declared = read_schema(schema, "forecast")
    tables, features = prepare(read_table(data.path), declared, read_as(Demand, demand, "demand"))
    names = {"item": declared.one("item"), "time": declared.one("time")}
    for artifact, (name, table) in zip((train, test, holdout, current), tables.items(), strict=True):
        artifact.metadata.update(write_table(table, artifact.path))
        artifact.metadata.update({"part": name, "features": features, **names})
        print(f"{name}: {len(table)} rows of {table[names['item']].nunique()} items")
