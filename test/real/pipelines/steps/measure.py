"""How far the numbers of a table spread."""

from typing import NamedTuple, Optional

from kfp.dsl import Dataset, Input, Metrics, Output


def measure(
    table: Input[Dataset],
    metrics: Output[Metrics],
    scale: float = 1.0,
    label: Optional[str] = None,
) -> NamedTuple("Spread", [("least", float), ("most", float)]):
    from collections import namedtuple

    with open(table.path) as file:
        numbers = [float(line) * scale for line in file if line.strip()]
    metrics.log_metric(label or "rows", len(numbers))
    return namedtuple("Spread", ["least", "most"])(min(numbers), max(numbers))
