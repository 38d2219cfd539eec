"""Prints what MLflow knows of a network that is the challenger, and whether it answers its own example."""

import json
import sys
from pathlib import Path

import mlflow
from filiera_steps import lineage, registry, tracking

name = sys.argv[1]
client = tracking.connect()
version = client.get_model_version_by_alias(name, registry.CHALLENGER)
served = mlflow.pyfunc.load_model(f"models:/{name}/{version.version}")
answer = served.predict(served.input_example)
requirements = mlflow.pyfunc.get_model_dependencies(f"models:/{name}/{version.version}")
print(
    json.dumps(
        {
            "aliases": {alias: str(number) for alias, number in client.get_registered_model(name).aliases.items()},
            "metrics": client.get_run(version.run_id).data.metrics,
            "losses": [each.value for each in client.get_metric_history(version.run_id, "validation_loss")],
            "signature": served.metadata.signature.inputs.input_names(),
            "example": "answered" if list(answer) in ([0], [1]) else str(answer),
            "requirements": Path(requirements).read_text(encoding="utf-8").splitlines(),
            "record": lineage.verify(client, name),
        }
    )
)
