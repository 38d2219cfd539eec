"""Models that are asked with `predict` as they are: MLflow's pyfunc reads them by this module, and runs no pickle."""

from typing import Any

from filiera_steps import models


def _load_pyfunc(path: str) -> Any:
    """The model in a file of ours."""
    return models.read_model(path)
