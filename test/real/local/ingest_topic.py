"""Takes topics in as the step does, once for each case of standard input, and prints what came of it, a line each."""

import json
import os
import sys
import tempfile

import pandas as pd
from filiera_steps.errors import StepError
from ingest import ingest
from kfp.dsl import Dataset

for case in json.load(sys.stdin):
    os.environ.update(case.pop("env", {}))
    with tempfile.TemporaryDirectory() as folder:
        data = Dataset(name="data", uri=f"{folder}/data", metadata={})
        try:
            ingest(data=data, **case)
            table = pd.read_parquet(data.path).astype(object)
            told = {**data.metadata, "table": table.where(table.notna(), None).to_dict("list")}
        except StepError as error:
            told = {"refused": error.problems}
    print("told", json.dumps(told))
