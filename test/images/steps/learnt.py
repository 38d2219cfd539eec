"""A small model that learnt something, or nothing, for tests of what becomes of models."""

from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
from filiera_steps import evaluation, models
from filiera_steps.tasks import Known

INPUTS = {"skill": "number", "colour": "category"}


def table(random, rows, learnable=True):
    skill = random.normal(0, 1, rows)
    label = skill + random.normal(0, 0.7, rows) > 1 if learnable else random.random(rows) < 0.2
    return pd.DataFrame({"skill": skill, "colour": random.choice(["red", "blue"], rows), "label": label})


def trained(random, learnable=True, estimator="logistic_regression", parameters=None):
    train, check = (table(random, rows, learnable) for rows in (600, 300))
    model = models.fit(train, check, INPUTS, "label", estimator, parameters or {}, 1)
    about = {"inputs": INPUTS, "target": "label", "estimator": estimator, "parameters": parameters or {}, "seed": 1.0}
    return Known(model, about)


def report_of(fitted, frame):
    asked = models.inputs_of(frame, INPUTS)
    labels, score = frame["label"].to_numpy(), models.scores(fitted.model, asked)
    return evaluation.evaluate(frame, labels, fitted.model.predict(asked), score, ["colour"], 0.95)


def of_version(client, name, version):
    """The folder that has the files of a registered model, here where artifacts are files."""
    return Path(urlsplit(client.get_model_version_download_uri(name, version)).path)
