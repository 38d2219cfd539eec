"""Refuses data that is not what its schema says."""

import json
from typing import NamedTuple, Optional

from filiera_steps.checks import conform, profile, skew
from filiera_steps.schema import read_schema
from filiera_steps.tables import read_table, write_table
from kfp.dsl import Artifact, Dataset, Input, Output


class Validation(NamedTuple):
    """Whether the data moved further than is allowed."""

    skewed: bool


def validate_data(
    data: Input[Dataset],
    schema: dict,
    valid: Output[Dataset],
    report: Output[Artifact],
    reference: Optional[Input[Dataset]] = None,  # noqa: UP045 - kfp reads no other
    max_skew: float = 0.2,
) -> Validation:
    """Writes the schema's columns in their types, and how far each is from what it was in `reference`."""
    declared = read_schema(schema)
    frame = conform(read_table(data.path), declared)
    moved = skew(frame, conform(read_table(reference.path, "reference"), declared), declared) if reference else {}
    far = {name: distance for name, distance in moved.items() if distance > max_skew}
    valid.metadata.update(write_table(frame, valid.path))
    valid.metadata["source_sha256"] = data.metadata.get("source_sha256", "")
    with open(report.path, "w", encoding="utf-8") as file:
        json.dump({"profile": profile(frame), "skew": moved, "max_skew": max_skew, "skewed": sorted(far)}, file)
    for name, distance in far.items():
        print(f"data.{name}: moved by {distance:.2f}, allowed is {max_skew:g}")
    return Validation(bool(far))
