"""What models do: where one is registered and promoted, what differs by it is a module, with the names of `Task`."""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import pandas as pd

from filiera_steps.errors import refuse
from filiera_steps.schema import Strict

MODULES = {
    "classification": "filiera_steps.classification",
    "ranking": "filiera_steps.ranking.task",
    "forecast": "filiera_steps.forecast.task",
}


class Known(NamedTuple):
    """A model, and what its artifact says of it: its `task`, what it is asked with, what it was fitted with."""

    model: Any
    about: dict[str, Any]


class Task(Protocol):
    """What such a module has."""

    #: what an artifact says of a model that goes with it into the registry
    KEPT: Sequence[str]
    #: the metrics of which more is better, and those of which less is; of others, such as a bias, no end is
    HIGHER_IS_BETTER: Mapping[str, bool]
    #: what a model must be to become the champion
    Terms: type[Strict]

    def flat(self, report: dict[str, Any]) -> dict[str, float]:
        """An evaluation as MLflow's metrics."""

    def log(self, known: Known, rows: pd.DataFrame, metadata: dict[str, Any]) -> Any:
        """Puts the model into MLflow's active run, with signature and an example that is no row; gives its info."""

    def gates(
        self, challenger: Known, champion: Known | None, holdout: pd.DataFrame, terms: Any
    ) -> list[dict[str, Any]]:
        """What the holdout decides: enough rows, good enough, no worse than the champion if there is one."""


def named(about: dict[str, Any]) -> Task:
    """The module of a model's task; those without one are classifiers.

    Raises StepError for a task that there is not.
    """
    task = about.get("task", "classification")
    if task not in MODULES:
        raise refuse("model.task", f'found "{task}": allowed are {", ".join(MODULES)}')
    return importlib.import_module(MODULES[task])


def gate(name: str, holds: bool, found: str, wanted: str) -> dict[str, Any]:
    """A gate, and whether it holds."""
    return {"gate": name, "holds": bool(holds), "found": found, "wanted": wanted}
