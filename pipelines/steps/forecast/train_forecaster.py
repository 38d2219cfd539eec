"""Learns quantiles of demand."""

from filiera_steps import models
from filiera_steps.forecast.forecaster import fit
from filiera_steps.tables import read_table
from kfp.dsl import Dataset, Input, Model, Output


def train_forecaster(
    data: Input[Dataset],
    model: Output[Model],
    parameters: dict = {},  # noqa: B006 - kfp reads no other default of a struct
    seed: int = 1,
):
    """Fits gradient boosting for each quantile, and corrects it by the last rows."""
    about = data.metadata
    fitted = fit(read_table(data.path), about["time"], about["features"], parameters, seed)
    models.write_model(fitted, model.path)
    model.metadata.update(
        {
            "task": "forecast",
            "item": about["item"],
            "time": about["time"],
            "estimator": "quantile_boosting",
            "parameters": parameters,
            "seed": seed,
            "data_sha256": about["sha256"],
        }
    )
    print(f"quantiles {fitted.quantiles}, until {fitted.until}")
