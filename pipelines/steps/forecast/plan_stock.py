"""Says how much of each item to order, by the champion."""

import json
from typing import NamedTuple

from filiera_steps import registry, tracking
from filiera_steps.forecast.stock import Policy, achieved, plan
from filiera_steps.schema import read_as
from filiera_steps.tables import read_table, write_table
from kfp.dsl import Artifact, Dataset, Input, Output


class Plan(NamedTuple):
    """Who planned, and what that would have saved of a delivery's cost on days that are known."""

    by: str
    saving: float


def plan_stock(
    name: str,
    version: str,
    current: Input[Dataset],
    holdout: Input[Dataset],
    policy: dict,
    orders: Output[Dataset],
    report: Output[Artifact],
) -> Plan:
    """Plans by the champion of that name. Where there is none, the baseline plans that would have been cheapest on the
    holdout, with the spread that `version` knows of it."""
    client = tracking.connect()
    champion = registry.version_of(client, name, registry.CHAMPION)
    model, about = registry.load(client, name, champion or version)
    read = read_as(Policy, policy, "policy")
    names = about["item"], about["time"]
    found = achieved(model, read_table(holdout.path, "holdout"), *names, read)
    naive = found["naive"] if champion is None else None
    by = naive or f"models:/{name}/{champion}"
    made = plan(model, read_table(current.path, "current"), *names, read, by, naive)
    orders.metadata.update({**write_table(made, orders.path), "by": by})
    with open(report.path, "w", encoding="utf-8") as file:
        json.dump({"by": by, **found}, file)
    print(f"{made['order'].sum():.0f} units of {int((made['order'] > 0).sum())} items, by {by}")
    return Plan(by, 0.0 if champion is None else found["saving"]["value"])
