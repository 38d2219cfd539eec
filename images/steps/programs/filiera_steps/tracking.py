"""MLflow as steps reach it: `MLFLOW_TRACKING_URI`, and what signs in, are in the environment, as MLflow has it.

In a cluster a Secret gives them; `filiera pipeline run` gives the address of a store of the project.
"""

import fcntl
import os
from pathlib import Path
from urllib.parse import urlsplit

import requests

from filiera_steps.errors import refuse

# a server that is not there is told soon, and not after minutes of silent attempts
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
# artifacts go through the server: it alone reaches the object store, and knows who signed its certificate
os.environ.setdefault("MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD", "false")
os.environ.setdefault("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "false")

PATH = "MLFLOW_TRACKING_URI"


def connect():
    """MLflow's client.

    Raises StepError where no address is set, and where no server answers there.
    """
    uri = os.environ.get(PATH, "")
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https", "sqlite", "postgresql", "mysql"):
        found = "nothing" if not uri else "an address that is no server's and no database's"
        raise refuse(PATH, f"found {found}: set it to MLflow's, such as http://mlflow.mlflow.svc:5000")
    if parts.scheme in ("http", "https"):
        # what signs in stands in an address of its own at times, and is not shown
        shown = f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"
        try:
            answer = requests.get(f"{uri.rstrip('/')}/health", timeout=10)
        except requests.RequestException as error:
            raise refuse(
                PATH, f"found no MLflow at {shown} ({type(error).__name__}): start it, or mend the address"
            ) from None
        if answer.status_code != 200:
            raise refuse(PATH, f"found an answer {answer.status_code} of {shown}/health: look whether it is MLflow's")
    import mlflow

    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    if parts.scheme == "sqlite":
        return of_file(database_of(uri))
    return mlflow.MlflowClient()


def database_of(uri: str) -> Path:
    """The file of a store in a file: `sqlite:////absolute/mlflow.db`, or relative with three slashes."""
    return Path(urlsplit(uri).path[1:]).absolute()


def of_file(database: Path):
    """The client of a store in a file, which one step alone makes: MLflow's, if several do at once, breaks."""
    import mlflow

    database.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{database}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        client = mlflow.MlflowClient()
        client.search_experiments(max_results=1)
        return client


def experiment(client, name: str) -> str:
    """The id of the experiment of that name, which is made if there is none."""
    found = client.get_experiment_by_name(name)
    if found:
        return found.experiment_id
    uri = os.environ[PATH]
    # beside the database: MLflow would write into the folder that a step happens to run in
    is_file = urlsplit(uri).scheme == "sqlite"
    place = (database_of(uri).parent / "artifacts" / name).as_uri() if is_file else None
    return client.create_experiment(name, artifact_location=place)
