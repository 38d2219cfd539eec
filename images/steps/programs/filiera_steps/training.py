"""What the steps that train have in common."""

from typing import Any

from filiera_steps import models
from filiera_steps.tables import read_table


def train(data: Any, validation: Any, model: Any, estimator: str, parameters: dict[str, Any], seed: int) -> None:
    """Fits on the dataset `data`, takes the threshold with the highest F1 on `validation`, and writes `model`."""
    inputs, target = data.metadata["features"], data.metadata["target"]
    frame, check = read_table(data.path), read_table(validation.path, "validation")
    fitted = models.fit(frame, check, inputs, target, estimator, parameters, seed)
    models.write_model(fitted, model.path)
    model.metadata.update(
        {
            "inputs": inputs,
            "target": target,
            "estimator": estimator,
            "parameters": parameters,
            "seed": seed,
            "data_sha256": data.metadata["sha256"],
        }
    )
    print(f"says yes from {fitted.threshold:.3f} on")
