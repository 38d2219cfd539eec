"""Models in MLflow's own store: registered, promoted, and with a record that nobody changes unseen."""

import http.server
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import mlflow
import numpy as np
import pandas as pd
import pytest
from filiera_steps import chain, classification, evaluation, lineage, models, promotion, registry, tracking
from filiera_steps.errors import StepError
from learnt import INPUTS, of_version, report_of, table, trained

TERMS = classification.Terms()


def test_a_model_goes_through_its_life(client):
    random = np.random.default_rng(3)
    rows, holdout = table(random, 500), table(random, 1000)
    first = trained(random)
    report = report_of(first, rows)
    made = registry.register(first, "life", rows, report, None, {"data_sha256": "abc"})
    assert made["version"] == registry.version_of(client, "life", "challenger") == "1"
    assert registry.version_of(client, "life", "champion") is None

    # what is known of it is read back
    run = client.get_run(made["run"])
    assert run.data.metrics == pytest.approx(evaluation.flat(report))
    assert run.data.params["estimator"] == "logistic_regression"
    version = client.get_model_version("life", "1")
    assert version.tags["data_sha256"] == "abc"
    assert version.tags["fairness"] == "not judged"
    assert registry.read_json(client, made["run"], "evaluation.json") == json.loads(json.dumps(report))

    # others may ask it as MLflow does, and are told what it takes; the example is nobody's row
    served = mlflow.pyfunc.load_model("models:/life@challenger")
    assert served.metadata.signature.inputs.input_names() == ["colour", "skill"]
    asked = models.inputs_of(rows, INPUTS)
    assert (served.predict(asked) == first.model.predict(asked)).all()
    example = served.input_example
    assert len(example) == 1
    assert not (rows["skill"].round(9) == round(float(example["skill"][0]), 9)).any()

    promoted = promotion.promote("life", "1", holdout, "fair", False, TERMS)
    assert (promoted["promoted"], promoted["champion_before"]) == (True, None)
    assert registry.version_of(client, "life", "champion") == "1"
    assert client.get_model_version("life", "1").tags["gates"] == "all hold"
    # asked again it stays what it is
    assert promotion.promote("life", "1", holdout, "fair", False, TERMS)["promoted"]

    # one that is much worse does not become the champion, and one that is unfair does not either
    worse = trained(random, parameters={"C": 1e-9}, learnable=False)
    registry.register(worse, "life", rows, report_of(worse, rows), None, {})
    refused = promotion.promote("life", "2", holdout, "fair", False, TERMS)
    assert [each["gate"] for each in refused["gates"] if not each["holds"]] == ["floor", "champion"]
    for verdict in ("unfair", "undecided"):
        refused = promotion.promote("life", "1", holdout, verdict, False, TERMS)
        assert [each["gate"] for each in refused["gates"] if not each["holds"]] == ["fairness"]
    refused = promotion.promote("life", "1", holdout, "fair", True, TERMS)
    assert [each["gate"] for each in refused["gates"] if not each["holds"]] == ["data"]
    assert registry.version_of(client, "life", "champion") == "1"

    # a few rows of a class tell nothing
    few = pd.concat([holdout[holdout["label"]].head(29), holdout[~holdout["label"]]])
    refused = promotion.promote("life", "1", few, "fair", False, TERMS)
    assert refused["gates"][0] == {
        "gate": "rows",
        "holds": False,
        "found": "29 of the rarer class",
        "wanted": "at least 30",
    }

    # a holdout with one class, or none of a model, is told
    one = promotion.promote("life", "1", holdout[holdout["label"]], "fair", False, TERMS)
    assert not one["promoted"]
    with pytest.raises(
        StepError, match=r"^\[models:/life/9\] found no model of these steps \(.*\): register it by the step register$"
    ):
        promotion.promote("life", "9", holdout, "fair", False, TERMS)


def test_a_champion_that_cannot_be_read_is_an_error_and_no_promotion(client):
    random = np.random.default_rng(4)
    rows, holdout = table(random, 300), table(random, 1000)
    for _ in range(2):
        fitted = trained(random)
        registry.register(fitted, "spoilt", rows, report_of(fitted, rows), None, {})
    client.set_registered_model_alias("spoilt", "champion", "1")
    next(of_version(client, "spoilt", "1").rglob("model.skops")).write_bytes(b"spoilt")
    with pytest.raises(StepError, match=r"^\[models:/spoilt/1\] found no model in it \(BadZipFile\)"):
        promotion.promote("spoilt", "2", holdout, "fair", False, TERMS)
    assert registry.version_of(client, "spoilt", "champion") == "1"


def test_a_model_that_learnt_nothing_is_never_promoted():
    # whole models, the step's own gates, and rows enough that each is judged by its quality
    promoted = []
    for seed in range(100):
        random = np.random.default_rng(seed)
        fitted = trained(random, learnable=False)
        holdout = table(random, 400, learnable=False)
        score = models.scores(fitted.model, models.inputs_of(holdout, INPUTS))
        gates = classification.compare(holdout["label"].to_numpy(), score, None, TERMS)
        assert gates[0]["holds"]
        promoted.append(all(each["holds"] for each in gates))
    assert not any(promoted)


def test_gates_are_not_shut_to_those_that_learnt():
    holds = []
    for seed in range(20):
        random = np.random.default_rng(seed)
        fitted = trained(random)
        holdout = table(random, 400)
        score = models.scores(fitted.model, models.inputs_of(holdout, INPUTS))
        holds.append(
            all(
                each["holds"] for each in classification.compare(holdout["label"].to_numpy(), score, score * 0.9, TERMS)
            )
        )
    assert all(holds)


def test_the_record_of_a_model_is_whole_until_it_is_changed(client, tmp_path):
    client.create_registered_model("recorded")
    assert lineage.verify(client, "recorded") == []
    heads = [lineage.record("recorded", str(number), {"what": number}) for number in range(3)]
    assert lineage.verify(client, "recorded") == []
    assert client.get_registered_model("recorded").tags[lineage.HEAD] == heads[-1]

    runs = client.search_runs([client.get_experiment_by_name("recorded-record").experiment_id])
    files = [Path(urlsplit(run.info.artifact_uri).path) / lineage.FILE for run in runs]
    for file in files:
        whole = file.read_bytes()
        # any byte, and any of its bits that make another
        for place in range(0, len(whole), 37):
            file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            assert lineage.verify(client, "recorded") != []
            file.write_bytes(whole)
    assert lineage.verify(client, "recorded") == []
    # a record that is not whole is not added to
    files[0].unlink()
    with pytest.raises(
        StepError, match=r"^\[record of recorded\] is not whole, and nothing is added to it: entry 2 cannot be read$"
    ):
        lineage.record("recorded", "4", {})


def test_a_record_without_its_last_entry_is_told(client):
    client.create_registered_model("cut")
    for number in range(2):
        lineage.record("cut", str(number), {})
    runs = client.search_runs(
        [client.get_experiment_by_name("cut-record").experiment_id], order_by=["attributes.start_time"]
    )
    client.delete_run(runs[-1].info.run_id)
    assert [each[:20] for each in lineage.verify(client, "cut")] == [
        "the last entry is " + lineage.chain.hash_of(lineage.read(client, "cut")[0])[:2]
    ]


class TestChain:
    def entries(self, count=4):
        made, previous = [], chain.START
        for number in range(count):
            made.append(chain.seal({"what": number, "who": "Zoë"}, previous, number))
            previous = chain.hash_of(made[-1])
        return made, previous

    def test_every_flipped_byte_is_found(self):
        made, head = self.entries()
        assert chain.faults(made, head) == []
        for number, entry in enumerate(made):
            for place in range(len(entry)):
                for bit in (1, 32, 128):
                    spoilt = entry[:place] + bytes([entry[place] ^ bit]) + entry[place + 1 :]
                    assert chain.faults([*made[:number], spoilt, *made[number + 1 :]], head) != []

    def test_what_is_left_out_put_in_or_moved_is_found(self):
        made, head = self.entries()
        assert chain.faults(made[1:], head) != []
        assert chain.faults(made[:-1], head) != []
        assert chain.faults([made[0], *made], head) != []
        assert chain.faults([made[1], made[0], *made[2:]], head) != []
        assert chain.faults([], head) == [f"there is no entry, and the last should be {head}"]
        assert chain.faults([], None) == []

    def test_an_entry_that_was_sealed_anew_breaks_those_after_it(self):
        made, head = self.entries()
        forged = chain.seal({"what": "else"}, chain.hash_of(made[0]), 1)
        assert chain.faults([made[0], forged, *made[2:]], head) == ["entry 2 does not follow the one before it"]

    def test_numbers_that_are_none_are_no_entry(self):
        with pytest.raises(ValueError, match="not JSON compliant"):
            chain.seal({"x": float("nan")}, chain.START, 0)


class TestTracking:
    def test_what_a_run_keeps_lies_beside_the_database(self, client, address):
        made = tracking.experiment(client, "beside")
        run = client.create_run(made)
        client.log_text(run.info.run_id, "kept", "it.txt")
        (file,) = Path(address.removeprefix("sqlite:///")).parent.glob("artifacts/beside/**/it.txt")
        assert file.read_text() == "kept"

    def test_steps_that_make_a_store_at_once_make_one(self, tmp_path):
        program = (
            "from filiera_steps import tracking; tracking.experiment(tracking.connect(), str(tracking.os.getpid()))"
        )
        env = os.environ | {
            tracking.PATH: f"sqlite:///{tmp_path}/mlflow.db",
            "PYTHONPATH": os.pathsep.join([str(Path(tracking.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]),
        }
        both = [subprocess.Popen([sys.executable, "-c", program], env=env, stderr=subprocess.PIPE) for _ in range(2)]
        ended = [(each.communicate()[1].decode()[-500:], each.returncode) for each in both]
        assert [code for _, code in ended] == [0, 0], ended

    def test_an_address_that_is_none_is_told(self, monkeypatch):
        monkeypatch.delenv(tracking.PATH, raising=False)
        with pytest.raises(
            StepError, match=r"^\[MLFLOW_TRACKING_URI\] found nothing: set it to MLflow's, such as http"
        ):
            tracking.connect()
        monkeypatch.setenv(tracking.PATH, "./mlruns")
        with pytest.raises(StepError, match="found an address that is no server's and no database's"):
            tracking.connect()

    def test_a_server_that_is_not_there_is_told_soon_and_without_its_password(self, monkeypatch):
        monkeypatch.setenv(tracking.PATH, "http://me:secret@127.0.0.1:9")
        with pytest.raises(StepError) as error:
            tracking.connect()
        found = "found no MLflow at http://127.0.0.1:9 (ConnectionError): start it, or mend the address"
        assert error.value.problems == [(tracking.PATH, found)]

    def test_a_server_that_is_not_mlflow_is_told(self, monkeypatch):
        server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv(tracking.PATH, f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(
            StepError, match=r"found an answer 501 of http://127\.0\.0\.1:\d+/health: look whether it is MLflow's$"
        ):
            tracking.connect()
        server.shutdown()


def test_events_are_openlineage_and_are_sent_where_a_server_is_named(monkeypatch):
    taken = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            taken.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("OPENLINEAGE_URL", f"http://127.0.0.1:{server.server_port}")
    run = lineage.new_run()
    found = lineage.events(
        "fraud", run, [{"name": "cards.csv", "version": "abc"}], [{"name": "models/fraud", "version": "1"}]
    )
    server.shutdown()
    assert [each["eventType"] for each in found] == ["START", "COMPLETE"]
    assert [path for path, _ in taken] == ["/api/v1/lineage"] * 2
    last = taken[-1][1]
    assert last["run"]["runId"] == run
    assert last["inputs"][0]["facets"]["version"]["datasetVersion"] == "abc"
    assert last["outputs"][0]["name"] == "models/fraud"
    monkeypatch.setenv("OPENLINEAGE_URL", "http://127.0.0.1:9")
    with pytest.raises(StepError, match=r"^\[OPENLINEAGE_URL\] takes no event \(\w+\): mend it, or leave it out$"):
        lineage.events("fraud", run, [], [])
