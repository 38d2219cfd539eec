"""Makes a registered model the champion, if every gate holds."""

import json
from typing import NamedTuple

from filiera_steps import promotion
from filiera_steps.tables import read_table
from kfp.dsl import Artifact, Dataset, Input, Output


class Promotion(NamedTuple):
    """Whether it is the champion now, and what stood against it."""

    promoted: bool
    reason: str


def promote(
    name: str,
    version: str,
    holdout: Input[Dataset],
    report: Output[Artifact],
    fairness: str = "",
    skewed: bool = False,
    terms: dict = {},  # noqa: B006 - kfp reads no other default of a struct
) -> Promotion:
    """Compares it with the champion on rows that neither has seen."""
    found = promotion.promote(name, version, read_table(holdout.path, "holdout"), fairness, skewed, terms)
    with open(report.path, "w", encoding="utf-8") as file:
        json.dump(found, file)
    reason = promotion.in_words(found["gates"])
    print(f"{name} {version}: {'champion' if found['promoted'] else 'not promoted'}: {reason}")
    return Promotion(found["promoted"], reason)
