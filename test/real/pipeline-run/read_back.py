"""Prints what MLflow knows of the challenger of a model, and whether its record is whole."""

import json
import sys

from filiera_steps import lineage, registry, tracking
from mlflow.models import get_model_info

name = sys.argv[1]
client = tracking.connect()
version = client.get_model_version_by_alias(name, registry.CHALLENGER)
run = client.get_run(version.run_id)
print(
    json.dumps(
        {
            "aliases": {alias: str(number) for alias, number in client.get_registered_model(name).aliases.items()},
            "tags": version.tags,
            "metrics": run.data.metrics,
            "signature": get_model_info(f"models:/{name}/{version.version}").signature.inputs.input_names(),
            "fairness": registry.read_json(client, version.run_id, "fairness.json"),
            "record": lineage.verify(client, name),
            "entries": [json.loads(entry)["body"] for entry in lineage.read(client, name)],
        }
    )
)
