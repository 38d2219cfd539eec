"""Models in MLflow's registry: put there with all that is known of them, and read back."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from filiera_steps import evaluation, models, tracking
from filiera_steps.errors import refuse
from filiera_steps.fairness import Fitted, in_words

CHALLENGER = "challenger"
CHAMPION = "champion"
PACKAGE = Path(__file__).parent
#: rows that show how a model is asked
EXAMPLES = 3


def register(
    fitted: Fitted,
    name: str,
    rows: pd.DataFrame,
    report: dict[str, Any],
    fairness: dict[str, Any] | None,
    tags: dict[str, str],
    parent_run: str = "",
) -> dict[str, str]:
    """Makes a run of MLflow and a version of the model `name`, which gets the alias `challenger`.

    The run has parameters, every metric of the evaluation with its bounds, both reports, and the model with its
    signature; the version has the tags. The input example is made of medians and most frequent values: no row of the
    data leaves it. Gives `version` and `run`.
    """
    client = tracking.connect()
    import mlflow
    from mlflow.models import infer_signature

    inputs = models.inputs_of(rows, fitted.inputs)
    example = typical(inputs)
    parent = {"mlflow.parentRunId": parent_run} if parent_run else {}
    described = tags | {"fairness": fairness["verdict"] if fairness else "not judged"}
    with mlflow.start_run(experiment_id=tracking.experiment(client, name), tags=described | parent) as run:
        mlflow.log_params({"estimator": fitted.estimator, "seed": fitted.seed, **fitted.parameters})
        mlflow.log_metrics(evaluation.flat(report))
        mlflow.log_dict(report, "evaluation.json")
        if fairness:
            mlflow.log_dict(fairness, "fairness.json")
            mlflow.log_text(in_words(fairness), "fairness.md")
        info = mlflow.sklearn.log_model(
            fitted.model,
            name="model",
            signature=infer_signature(inputs, fitted.model.predict(inputs)),
            input_example=example,
            code_paths=[str(PACKAGE)],
            pip_requirements=requirements(),
            skops_trusted_types=models.TRUSTED,
            metadata={"inputs": fitted.inputs, "target": fitted.target},
        )
    version = mlflow.register_model(info.model_uri, name, tags=described)
    client.set_registered_model_alias(name, CHALLENGER, version.version)
    return {"version": str(version.version), "run": run.info.run_id}


def typical(inputs: pd.DataFrame) -> pd.DataFrame:
    """A row that nobody is: of each column its median, or the value that is there most often."""
    return pd.DataFrame(
        {
            name: [values.median() if values.dtype == float else next(iter(values.mode()), None)]
            for name, values in inputs.items()
        }
    )


def requirements() -> list[str]:
    """What a server needs to ask the model, in the versions that trained it."""
    from importlib.metadata import version

    return [
        f"{name}=={version(name)}" for name in ("scikit-learn", "pandas", "numpy", "skops", "pydantic", "fairlearn")
    ]


def version_of(client, name: str, alias: str) -> str | None:
    """The version that has an alias; None where none has it, or there is no such model."""
    from mlflow.exceptions import MlflowException

    try:
        return str(client.get_model_version_by_alias(name, alias).version)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def load(client, name: str, version: str) -> tuple[Any, dict[str, str], str]:
    """A registered model of ours, its inputs and its target; nothing of it runs while it is read."""
    import mlflow
    from mlflow.models import Model

    path = f"models:/{name}/{version}"
    with tempfile.TemporaryDirectory() as folder:
        try:
            there = mlflow.artifacts.download_artifacts(path, dst_path=folder)
            about = Model.load(there)
            file = Path(there) / about.flavors["sklearn"]["pickled_model"]
            inputs, target = about.metadata["inputs"], about.metadata["target"]
        except (mlflow.exceptions.MlflowException, OSError, KeyError, TypeError) as error:
            reason = str(error).splitlines()[0]
            raise refuse(path, f"found no model of these steps ({reason}): register it by the step register") from None
        return models.read_model(str(file), path), inputs, target


def read_json(client, run: str, name: str) -> Any:
    """A JSON file of a run."""
    with tempfile.TemporaryDirectory() as folder:
        return json.loads(Path(client.download_artifacts(run, name, folder)).read_text(encoding="utf-8"))
