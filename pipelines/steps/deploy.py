"""Asks for the champion to be served."""

import json
from typing import NamedTuple

from filiera_steps import promotion as promotions
from filiera_steps.serving import deployment
from kfp.dsl import Artifact, Input, Output


class Deployment(NamedTuple):
    """Whether there is a request for the model, and where, or why there is none."""

    requested: bool
    says: str


def deploy(
    promotion: Input[Artifact],
    record: str,
    report: Output[Artifact],
    target: str = "",
    traffic: dict = {},  # noqa: B006 - kfp reads no other default of a struct
) -> Deployment:
    """Writes the request for the model that was promoted, which a serving construct and a GitOps repository read."""
    with open(promotion.path, encoding="utf-8") as file:
        decided = json.load(file)
    made = deployment.deploy(decided, promotions.in_words(decided["gates"]), record, target, traffic)
    with open(report.path, "w", encoding="utf-8") as file:
        json.dump(made.report(), file)
    said = f"{made.verdict}: {made.says}"
    print(f"{decided['model']} {decided['version']}: {said}")
    return Deployment(made.request is not None, made.says if made.request else said)
