"""Keeps who made what of what: OpenLineage events, and an entry in the model's chained record."""

import json
import os
from typing import NamedTuple

from filiera_steps import lineage
from kfp.dsl import Artifact, Dataset, Input, Output


class Recorded(NamedTuple):
    """The hash of the entry: a copy of it elsewhere makes the record proof."""

    head: str


def record_lineage(
    pipeline: str,
    data: Input[Dataset],
    registered: Input[Artifact],
    promotion: Input[Artifact],
    events: Output[Artifact],
) -> Recorded:
    """Writes the events, and adds an entry with them to the record of the model."""
    with open(promotion.path, encoding="utf-8") as file:
        decided = json.load(file)
    name, version = registered.metadata["name"], registered.metadata["version"]
    read = {"name": data.metadata.get("source", "data"), "version": data.metadata["sha256"]}
    made = {"name": f"models/{name}", "version": version}
    found = lineage.events(pipeline, lineage.new_run(), [read], [made])
    with open(events.path, "w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(each)}\n" for each in found)
    run = {"mlflow_run": registered.metadata["run"], "pipeline_run": os.environ.get("FILIERA_RUN", "")}
    terms = {each: data.metadata[each] for each in ("policy", "expires") if each in data.metadata}
    head = lineage.record(
        name, version, {**run, "data_sha256": data.metadata["sha256"], **terms, "promotion": decided, "events": found}
    )
    print(f"record of {name}: {head}")
    return Recorded(head)
