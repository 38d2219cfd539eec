"""From a champion in the registry to the request that it be served."""

import hashlib
import json
import os
import tempfile
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

from filiera_steps import lineage, registry, tasks, tracking
from filiera_steps.errors import refuse
from filiera_steps.schema import read_as
from filiera_steps.serving import request as requests
from filiera_steps.serving.request import ServingRequest, Traffic
from filiera_steps.serving.store import Store, open_store

#: what a model is made with, the more special first
FRAMEWORKS = ("torch", "tensorflow", "tensorflow-cpu", "scikit-learn")
#: what MLflow adds to a model that it gives out
ADDED = "registered_model_meta"


class Deployment(NamedTuple):
    """What came of it: a request that was written, one that was there before, or none, as nothing was promoted."""

    verdict: str
    #: why, or where the request is
    says: str
    request: ServingRequest | None

    def report(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "verdict": self.verdict,
            "says": self.says,
            "request": None if self.request is None else self.request.model_dump(mode="json"),
        }


def deploy(promotion: dict[str, Any], reason: str, record: str, target: str, traffic: Any) -> Deployment:
    """Writes the request for the model that `promotion`, a report of promote, is of; nothing where it was not promoted.

    `record` is the last entry of the model's record. An entry with the request's hash follows it there.

    Raises StepError for a plan that is none, a store that cannot be used, a record that is not whole, where there is no
    champion or another one meanwhile, and where the store has another request for the version, or any of a later one.
    """
    plan = read_as(Traffic, traffic, "traffic")
    store = open_store(target)
    name, version = promotion["model"], promotion["version"]
    if not promotion["promoted"]:
        return Deployment("nothing to deploy", reason, None)
    client = tracking.connect()
    is_champion(client, name, version)
    lineage.refuse_broken(client, name)
    content = describe(client, name, version, store, plan)
    by = {"at": now(), "pipeline_run": os.environ.get("FILIERA_RUN") or None, "record": record}
    document = requests.written({**content, "written": by})
    place = name_of(name, version)
    later = store.after(place)
    if later:
        raise refuse(
            f"{store.shown}/{place}",
            f"found {later[-1]}, a request that comes after it: register the model anew, as the last version",
        )
    is_new = store.add(place, document)
    there = requests.read_request(store.read(place) or b"", f"{store.shown}/{place}")
    asked = requests.read_request(document, "request")
    if there.sha256 != asked.sha256:
        raise refuse(
            f"{store.shown}/{place}",
            f"found another request for this version, which differs in {differences(there, asked)}: a request is never"
            " changed, register the model anew or name another target",
        )
    lineage.record_deployment(client, name, version, f"{store.shown}/{place}", there.sha256)
    return Deployment("requested" if is_new else "requested before", f"{store.shown}/{place}", there)


def name_of(model: str, version: str) -> str:
    """The name of a version's request. Names sort as versions do, and so the last of a listing is the latest."""
    return f"{model}/{int(version):010d}.json"


def is_champion(client: Any, name: str, version: str) -> None:
    """Refuses a version that is not the champion, or not any more."""
    champion = registry.version_of(client, name, registry.CHAMPION)
    path = f"models:/{name}@{registry.CHAMPION}"
    if champion is None:
        raise refuse(
            path, f"found none, though version {version} was promoted: look who removed the alias, and promote anew"
        )
    if champion != version:
        raise refuse(
            path, f"found version {champion}, though {version} was promoted: another run was quicker, run anew"
        )


def describe(client: Any, name: str, version: str, store: Store, plan: Traffic) -> dict[str, Any]:
    """All of a request but who writes it: what the registry keeps of the version, and what the store has beside it."""
    from mlflow.exceptions import MlflowException

    path = f"models:/{name}/{version}"
    try:
        about = client.get_model_version(name, version)
        promotion = registry.read_json(client, about.run_id, registry.PROMOTION)
        evaluation = registry.read_json(client, about.run_id, "evaluation.json")
        judged = about.tags.get("fairness") != registry.NOT_JUDGED
        fairness = registry.read_json(client, about.run_id, "fairness.json") if judged else None
    except (MlflowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise refuse(path, f"found no model of these steps ({reason}): let register and promote make it") from None
    model, runtime = files_of(path)
    previous = previous_of(promotion, name, version, store)
    return {
        "format": requests.FORMAT,
        "format_version": requests.FORMAT_VERSION,
        "model": {"name": name, "version": version, "uri": path, "run": about.run_id, **model},
        "runtime": {"image": about.tags.get("image"), **runtime},
        "source": {key: about.tags.get(key) for key in ("commit", "data_sha256")},
        "evaluation": measured(tasks.named(model), evaluation),
        "fairness": fairness and {key: fairness[key] for key in ("verdict", "mitigation")},
        "gates": promotion["gates"],
        # where there is nothing to go back to, nothing else can take the rest
        "traffic": (plan if previous else Traffic(steps=(requests.Step(percent=100, minutes=0),))).model_dump(),
        "previous": previous,
    }


def files_of(path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a model's own files say: what it is and takes, and what it runs with."""
    import mlflow
    from mlflow.models import Model

    with tempfile.TemporaryDirectory() as folder:
        there = Path(mlflow.artifacts.download_artifacts(path, dst_path=folder))
        about = Model.load(str(there))
        signature = about.signature.to_dict()
        example = there / "serving_input_example.json"
        needed = (there / "requirements.txt").read_bytes()
        packages = [line for line in needed.decode().splitlines() if line]
        model = {
            "task": (about.metadata or {}).get("task", "classification"),
            "files_sha256": files_hash(there),
            "inputs": json.loads(signature["inputs"]),
            "outputs": json.loads(signature["outputs"]),
            "example": json.loads(example.read_bytes()) if example.exists() else None,
        }
    by_name = {each.partition("==")[0]: each for each in packages}
    return model, {
        "python": about.flavors["python_function"]["python_version"],
        "framework": next(by_name[each] for each in FRAMEWORKS if each in by_name),
        "packages": packages,
        "packages_sha256": hashlib.sha256(needed).hexdigest(),
    }


def files_hash(folder: Path) -> str:
    """SHA-256 of what `sha256sum` prints of all files by their paths in the folder, in order; what MLflow adds as it
    gives a model out is left out."""
    files = sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file())
    lines = [f"{hashlib.sha256((folder / each).read_bytes()).hexdigest()}  {each}\n" for each in files if each != ADDED]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def measured(task: tasks.Task, report: dict[str, Any]) -> dict[str, Any]:
    """The metrics over all rows, and of each that has a better end the slice in which it is worst."""
    worst = {}
    for metric, higher in task.HIGHER_IS_BETTER.items():
        slices = [
            {
                "column": column,
                "value": value,
                "metric": of[metric]["value"],
                "low": of[metric]["low"],
                "high": of[metric]["high"],
            }
            for column, values in report["slices"].items()
            for value, of in values.items()
            if of[metric]["value"] is not None
        ]
        if slices:
            worst[metric] = (min if higher else max)(slices, key=lambda each: each["metric"])
    return {"metrics": task.flat({**report, "slices": {}}), "worst": worst}


def previous_of(promotion: dict[str, Any], name: str, version: str, store: Store) -> dict[str, Any] | None:
    """The champion that a version took the place of, with its request where the store has it."""
    before = promotion["champion_before"]
    if before is None or before == version:
        return None
    place = name_of(name, before)
    document = store.read(place)
    there = None if document is None else requests.read_request(document, f"{store.shown}/{place}")
    asked = {"request": None, "sha256": None} if there is None else {"request": place, "sha256": there.sha256}
    return {"version": before, "uri": f"models:/{name}/{before}", **asked}


def differences(there: ServingRequest, asked: ServingRequest) -> str:
    """The fields in which two requests differ, but for who wrote them."""
    fields = [each for each in ServingRequest.model_fields if each not in ("written", "sha256")]
    return ", ".join(each for each in fields if getattr(there, each) != getattr(asked, each))


def now() -> str:
    """The time, as a request has it."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
