"""Models in MLflow's registry: put there with all that is known of them, and read back."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from filiera_steps import models, tasks, tracking
from filiera_steps.errors import refuse
from filiera_steps.fairness import in_words
from filiera_steps.tasks import Known

CHALLENGER = "challenger"
CHAMPION = "champion"
#: the tag of a model that no fairness gate judged, and the file of its run that says why it became the champion
NOT_JUDGED = "not judged"
PROMOTION = "promotion.json"


def register(
    known: Known,
    name: str,
    rows: pd.DataFrame,
    report: dict[str, Any],
    fairness: dict[str, Any] | None,
    tags: dict[str, str],
    parent_run: str = "",
) -> dict[str, str]:
    """Makes a run of MLflow and a version of the model `name`, which gets the alias `challenger`.

    The run has parameters, every metric of the evaluation with its bounds, both reports, and the model with its
    signature; the version has the tags. No row of the data leaves it in the input example. Gives `version` and `run`.
    """
    client = tracking.connect()
    import mlflow

    task, about = tasks.named(known.about), known.about
    parent = {"mlflow.parentRunId": parent_run} if parent_run else {}
    described = tags | {"fairness": fairness["verdict"] if fairness else NOT_JUDGED}
    with mlflow.start_run(experiment_id=tracking.experiment(client, name), tags=described | parent) as run:
        mlflow.log_params({"estimator": about["estimator"], "seed": int(about["seed"]), **about["parameters"]})
        mlflow.log_metrics(task.flat(report))
        mlflow.log_dict(report, "evaluation.json")
        if fairness:
            mlflow.log_dict(fairness, "fairness.json")
            mlflow.log_text(in_words(fairness), "fairness.md")
        info = task.log(known, rows, {key: about[key] for key in ("task", *task.KEPT) if key in about})
    version = mlflow.register_model(info.model_uri, name, tags=described)
    client.set_registered_model_alias(name, CHALLENGER, version.version)
    return {"version": str(version.version), "run": run.info.run_id}


def log_served(model: Any, example: pd.DataFrame, metadata: dict[str, Any]) -> Any:
    """Puts a model whose `predict` takes a table into MLflow's active run, in our file and not a pickle."""
    import mlflow
    from mlflow.models import infer_signature

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.skops"
        models.write_model(model, str(file))
        return mlflow.pyfunc.log_model(
            name="model",
            loader_module="filiera_steps.served",
            data_path=str(file),
            signature=infer_signature(example, model.predict(example)),
            input_example=example,
            code_paths=[str(Path(__file__).parent)],
            pip_requirements=requirements(),
            metadata=metadata,
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


def load(client, name: str, version: str) -> Known:
    """A registered model of ours, and what is kept of it; nothing of it runs while it is read."""
    import mlflow
    from mlflow.models import Model

    path = f"models:/{name}/{version}"
    with tempfile.TemporaryDirectory() as folder:
        try:
            there = mlflow.artifacts.download_artifacts(path, dst_path=folder)
            about = Model.load(there)
            flavour = about.flavors
            file = flavour["sklearn"]["pickled_model"] if "sklearn" in flavour else flavour["python_function"]["data"]
            kept = dict(about.metadata)
            missing = [key for key in tasks.named(kept).KEPT if key not in kept]
            if missing:
                raise KeyError(missing[0])
        except (mlflow.exceptions.MlflowException, OSError, KeyError, TypeError) as error:
            reason = str(error).splitlines()[0]
            raise refuse(path, f"found no model of these steps ({reason}): register it by the step register") from None
        return Known(models.read_model(str(Path(there) / file), path), kept)


def keep_promotion(client, name: str, version: str, report: dict[str, Any], again: bool) -> None:
    """Keeps in a version's run why it became the champion; `again` in place of what is there."""
    run = client.get_model_version(name, version).run_id
    if again or not any(each.path == PROMOTION for each in client.list_artifacts(run)):
        client.log_dict(run, report, PROMOTION)


def read_json(client, run: str, name: str) -> Any:
    """A JSON file of a run."""
    with tempfile.TemporaryDirectory() as folder:
        return json.loads(Path(client.download_artifacts(run, name, folder)).read_text(encoding="utf-8"))
