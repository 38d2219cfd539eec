"""Serving requests: what they say of a champion, and stores to which is only added."""

import http.server
import json
import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import urlsplit

import mlflow
import numpy as np
import pytest
from filiera_steps import classification, evaluation, lineage, promotion, registry
from filiera_steps.errors import StepError
from filiera_steps.serving import deployment, store
from filiera_steps.serving import request as requests
from filiera_steps.serving.deployment import deploy
from learnt import of_version, report_of, table, trained

HOLDOUT = table(np.random.default_rng(5), 1000)
TAGS = {"data_sha256": "ab" * 32, "commit": "c0ffee", "image": "registry.example.com/steps:1"}
CANARY = {"steps": [{"percent": 5, "minutes": 60}, {"percent": 100}]}


def champion(client, name):
    """A new version that is promoted and recorded: the report of promote, its reason, and the record's head."""
    random = np.random.default_rng(11)
    rows, fitted = table(random, 500), trained(random)
    version = registry.register(fitted, name, rows, report_of(fitted, rows), None, TAGS)["version"]
    decided = promotion.promote(name, version, HOLDOUT, "fair", False, {})
    assert decided["promoted"]
    return decided, "all hold", lineage.record(name, version, {"promotion": decided})


def places(folder):
    return sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file())


def entries(client, name):
    return [json.loads(each)["body"] for each in lineage.read(client, name)]


@pytest.fixture(scope="module")
def first(client):
    return champion(client, "first")


def test_a_request_says_all_that_is_known_of_a_champion(client, first, tmp_path, monkeypatch):
    monkeypatch.setenv("FILIERA_RUN", "run-1")
    made = deploy(*first, str(tmp_path / "requests"), CANARY)
    place = tmp_path / "requests/first/0000000001.json"
    assert (made.verdict, made.says) == ("requested", str(place))
    assert place.stat().st_mode & 0o777 == 0o444
    asked = requests.read_request(place.read_bytes(), "it")
    assert asked == made.request

    about = client.get_model_version("first", "1")
    assert (asked.model.name, asked.model.version, asked.model.run) == ("first", "1", about.run_id)
    served = mlflow.pyfunc.load_model(asked.model.uri)
    assert asked.model.inputs == json.loads(served.metadata.signature.inputs.to_json())
    assert asked.model.outputs == json.loads(served.metadata.signature.outputs.to_json())
    example = asked.model.example["dataframe_split"]
    assert dict(zip(example["columns"], example["data"][0], strict=True)) == served.input_example.iloc[0].to_dict()
    # the files as the store has them, by what sha256sum would print of them
    folder = of_version(client, "first", "1")
    assert asked.model.files_sha256 == deployment.files_hash(folder)
    (folder / "more").write_text("")
    assert asked.model.files_sha256 != deployment.files_hash(folder)
    (folder / "more").unlink()
    packages = (folder / "requirements.txt").read_text().split()
    assert asked.runtime.packages == packages
    assert asked.runtime.framework in packages
    assert asked.runtime.image == TAGS["image"]
    assert asked.source.model_dump() == {"commit": "c0ffee", "data_sha256": TAGS["data_sha256"]}

    report = registry.read_json(client, about.run_id, "evaluation.json")
    whole = {key: value for key, value in evaluation.flat(report).items() if "." not in key}
    assert asked.evaluation.metrics == whole
    for metric, pick in (("auc", min), ("brier", max)):
        found = {value: of[metric]["value"] for value, of in report["slices"]["colour"].items()}
        worst = asked.evaluation.worst[metric]
        assert worst.column == "colour"
        assert worst.metric == found[worst.value] == pick(found.values())
    assert asked.fairness is None
    assert [each.model_dump() for each in asked.gates] == first[0]["gates"]
    # the first has nothing beside it
    assert asked.previous is None
    assert asked.traffic.model_dump() == {"steps": ({"percent": 100, "minutes": 0},)}
    assert (asked.written.pipeline_run, asked.written.record) == ("run-1", first[2])
    assert datetime.now(timezone.utc).timestamp() - datetime.fromisoformat(asked.written.at).timestamp() < 60

    # what was read is written as it was
    assert requests.written(asked.model_dump(mode="json", exclude={"sha256"})) == place.read_bytes()
    last = entries(client, "first")[-1]
    assert last["deployment"] == {"request": str(place), "sha256": asked.sha256}
    assert [each["eventType"] for each in last["events"]] == ["START", "COMPLETE"]
    assert last["events"][1]["job"]["name"] == "first/deploy"
    assert last["events"][1]["inputs"][0]["name"] == "models/first"
    assert last["events"][1]["outputs"][0]["facets"]["version"]["datasetVersion"] == asked.sha256


def test_requests_are_added_in_the_order_of_versions_and_never_replaced(client, tmp_path):
    target = str(tmp_path)
    one = champion(client, "line")
    deploy(*one, target, CANARY)
    before = (tmp_path / "line/0000000001.json").read_bytes()
    two = champion(client, "line")
    made = deploy(*two, target, CANARY)
    assert made.request.previous.model_dump() == {
        "version": "1",
        "uri": "models:/line/1",
        "request": "line/0000000001.json",
        "sha256": requests.read_request(before, "it").sha256,
    }
    assert [each.percent for each in made.request.traffic.steps] == [5, 100]
    # names sort as versions do: the last is the latest
    assert places(tmp_path) == ["line/0000000001.json", "line/0000000002.json"]
    assert "champion" in [each.gate for each in made.request.gates]

    # asked again, as a run does that changed nothing: it is there, as it was, and stands in the record once
    there = (tmp_path / "line/0000000002.json").read_bytes()
    again = promotion.promote("line", "2", HOLDOUT, "fair", False, {})
    assert again["champion_before"] == "2"
    assert deploy(again, "", "ff" * 32, target, CANARY).verdict == "requested before"
    assert (tmp_path / "line/0000000002.json").read_bytes() == there
    assert sum("deployment" in each for each in entries(client, "line")) == 2
    assert lineage.verify(client, "line") == []

    # another request for the same version is refused, and so is one of an earlier version
    path = re.escape(f"{tmp_path}/line/000000000")
    with pytest.raises(
        StepError,
        match=rf"^\[{path}2.json\] found another request for this version, which differs in traffic: a request is "
        "never changed, register the model anew or name another target$",
    ):
        deploy(again, "", one[2], target, {})
    back = promotion.promote("line", "1", HOLDOUT, "fair", False, {"margin": 0.5})
    assert back["promoted"]
    with pytest.raises(
        StepError,
        match=rf"^\[{path}1.json\] found line/0000000002.json, a request that comes after it: register the model "
        "anew, as the last version$",
    ):
        deploy(back, "", one[2], target, CANARY)
    assert places(tmp_path) == ["line/0000000001.json", "line/0000000002.json"]
    assert (tmp_path / "line/0000000001.json").read_bytes() == before

    # what is no request is not taken for one
    os.chmod(tmp_path / "line/0000000002.json", 0o644)
    (tmp_path / "line/0000000002.json").write_bytes(there.replace(b'"percent": 5.0', b'"percent": 6.0'))
    client.set_registered_model_alias("line", "champion", "2")
    with pytest.raises(
        StepError, match=rf"^\[{path}2.json\] found other content than its hash says: a request is never"
    ):
        deploy(again, "", one[2], target, CANARY)


def test_what_was_not_promoted_is_a_verdict_and_nothing_is_written(tmp_path, monkeypatch):
    # not even MLflow is asked
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    decided = {"model": "first", "version": "1", "promoted": False, "gates": []}
    made = deploy(decided, "fairness: found unfair, wanted fair", "", str(tmp_path / "requests"), CANARY)
    assert made.report() == {
        "verdict": "nothing to deploy",
        "says": "fairness: found unfair, wanted fair",
        "request": None,
    }
    assert not (tmp_path / "requests").exists()


def test_a_registry_that_moved_on_is_told_and_nothing_is_written(client, tmp_path):
    decided, *rest = champion(client, "moved")
    client.delete_registered_model_alias("moved", "champion")
    with pytest.raises(
        StepError,
        match=r"^\[models:/moved@champion\] found none, though version 1 was promoted: look who removed the alias, "
        "and promote anew$",
    ):
        deploy(decided, *rest, str(tmp_path), CANARY)
    champion(client, "moved")
    with pytest.raises(
        StepError,
        match=r"^\[models:/moved@champion\] found version 2, though 1 was promoted: another run was quicker, run anew$",
    ):
        deploy(decided, *rest, str(tmp_path), CANARY)
    # nor is it written where the record is not whole, or nothing tells why it is the champion
    client.set_registered_model_tag("moved", lineage.HEAD, "0" * 64)
    client.set_registered_model_alias("moved", "champion", "1")
    with pytest.raises(StepError, match=r"^\[record of moved\] is not whole, and nothing is added to it: "):
        deploy(decided, *rest, str(tmp_path), CANARY)
    client.set_registered_model_tag("moved", lineage.HEAD, lineage.chain.hash_of(lineage.read(client, "moved")[-1]))
    run = client.get_run(client.get_model_version("moved", "1").run_id)
    (Path(urlsplit(run.info.artifact_uri).path) / "promotion.json").unlink()
    with pytest.raises(
        StepError,
        match=r"^\[models:/moved/1\] found no model of these steps \(.*promotion.json.*\): let register and "
        "promote make it$",
    ):
        deploy(decided, *rest, str(tmp_path), CANARY)
    assert places(tmp_path) == []


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([{"percent": 0}], "[traffic.steps.0.percent] found 0: input should be greater than 0"),
        ([{"percent": 101}], "[traffic.steps.0.percent] found 101: input should be less than or equal to 100"),
        ([{"percent": float("nan")}], "[traffic.steps.0.percent] found nan: input should be a finite number"),
        (
            [{"percent": "ten"}, {"percent": 100}],
            "[traffic.steps.0.percent] found 'ten': input should be a valid number",
        ),
        (
            [{"percent": 100, "minutes": -1}],
            "[traffic.steps.0.minutes] found -1: input should be greater than or equal",
        ),
        ([{"percent": 10}], "[traffic] found {'steps': [{'percent': 10}]}: value error, the last step has 100 percent"),
        ([{"percent": 50}, {"percent": 50}, {"percent": 100}], "each step has more percent than the one before it"),
        ([], "[traffic.steps] found []: tuple should have at least 1 item"),
    ],
)
def test_a_plan_that_is_none_is_told_whether_a_model_was_promoted_or_not(steps, said, tmp_path):
    with pytest.raises(StepError) as error:
        deploy({"model": "m", "version": "1", "promoted": False}, "", "", str(tmp_path), {"steps": steps})
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("", "[FILIERA_SERVING] found nothing: give it a folder such as /requests, or s3://bucket/prefix"),
        ("here", '[target] found "here", which is not absolute: give it a folder such as /requests, or'),
        ("gs://bucket/x", '[target] found the scheme "gs": allowed are a path, file and s3'),
        ("s3:///x", "[target] found no bucket in it: give it an address such as s3://bucket/prefix"),
        ("s3://me:secret@bucket", "[target] found a user in it: give it an address such as s3://bucket/prefix"),
        ("s3://bucket/x?acl=public", '[target] found the option "acl": give it an address such as s3://bucket/prefix'),
        ("s3://bucket?endpoint_override=a b", "[target] cannot be used (Invalid endpoint: https://a b): give it an"),
    ],
)
def test_a_target_that_is_none_is_told(target, said, monkeypatch):
    monkeypatch.delenv(store.TARGET, raising=False)
    with pytest.raises(StepError) as error:
        store.open_store(target)
    assert str(error.value).startswith(said)


def test_a_folder_gets_a_whole_request_from_one_writer_alone(tmp_path):
    there = store.open_store(f"file://{tmp_path}/some%20folder")
    contents = [bytes([65 + number]) * 100_000 for number in range(16)]
    with ThreadPoolExecutor(16) as pool:
        added = list(pool.map(lambda content: there.add("m/0000000001.json", content), contents))
    assert added.count(True) == 1
    assert there.read("m/0000000001.json") == contents[added.index(True)]
    assert places(tmp_path) == ["some folder/m/0000000001.json"]
    assert there.read("m/0000000002.json") is None
    (tmp_path / "file").write_text("")
    blocked = store.open_store(str(tmp_path / "file"))
    with pytest.raises(
        StepError, match=r"/file\] cannot be used \(Not a directory\): give it a folder that may be written$"
    ):
        blocked.add("m/0000000001.json", b"")


@pytest.fixture
def bucket(monkeypatch):
    """A store that says what it is told to, and which requests it got."""
    got, answers = [], {}

    class Server(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            got.append((self.command, self.path.partition("?")[0], self.headers.get("If-None-Match")))
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, code = answers[self.command, self.headers.get("If-None-Match")]
            body = f"<Error><Code>{code}</Code></Error>".encode() if code else b""
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = answer

        def log_message(self, *_):
            pass

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        endpoint = f"endpoint_override=127.0.0.1:{server.server_port}&scheme=http"
        yield store.open_store(f"s3://models/serving?{endpoint}"), answers, got
        server.shutdown()


def test_a_bucket_is_written_on_the_condition_that_nothing_is_there(bucket):
    there, answers, got = bucket
    answers["GET", None] = (404, "NoSuchKey")
    answers["PUT", "*"] = (200, "")
    assert there.add("m/0000000001.json", b"it")
    # another one was quicker
    answers["PUT", "*"] = (412, "PreconditionFailed")
    assert not there.add("m/0000000001.json", b"it")
    answers["PUT", "*"] = (409, "ConditionalRequestConflict")
    assert not there.add("m/0000000001.json", b"it")
    place = "/models/serving/m/0000000001.json"
    assert set(got) == {("GET", place, None), ("PUT", place, "*")}


def test_a_bucket_that_knows_no_conditions_or_does_not_say_so_is_asked_before(bucket):
    there, answers, got = bucket
    answers["GET", None] = (404, "NoSuchKey")
    answers["PUT", "*"] = (501, "NotImplemented")
    answers["PUT", None] = (200, "")
    assert there.add("m/0000000001.json", b"it")
    assert got[-1] == ("PUT", "/models/serving/m/0000000001.json", None)
    got.clear()
    answers["GET", None] = (200, "")
    assert not there.add("m/0000000001.json", b"it")
    assert [command for command, *_ in got] == ["GET"]


def test_a_bucket_that_says_no_or_nothing_is_told(bucket, monkeypatch):
    there, answers, _ = bucket
    told = r"^\[s3://models/serving\] cannot be used \({}\): look at its address, its credentials and their rights$"
    answers["GET", None] = answers["PUT", "*"] = (403, "AccessDenied")
    for ask in (
        lambda: there.read("m/1.json"),
        lambda: there.add("m/1.json", b""),
        lambda: there.after("m/1.json"),
    ):
        with pytest.raises(StepError, match=told.format("AccessDenied")):
            ask()
    answers["GET", None] = (404, "NoSuchBucket")
    with pytest.raises(StepError, match=told.format("NoSuchBucket")):
        there.read("m/1.json")
    nobody = store.open_store("s3://models/serving?endpoint_override=127.0.0.1:9&scheme=http")
    with pytest.raises(StepError, match=told.format("EndpointConnectionError")):
        nobody.read("m/1.json")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    with pytest.raises(StepError, match=told.format("NoCredentialsError")):
        store.open_store("s3://models/serving?endpoint_override=127.0.0.1:9&scheme=http").read("m/1.json")


def test_an_authority_may_be_a_file_or_what_is_in_one(monkeypatch, tmp_path):
    monkeypatch.delenv(store.AUTHORITY, raising=False)
    assert store.authority() is None
    monkeypatch.setenv(store.AUTHORITY, "/etc/ca.pem")
    assert store.authority() == "/etc/ca.pem"
    text = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n"
    monkeypatch.setenv(store.AUTHORITY, text)
    assert Path(store.authority()).read_text() == text


def test_what_typescript_reads_is_written_the_same():
    document = (Path(__file__).parents[2] / "constructs/serving/request.json").read_bytes()
    asked = requests.read_request(document, "it")
    assert requests.written(asked.model_dump(mode="json", exclude={"sha256"})) == document


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"\xff", "found no serving request (UnicodeDecodeError): a request is never changed: write it anew by"),
        (b"[]", "found no serving request of version 1 (: input should be a valid dictionary or instance of"),
        (
            b'{"format": "filiera.serving-request", "format_version": 2}',
            "found no serving request of version 1 (format_",
        ),
    ],
)
def test_a_document_that_is_none_is_told(document, said):
    with pytest.raises(StepError) as error:
        requests.read_request(document, "s3://models/serving/m/0000000001.json")
    assert str(error.value).startswith(f"[s3://models/serving/m/0000000001.json] {said}")


def test_slices_that_tell_nothing_are_no_worst_ones():
    measured = classification.evaluation.measure(np.array([True] * 3), np.array([True] * 3), np.ones(3), 0.95)
    report = {**measured, "calibration": {"error": 0.0}, "slices": {"colour": {"red": measured}}}
    found = deployment.measured(classification, report)
    assert "auc" not in found["metrics"]
    assert sorted(found["worst"]) == ["accuracy", "brier", "f1", "precision", "recall"]
    assert deployment.measured(classification, {**report, "slices": {}})["worst"] == {}
