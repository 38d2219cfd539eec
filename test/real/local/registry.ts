/** Programs of MLflow's own client that a test of backups runs, as its administrator. */

/** Fills a registry: experiments, runs with all that they can have, artifacts, models with versions and aliases, a user. */
export const FILL = `
import json, os, pathlib, tempfile
import mlflow
from mlflow import MlflowClient
from mlflow.server.auth.client import AuthServiceClient
client = MlflowClient()
experiment = client.create_experiment("kept", tags={"owner": "backups"})
with tempfile.TemporaryDirectory() as folder:
    notes = pathlib.Path(folder, "notes – ü & 1%.txt")
    notes.write_text("kept\\n\\\\.\\n")
    weights = pathlib.Path(folder, "weights.bin")
    weights.write_bytes(os.urandom(300_000))
    for number in range(3):
        run = client.create_run(experiment, tags={"number": str(number)}, run_name=f"run {number}")
        run_id = run.info.run_id
        for step in range(20):
            client.log_metric(run_id, "loss", 1 / (step + 1 + number), step=step)
        client.log_param(run_id, "text", "tab\\tand\\nline, \\\\N and \\\\.")
        client.log_artifact(run_id, str(notes), "model/inner")
        client.log_artifact(run_id, str(weights), "model")
        client.set_terminated(run_id, "FAILED" if number == 1 else "FINISHED")
        if number == 2:
            client.delete_run(run_id)
client.create_registered_model("kept", tags={"team": "a"}, description="what is brought back")
for alias in ("challenger", "champion"):
    version = client.create_model_version("kept", run.info.artifact_uri + "/model", run_id, tags={"for": alias}).version
    client.set_registered_model_alias("kept", alias, version)
auth = AuthServiceClient(os.environ["MLFLOW_TRACKING_URI"])
auth.create_user("reader", os.environ["READER"])
auth.grant_user_permission("reader", "experiment", experiment, "READ")
print(json.dumps({"filled": True}))
`;

/** Everything of a registry, field by field: artifacts by their SHA-256, users by what they may do. */
export const READ = `
import hashlib, json, os, pathlib
import mlflow
from mlflow import MlflowClient
from mlflow.entities import ViewType
from mlflow.server.auth.client import AuthServiceClient
client = MlflowClient()
auth = AuthServiceClient(os.environ["MLFLOW_TRACKING_URI"])

def fields(thing):
    return {name: plain(value) for name, value in dict(thing).items()}

def plain(value):
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    if isinstance(value, dict):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return str(value)

def artifacts(run_id):
    folder = pathlib.Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="model"))
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(folder.rglob("*")) if f.is_file()}

[experiment] = [e for e in client.search_experiments(ViewType.ALL) if e.name == "kept"]
runs = client.search_runs([experiment.experiment_id], run_view_type=ViewType.ALL, order_by=["attributes.run_id"])
print(json.dumps({
    "experiments": [fields(each) for each in client.search_experiments(ViewType.ALL)],
    "runs": [{
        "info": fields(run.info), "params": run.data.params, "tags": run.data.tags, "metrics": run.data.metrics,
        "history": [fields(metric) for metric in client.get_metric_history(run.info.run_id, "loss")],
        "artifacts": artifacts(run.info.run_id) if run.info.lifecycle_stage == "active" else "deleted",
    } for run in runs],
    "models": [fields(each) for each in client.search_registered_models()],
    "versions": [fields(client.get_model_version("kept", each.version)) for each in client.search_model_versions("name='kept'")],
    "aliases": {alias: client.get_model_version_by_alias("kept", alias).version for alias in ("challenger", "champion")},
    "user": [auth.get_user("reader").username, auth.get_user("reader").is_admin, plain(vars(auth.get_user_permission("reader", "experiment", experiment.experiment_id)))],
}, sort_keys=True))
`;

/** What the user of that registry may do with the password that it had. */
export const AS_READER = `
import json, os
os.environ["MLFLOW_TRACKING_USERNAME"] = "reader"
os.environ["MLFLOW_TRACKING_PASSWORD"] = os.environ["READER"]
from mlflow import MlflowClient
print(json.dumps([e.name for e in MlflowClient().search_experiments()]))
`;
