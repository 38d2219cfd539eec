"""Makes sure that MLflow has the users of a folder, with their passwords and without admin rights.

Each file of the folder is a user: its name is the user's, its content the password. Signs in as
MLFLOW_TRACKING_USERNAME / MLFLOW_TRACKING_PASSWORD at MLFLOW_TRACKING_URI. A user who is not in
the folder is left alone, and so are permissions.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.parse import quote

API = "/api/2.0/mlflow/users"
# MLflow's own rule (mlflow/utils/validation.py).
SHORTEST_PASSWORD = 12
REQUEST_SECONDS = 30


class UsersError(Exception):
    """A reason to stop, worded for the person who reads the Job's log."""


@dataclass(frozen=True)
class Login:
    username: str
    password: str


@dataclass(frozen=True)
class Server:
    uri: str
    admin: Login


def server_from(env: Mapping[str, str]) -> Server:
    names = ("MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD")
    missing = [name for name in names if not env.get(name)]
    if missing:
        raise UsersError(f"set {', '.join(missing)}")
    uri, username, password = (env[name] for name in names)
    return Server(uri.rstrip("/"), Login(username, password))


def users_in(folder: Path, admin: str) -> list[Login]:
    """The folder's users, by name; a mounted Secret's own ..data entries are no users."""
    if not folder.is_dir():
        raise UsersError(f"no folder at {folder}")
    files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    users = [Login(path.name, path.read_text(encoding="utf-8")) for path in files]
    problems = [problem for user in users for problem in problems_of(user, admin)]
    if problems:
        raise UsersError("; ".join(problems))
    return users


def problems_of(user: Login, admin: str) -> list[str]:
    problems = []
    if user.username == admin:
        problems.append(f"{user.username} is the admin: leave it out of the folder")
    # MLflow's artifact routes decode the header as ASCII (mlflow/server/auth, 3.17.2).
    if not (user.username + user.password).isascii():
        problems.append(f"{user.username}: the name and the password must be ASCII")
    if ":" in user.username:
        problems.append(f"{user.username}: a user name can't hold a colon")
    if len(user.password) < SHORTEST_PASSWORD:
        problems.append(f"{user.username}: the password has fewer than {SHORTEST_PASSWORD} characters")
    # Prometheus and browsers send the password as it is written, line end and all.
    if user.password != user.password.strip("\r\n"):
        problems.append(f"{user.username}: the password starts or ends with a line break")
    return problems


def basic(login: Login) -> str:
    pair = f"{login.username}:{login.password}".encode()
    return "Basic " + base64.b64encode(pair).decode("ascii")


def call(uri: str, login: Login | None, method: str, path: str, body: object = None) -> tuple[int, str]:
    headers = {"Authorization": basic(login)} if login else {}
    data = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        data = json.dumps(body).encode()
    request = urllib.request.Request(uri + path, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=REQUEST_SECONDS) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")


def expect_ok(what: str, answer: tuple[int, str]) -> str:
    status, text = answer
    if status != 200:
        raise UsersError(f"{what}: the server answered {status}: {text[:300]}")
    return text


def wait_until_up(uri: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            status, reason = call(uri, None, "GET", "/health")
        except (OSError, HTTPException) as error:
            status, reason = 0, str(error)
        if status == 200:
            return
        if time.monotonic() > deadline:
            raise UsersError(f"{uri}/health was not 200 in {seconds:g} s: {status or ''} {reason}")
        print(f"waiting for {uri}/health", flush=True)
        time.sleep(2)


def ensure(server: Server, user: Login) -> str:
    """Brings one user to the wanted state; returns what was done."""
    query = f"{API}/get?username={quote(user.username, safe='')}"
    answer = call(server.uri, server.admin, "GET", query)
    if answer[0] == 404:
        body = {"username": user.username, "password": user.password}
        made = call(server.uri, server.admin, "POST", f"{API}/create", body)
        expect_ok(f"creating {user.username}", made)
        return "created"

    done = []
    if json.loads(expect_ok(f"reading {user.username}", answer))["user"]["is_admin"]:
        body = {"username": user.username, "is_admin": False}
        demoted = call(server.uri, server.admin, "PATCH", f"{API}/update-admin", body)
        expect_ok(f"taking admin rights from {user.username}", demoted)
        done.append("no longer admin")
    if call(server.uri, user, "GET", f"{API}/current")[0] == 401:
        body = {"username": user.username, "password": user.password}
        changed = call(server.uri, server.admin, "PATCH", f"{API}/update-password", body)
        expect_ok(f"changing the password of {user.username}", changed)
        done.append("new password")
    return ", ".join(done) or "as wanted"


def run(env: Mapping[str, str], folder: Path, seconds: float) -> None:
    server = server_from(env)
    users = users_in(folder, server.admin.username)
    wait_until_up(server.uri, seconds)
    expect_ok(
        f"signing in as {server.admin.username}",
        call(server.uri, server.admin, "GET", f"{API}/current"),
    )
    for user in users:
        print(f"{user.username}: {ensure(server, user)}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="one file a user")
    parser.add_argument("--wait", type=float, default=300, help="seconds to wait for the server")
    arguments = parser.parse_args()
    try:
        run(os.environ, arguments.folder, arguments.wait)
    except (UsersError, OSError, HTTPException) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
