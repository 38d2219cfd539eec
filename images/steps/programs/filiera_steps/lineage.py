"""Who made what of what: OpenLineage events, and a chained record of each in MLflow.

    python -m filiera_steps.lineage <model>

verifies the record of a model, and says what is wrong with it.
"""

import json
import os
import sys
import tempfile
import uuid
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import requests
from mlflow.exceptions import MlflowException
from openlineage.client.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import dataset_version_dataset, schema_dataset
from openlineage.client.serde import Serde
from openlineage.client.transport.http import HttpConfig, HttpTransport

from filiera_steps import chain, tracking
from filiera_steps.errors import refuse

PRODUCER = "https://www.npmjs.com/package/filiera"
NAMESPACE = "filiera"
#: tags of MLflow: of a run that keeps an entry, of a model the hash of its last
ENTRY, HEAD = "filiera.record", "filiera.record.head"
FILE = "record.json"


def event(
    state: RunState, job: str, run: str, at: str, data: list[dict[str, Any]], made: list[dict[str, Any]]
) -> RunEvent:
    """An event of OpenLineage: a job's run that reads datasets and makes others.

    A dataset is `{"name", "version"}`, the version a content hash, with `columns` by their types if they are known.
    """

    def facets(each: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {"version": dataset_version_dataset.DatasetVersionDatasetFacet(each["version"])}
        if "columns" in each:
            fields = [schema_dataset.SchemaDatasetFacetFields(name, kind) for name, kind in each["columns"].items()]
            found["schema"] = schema_dataset.SchemaDatasetFacet(fields)
        return found

    return RunEvent(
        eventType=state,
        eventTime=at,
        run=Run(runId=run),
        job=Job(NAMESPACE, job),
        inputs=[InputDataset(NAMESPACE, each["name"], facets=facets(each)) for each in data],
        outputs=[OutputDataset(NAMESPACE, each["name"], facets=facets(each)) for each in made],
        producer=PRODUCER,
    )


def events(job: str, run: str, data: list[dict[str, Any]], made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events of a run that is over, as JSON; they are sent as well where `OPENLINEAGE_URL` names a server."""
    at = datetime.now(timezone.utc).isoformat()
    found = [event(RunState.START, job, run, at, data, []), event(RunState.COMPLETE, job, run, at, data, made)]
    url = os.environ.get("OPENLINEAGE_URL")
    if url:
        client = OpenLineageClient(transport=HttpTransport(HttpConfig(url=url, timeout=10, retry={"total": 1})))
        for each in found:
            try:
                client.emit(each)
            except (requests.RequestException, OSError) as error:
                raise refuse(
                    "OPENLINEAGE_URL", f"takes no event ({type(error).__name__}): mend it, or leave it out"
                ) from None
    return [Serde.to_dict(each) for each in found]


def record(model: str, version: str, body: dict[str, Any]) -> str:
    """Adds an entry to the record of a model, and gives its hash.

    An entry is a file of a run of its own, whose store should refuse changes; its hash becomes the model's tag. Two
    that are added at once are two entries after the same: the record then says so when it is verified.
    """
    client = tracking.connect()
    refuse_broken(client, model)
    entries = read(client, model)
    entry = chain.seal(
        {"model": model, "version": version, **body},
        chain.hash_of(entries[-1]) if entries else chain.START,
        len(entries),
    )
    run = client.create_run(
        tracking.experiment(client, f"{model}-record"), tags={ENTRY: model, f"{ENTRY}.number": str(len(entries))}
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / FILE
        file.write_bytes(entry)
        client.log_artifact(run.info.run_id, str(file))
    client.set_terminated(run.info.run_id)
    client.set_registered_model_tag(model, HEAD, chain.hash_of(entry))
    return chain.hash_of(entry)


def record_deployment(client, model: str, version: str, place: str, sha256: str) -> None:
    """Adds an entry for a serving request, with its events, if the record has none for it."""
    if any(bodies.get("deployment", {}).get("sha256") == sha256 for bodies in map(body_of, read(client, model))):
        return
    known = {"name": f"models/{model}", "version": version}
    made = {"name": f"serving-requests/{model}", "version": sha256}
    deployment = {"request": place, "sha256": sha256}
    run = {"pipeline_run": os.environ.get("FILIERA_RUN", "")}
    found = events(f"{model}/deploy", new_run(), [known], [made])
    record(model, version, {**run, "deployment": deployment, "events": found})


def body_of(entry: bytes) -> dict[str, Any]:
    """What an entry is about."""
    return json.loads(entry)["body"]


def refuse_broken(client, model: str) -> None:
    """Raises StepError where the record of a model is not whole."""
    broken = verify(client, model)
    if broken:
        raise refuse(f"record of {model}", f"is not whole, and nothing is added to it: {'; '.join(broken)}")


def read(client, model: str) -> list[bytes]:
    """The entries of a model's record, in the order of their numbers."""
    experiment = client.get_experiment_by_name(f"{model}-record")
    if experiment is None:
        return []
    runs: list[Any] = []
    token = None
    while True:
        page = client.search_runs([experiment.experiment_id], page_token=token, max_results=1000)
        runs += [each for each in page if ENTRY in each.data.tags]
        token = page.token
        if not token:
            break
    runs.sort(key=lambda each: (int(each.data.tags[f"{ENTRY}.number"]), each.info.start_time))
    entries = []
    with tempfile.TemporaryDirectory() as folder:
        for index, each in enumerate(runs):
            place = Path(folder) / str(index)
            place.mkdir()
            try:
                entries.append(Path(client.download_artifacts(each.info.run_id, FILE, str(place))).read_bytes())
            except (MlflowException, OSError):
                # no file is an entry that cannot be read, which the verdict says
                entries.append(b"")
    return entries


def verify(client, model: str) -> list[str]:
    """What is wrong with the record of a model; nothing if it is whole."""
    head = client.get_registered_model(model).tags.get(HEAD)
    return chain.faults(read(client, model), head)


def new_run() -> str:
    """An id for a run of OpenLineage."""
    return str(uuid.uuid4())


def main() -> None:
    """Verifies the record of the model that is named."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m filiera_steps.lineage <model>")
    client = tracking.connect()
    broken = verify(client, sys.argv[1])
    if broken:
        sys.exit("\n".join(broken))
    print(json.dumps({"model": sys.argv[1], "entries": len(read(client, sys.argv[1])), "whole": True}))


if __name__ == "__main__":
    main()
