"""Prints what MLflow knows of the shop's models, and asks both as a server would."""

import json
import os
import zipfile
from pathlib import Path

import mlflow
import pandas as pd
from filiera_steps import lineage, registry, tracking

client = tracking.connect()
project = Path(os.environ[tracking.PATH].removeprefix("sqlite:///")).parents[2]


def known(name):
    version = client.get_model_version_by_alias(name, registry.CHALLENGER)
    return {
        "aliases": {alias: str(number) for alias, number in client.get_registered_model(name).aliases.items()},
        "tags": version.tags,
        "record": lineage.verify(client, name),
        "entries": [json.loads(entry)["body"] for entry in lineage.read(client, name)],
    }


recommender = mlflow.pyfunc.load_model("models:/recommendations@challenger")
answers = recommender.predict(pd.DataFrame({"items": [["nothing of ours"], []]}))
forecaster = mlflow.pyfunc.load_model("models:/demand@champion")
(current,) = project.glob(".filiera/pipeline-runs/shop/*/artifacts/stock/prepare-demand/current")
said = forecaster.predict(pd.read_parquet(current)[forecaster.metadata.signature.inputs.input_names()])
# whoever is in the data is in no file of a model
(data,) = project.glob(".filiera/pipeline-runs/shop/*/artifacts/recommendations/ingest/data")
people = {each.encode() for each in pd.read_parquet(data)["customer"].unique()}
files = []
for file in project.glob(".filiera/mlflow/**/*"):
    if file.suffix == ".skops":
        with zipfile.ZipFile(file) as archive:
            files += [archive.read(name) for name in archive.namelist()]
    elif file.is_file():
        files.append(file.read_bytes())
told = sorted(who.decode() for who in people if any(who in content for content in files))
# nor is it by the name that it came with
told += ["customer-0"] if any(b"customer-0" in content for content in files) else []

print(
    json.dumps(
        {
            "recommendations": {
                **known("recommendations"),
                "unknown": answers["known"].tolist(),
                "listed": [len(each) for each in answers["items"]],
            },
            "demand": {**known("demand"), "columns": list(said.columns)},
            "models": sum(1 for each in project.glob(".filiera/mlflow/**/*.skops")),
            "told": told,
        }
    )
)
