"""What an ingestion is told: all that is wrong with it at once, and clients that verify whom they talk to."""

import json
import urllib.error
import urllib.request

import pytest
from filiera_ingestion.metrics import Health, Metrics, serve
from filiera_ingestion.promise import Layout, Promise, read_promise
from filiera_ingestion.settings import kafka_settings, open_store, read_settings
from filiera_steps.errors import StepError

DOCUMENT = {
    "topic": "cards",
    "group": "lake",
    "fields": {"id": "integer", "holder": "text"},
    "batch": {"bytes": 1, "records": 1, "seconds": 1},
    "deadLetters": "dead",
}


@pytest.fixture
def told(tmp_path):
    def read(**changes):
        path = tmp_path / "ingestion.json"
        path.write_text(json.dumps({**DOCUMENT, **changes}))
        return read_settings(path)

    return read


def problems(error):
    return [path for path, _ in error.value.problems]


class TestDocument:
    def test_says_what_is_written_of_the_fields(self, told):
        assert told().columns == {"id": "integer", "holder": "text"}
        assert told(policy={"columns": {"id": {"generalise": {"width": 5}}, "holder": "drop"}}).columns == {
            "id": "number"
        }

    def test_all_that_is_wrong_with_it_is_told_at_once(self, told):
        with pytest.raises(StepError) as error:
            told(batch={"bytes": 0, "records": 1, "seconds": 300}, format="csv")
        assert problems(error) == ["ingestion.format", "ingestion.batch.bytes", "ingestion.batch.seconds"]
        with pytest.raises(StepError) as error:
            told(policy={"columns": {"id": "drop", "name": "drop"}})
        assert error.value.problems == [
            ("policy.columns.name", "is no field: name those of the records"),
            ("policy.columns.holder", "is missing: say what becomes of each field"),
            ("policy.columns", "found that every field is dropped: keep some"),
        ]

    def test_one_that_is_not_there_is_refused(self, tmp_path):
        with pytest.raises(StepError, match=r"cannot be read \(FileNotFoundError\): it says what the ingestion does"):
            read_settings(tmp_path / "ingestion.json")


class TestEnvironment:
    def test_kafka_is_reached_over_tls_with_a_password_or_a_certificate(self, monkeypatch):
        for name in ("USERNAME", "PASSWORD", "CA", "CERTIFICATE", "KEY"):
            monkeypatch.delenv(f"FILIERA_KAFKA_{name}", raising=False)
        monkeypatch.setenv("FILIERA_KAFKA_SERVERS", "b:9093")
        monkeypatch.setenv("FILIERA_KAFKA_CA", "/ca.crt")
        monkeypatch.setenv("FILIERA_KAFKA_CERTIFICATE", "/user.crt")
        with pytest.raises(StepError, match=r"^\[FILIERA_KAFKA_KEY\] is not set: the Ingestion construct sets it"):
            kafka_settings(print)
        monkeypatch.setenv("FILIERA_KAFKA_KEY", "/user.key")
        assert kafka_settings(print) == {
            "bootstrap.servers": "b:9093",
            "security.protocol": "SSL",
            "ssl.ca.location": "/ca.crt",
            "ssl.certificate.location": "/user.crt",
            "ssl.key.location": "/user.key",
            "error_cb": print,
            "log_level": 0,
        }
        monkeypatch.setenv("FILIERA_KAFKA_USERNAME", "lake")
        monkeypatch.setenv("FILIERA_KAFKA_PASSWORD", "secret")
        assert kafka_settings(print)["security.protocol"] == "SASL_SSL"

    def test_a_store_is_s3_or_a_folder(self, monkeypatch, tmp_path):
        monkeypatch.setenv("FILIERA_STORE", f"file://{tmp_path}/lake")
        assert open_store()[1] == f"{tmp_path}/lake"
        monkeypatch.setenv("FILIERA_STORE", "gs://lake")
        with pytest.raises(StepError, match=r'^\[FILIERA_STORE\] found the scheme "gs": allowed are s3 and file'):
            open_store()

    def test_a_store_is_reached_by_a_whole_key_or_as_the_pod(self, monkeypatch):
        for name, value in (
            ("", "s3://lake/payments"),
            ("_URL", "https://s3.example.com"),
            ("_REGION", "eu-central-1"),
        ):
            monkeypatch.setenv(f"FILIERA_STORE{name}", value)
        assert open_store()[1] == "lake/payments"
        monkeypatch.setenv("FILIERA_STORE_ACCESS_KEY_ID", "lake")
        with pytest.raises(StepError, match=r"^\[FILIERA_STORE_SECRET_ACCESS_KEY\] is not set"):
            open_store()


def test_a_promise_is_read_as_it_was_written_and_nothing_else_is_one():
    for layout in (Layout("parquet", False), Layout("json-lines", True)):
        assert read_promise(Promise(12, layout).text()) == Promise(12, layout)
    for other in (None, "", "filiera-1 x parquet whole", "filiera-2 1 parquet whole", "somebody's"):
        assert read_promise(other) is None


def test_metrics_and_health_are_told_over_http():
    now = [0.0]
    metrics, health = Metrics(topic='a"b\\'), Health(10, lambda: now[0])
    server = serve(metrics, health, "127.0.0.1", 0)

    def get(path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}{path}") as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    try:
        metrics.add("records_dead_total", 2, reason="no JSON")
        metrics.set("lag_records", 7, partition="1")
        status, text = get("/metrics")
        assert status == 200
        assert 'filiera_ingestion_records_dead_total{topic="a\\"b\\\\",reason="no JSON"} 2\n' in text
        assert 'filiera_ingestion_lag_records{topic="a\\"b\\\\",partition="1"} 7\n' in text
        metrics.forget(partition="1")
        assert "filiera_ingestion_lag_records{" not in get("/metrics")[1]
        assert (get("/healthz")[0], get("/readyz")[0], get("/")[0]) == (200, 503, 404)
        health.ready = True
        now[0] = 11
        assert (get("/healthz")[0], get("/readyz")[0]) == (503, 200)
        health.beat()
        assert get("/healthz")[0] == 200
    finally:
        server.shutdown()
        server.server_close()
