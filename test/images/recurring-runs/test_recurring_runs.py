"""The program against a server in memory, by Kubeflow's own client; test/real/recurring asks a real one."""

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import recurring_runs
from recurring_state import StateError, parse

NIGHTLY = {
    "name": "nightly",
    "schedule": {"cron": "0 30 3 * * mon-fri"},
    "parameters": {"rate": 0.5},
    "maxConcurrency": 1,
    "catchup": False,
    "experiment": "Default",
}
HOURLY = {**NIGHTLY, "name": "hourly", "schedule": {"intervalSeconds": 3600}}


class Server(ThreadingHTTPServer):
    """What the API of Kubeflow Pipelines 2.17 does with recurring runs, without schedules."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.runs: dict[str, dict[str, Any]] = {}
        self.experiments: dict[str, str] = {}
        self.versions = {"v1": "id-of-v1", "v2": "id-of-v2"}
        self.asked: list[str] = []
        self.tokens: set[str | None] = set()
        self.refused = ""
        self.page = 200
        self.ids = (f"run-{number}" for number in itertools.count(1))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: dict[str, Any]) -> dict[str, Any]:
        """One request; KeyError where there is nothing."""
        match method, path.removeprefix("/apis/v2beta1/").split("/"):
            case "GET", ["pipelines", "names", "training"]:
                return {"pipeline_id": "id-of-training"}
            case "GET", ["pipelines", "id-of-training", "versions"]:
                found = self.versions.get(wanted(query, "name"))
                return {"pipeline_versions": [{"pipeline_version_id": found}]} if found else {}
            case "GET", ["experiments"]:
                found = self.experiments.get(wanted(query, "display_name"))
                return {"experiments": [{"experiment_id": found}]} if found else {}
            case "POST", ["experiments"]:
                name = body["display_name"]
                self.experiments[name] = f"id-of-{name}"
                return {"experiment_id": self.experiments[name]}
            case "GET", ["recurringruns"]:
                start = int(query.get("page_token", ["0"])[0] or 0)
                end = start + self.page
                token = {"next_page_token": str(end)} if end < len(self.runs) else {}
                return {"recurringRuns": list(self.runs.values())[start:end], **token}
            case "POST", ["recurringruns"]:
                if body["display_name"] == self.refused:
                    raise ValueError("not today\nat server.go:1")
                run_id = next(self.ids)
                made = {"recurring_run_id": run_id, "created_at": datetime.now(UTC).isoformat()}
                self.runs[run_id] = {**body, **made, "status": body["mode"] + "D"}
                return self.runs[run_id]
            case "POST", ["recurringruns", change]:
                run_id, _, verb = change.partition(":")
                self.runs[run_id]["status"] = verb.upper() + "D"
                return {}
            case "DELETE", ["recurringruns", run_id]:
                assert query["propagation_policy"] == ["ORPHAN"]
                del self.runs[run_id]
                return {}
        raise KeyError(path)


class Handler(BaseHTTPRequestHandler):
    """HTTP around it."""

    server: Server

    def respond(self) -> None:
        url = urlsplit(self.path)
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or "{}")
        self.server.asked.append(f"{self.command} {url.path}")
        self.server.tokens.add(self.headers.get("authorization"))
        try:
            status, said = 200, self.server.answer(self.command, url.path, parse_qs(url.query), body)
        except KeyError:
            status, said = 404, {"code": 5, "message": "nothing there"}
        except ValueError as error:
            status, said = 400, {"code": 3, "message": str(error)}
        content = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = respond

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def wanted(query: dict[str, list[str]], key: str) -> str:
    """What a filter asks for."""
    [predicate] = json.loads(query["filter"][0])["predicates"]
    assert (predicate["operation"], predicate["key"]) == ("EQUALS", key)
    return predicate["string_value"]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as serving:
        Thread(target=serving.serve_forever, args=(0.01,), daemon=True).start()
        yield serving
        serving.shutdown()


@pytest.fixture
def ship(server, tmp_path: Path, monkeypatch, capsys):
    """Runs the program on a document; its status, its lines, its complaints."""

    def run(*runs: dict[str, Any], version: str = "v1", **more: object) -> tuple[int, list[str], str]:
        document = tmp_path / "state.json"
        document.write_text(json.dumps({"pipeline": "training", "version": version, "runs": runs, **more}))
        monkeypatch.setenv("KFP_API_URL", server.url)
        status = recurring_runs.main([str(document), "--wait-seconds", "0"])
        said = capsys.readouterr()
        return status, said.out.splitlines(), said.err

    return run


def test_makes_what_is_declared_once(server, ship):
    assert ship(NIGHTLY, HOURLY) == (0, ["recurring run hourly: created", "recurring run nightly: created"], "")
    made = server.runs["run-2"]
    assert made["description"].startswith("[filiera training/nightly ")
    assert {name: made[name] for name in made.keys() - {"description", "created_at"}} == {
        "recurring_run_id": "run-2",
        "display_name": "nightly",
        "experiment_id": "id-of-Default",
        "max_concurrency": "1",
        "mode": "ENABLE",
        "no_catchup": True,
        "pipeline_version_reference": {"pipeline_id": "id-of-training", "pipeline_version_id": "id-of-v1"},
        "runtime_config": {"parameters": {"rate": 0.5}},
        "status": "ENABLED",
        "trigger": {"cron_schedule": {"cron": "0 30 3 * * mon-fri"}},
    }
    server.asked.clear()
    assert ship(NIGHTLY, HOURLY) == (0, ["nothing changed: 2 recurring runs are as declared"], "")
    assert {request.split()[0] for request in server.asked} == {"GET"}


@pytest.mark.parametrize(
    "change",
    [
        {"schedule": {"cron": "0 31 3 * * *"}},
        {"parameters": {"rate": 1}},
        {"maxConcurrency": 2},
        {"catchup": True},
        {"experiment": "other"},
        {"serviceAccount": "trainer"},
        {"description": "Each night."},
    ],
)
def test_makes_anew_what_changed_and_nothing_else(server, ship, change):
    ship(NIGHTLY, HOURLY)
    status, lines, _ = ship({**NIGHTLY, **change}, HOURLY)
    assert (status, lines) == (
        0,
        ["recurring run nightly: created", "recurring run nightly: run-2 deleted, since it is replaced"],
    )
    assert set(server.runs) == {"run-1", "run-3"}


def test_makes_the_new_one_before_it_deletes_the_old(server, ship):
    ship(NIGHTLY)
    server.asked.clear()
    ship(NIGHTLY, version="v2")
    changes = [request.split()[0] for request in server.asked if not request.startswith("GET")]
    assert changes == ["POST", "DELETE"]


def test_one_of_a_version_that_was_made_anew_is_made_anew(server, ship):
    ship(NIGHTLY)
    server.versions["v1"] = "another-id"
    assert len(ship(NIGHTLY)[1]) == 2


@pytest.mark.parametrize(("enabled", "then"), [(None, "DISABLED"), (True, "ENABLED"), (False, "DISABLED")])
def test_a_pause_of_a_person_holds_unless_it_is_declared(server, ship, enabled, then):
    declared = NIGHTLY if enabled is None else {**NIGHTLY, "enabled": enabled}
    for version in ("v1", "v2"):
        ship(declared, version=version)
        [run] = server.runs.values()
        run["status"] = "DISABLED"
        ship(declared, version=version)
        assert [run["status"] for run in server.runs.values()] == [then]
    ship(declared, version="v1")
    assert [run["status"] for run in server.runs.values()] == [then]


def test_an_interval_keeps_its_beat(server, ship):
    ship(HOURLY)
    began = datetime.now(UTC) - timedelta(hours=5, minutes=20)
    server.runs["run-1"]["created_at"] = began.isoformat()
    ship(HOURLY, version="v2")
    start = server.runs["run-2"]["trigger"]["periodic_schedule"]["start_time"]
    assert datetime.fromisoformat(start) == began + timedelta(hours=5)


def test_leaves_what_is_not_its_own(server, ship):
    ship(NIGHTLY)
    ours = server.runs["run-1"]
    mark = ours["description"]
    others = {
        "copy": {**ours, "display_name": "Clone of nightly"},
        "other release": {**ours, "description": mark.replace("training/", "scoring/")},
        "longer": {**ours, "description": f"{mark} is filiera's mark"},
        "quoted": {**ours, "description": f"see {mark}"},
        "plain": {**ours, "description": ""},
    }
    server.runs |= {name: {**run, "recurring_run_id": name} for name, run in others.items()}
    server.page = 2
    assert ship()[1] == ["recurring run nightly: run-1 deleted, since it is no longer declared"]
    assert set(server.runs) == set(others)


def test_one_that_is_refused_holds_up_no_other(server, ship):
    server.refused = "hourly"
    status, lines, complaints = ship(NIGHTLY, HOURLY)
    assert (status, lines) == (1, ["recurring run nightly: created"])
    assert complaints == "error: recurring run 'hourly': status 400: not today\n"


def test_gives_up_on_a_version_that_does_not_come(server, ship):
    status, _, complaints = ship(NIGHTLY, version="v9")
    assert status == 1
    assert complaints.startswith(f"error: gave up after 0 s on {server.url}: it has no version v9 of training; ")


def test_names_the_namespace_and_brings_the_token_where_there_are_several_users(server, ship, tmp_path, monkeypatch):
    token = tmp_path / "token"
    token.write_text("secret\n")
    monkeypatch.setenv("KFP_TOKEN_FILE", str(token))
    ship(NIGHTLY, namespace="team")
    assert server.tokens == {"Bearer secret"}
    assert [run["namespace"] for run in server.runs.values()] == ["team"]


def test_says_what_is_wrong_with_its_surroundings(ship, monkeypatch, capsys, tmp_path):
    missing = tmp_path / "none"
    assert recurring_runs.main([str(missing)]) == 1
    assert "mount the state's ConfigMap there" in capsys.readouterr().err
    monkeypatch.setenv("KFP_TOKEN_FILE", str(missing))
    assert (
        ship(NIGHTLY)[2] == f"error: can't read {missing}: No such file or directory; mount the account's token there\n"
    )
    monkeypatch.delenv("KFP_TOKEN_FILE")
    monkeypatch.setenv("SSL_CERT_FILE", str(missing))
    assert "mount the CA bundle there" in ship(NIGHTLY)[2]
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setattr(recurring_runs.os, "environ", {"KFP_API_URL": "kubeflow"})
    (tmp_path / "state.json").write_text(json.dumps({"pipeline": "training", "version": "v1", "runs": []}))
    assert recurring_runs.main([str(tmp_path / "state.json")]) == 1
    assert "must be http://host:port or https://host:port" in capsys.readouterr().err


def test_tells_every_problem_of_a_document():
    runs = [{**NIGHTLY, "maxConcurrency": 11}, NIGHTLY, {**HOURLY, "schedule": {}, "cron": "x", "catchup": 1}]
    with pytest.raises(StateError) as raised:
        parse({"pipeline": "training", "runs": runs})
    assert str(raised.value).splitlines() == [
        "state.version is missing",
        "runs[0].maxConcurrency must be at most 10",
        "runs[2].cron is unknown; allowed: catchup, description, enabled, experiment, maxConcurrency, name, "
        "parameters, schedule, serviceAccount",
        "runs[2].catchup must be true or false",
        "runs[2].schedule must have cron or intervalSeconds, and not both",
        "run 'nightly' is declared twice",
    ]
    with pytest.raises(StateError, match=r"runs\[0\]\.description is \d+ characters too long"):
        parse({"pipeline": "training", "version": "v1", "runs": [{**NIGHTLY, "description": "x" * 250}]})
