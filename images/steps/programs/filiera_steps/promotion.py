"""Champion against challenger, on rows that neither has seen."""

from typing import Any

import pandas as pd

from filiera_steps import registry, tasks, tracking
from filiera_steps.errors import refuse
from filiera_steps.schema import read_as
from filiera_steps.tasks import gate


def promote(name: str, version: str, holdout: pd.DataFrame, fairness: str, skewed: bool, terms: Any) -> dict[str, Any]:
    """Gives a version the alias `champion` if every gate holds; else the champion stays.

    `fairness` is a verdict of a fairness gate, or empty where none was asked for; `skewed` is whether the data moved
    too far from what came before; `terms` are those of the model's task, as they stand in a pipeline. The report has
    the gates, `promoted`, and the version that was champion before. The one by which it
    became the champion is kept in its run.
    """
    client = tracking.connect()
    challenger = registry.load(client, name, version)
    task = tasks.named(challenger.about)
    before = registry.version_of(client, name, registry.CHAMPION)
    champion = None
    if before is not None and before != version:
        champion = registry.load(client, name, before)
        if tasks.named(champion.about) is not task:
            kind = champion.about.get("task", "classification")
            raise refuse(
                f"models:/{name}/{before}", f"found that the champion is a {kind}: give the model another name"
            )
    gates = task.gates(challenger, champion, holdout, read_as(task.Terms, terms, "terms"))
    gates.append(gate("data", not skewed, "data that moved" if skewed else "data as before", "data as before"))
    if fairness:
        gates.append(gate("fairness", fairness == "fair", fairness, "fair"))
    promoted = all(each["holds"] for each in gates)
    report = {"model": name, "version": version, "promoted": promoted, "champion_before": before, "gates": gates}
    if promoted:
        # kept first: a champion without it could not say why it is one
        registry.keep_promotion(client, name, version, report, again=before != version)
        client.set_registered_model_alias(name, registry.CHAMPION, version)
    for key, value in (("promoted", str(promoted).lower()), ("gates", in_words(gates))):
        client.set_model_version_tag(name, version, key, value)
    return report


def in_words(gates: list[dict[str, Any]]) -> str:
    """What the gates said: those that do not hold, or that all do."""
    against = [f"{each['gate']}: found {each['found']}, wanted {each['wanted']}" for each in gates if not each["holds"]]
    return "; ".join(against) if against else "all hold"
