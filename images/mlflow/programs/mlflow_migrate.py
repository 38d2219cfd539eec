"""Brings MLflow's database to this image's schema and its admin to the wanted password.

Reads what the server reads: MLFLOW_BACKEND_STORE_URI, the ini at MLFLOW_AUTH_CONFIG_PATH and
MLFLOW_AUTH_ADMIN_USERNAME / MLFLOW_AUTH_ADMIN_PASSWORD. Safe to run again, and beside itself.
"""

from __future__ import annotations

import argparse
import configparser
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

# Any number will do, as long as every run of this program takes the same one.
LOCK = 0x6D6C666C6F77
SECRET_VARIABLES = ("MLFLOW_AUTH_ADMIN_PASSWORD", "PGPASSWORD")


class MigrationError(Exception):
    """A reason to stop, worded for the person who reads the Job's log."""


def backend_uri(env: Mapping[str, str]) -> str:
    uri = env.get("MLFLOW_BACKEND_STORE_URI", "")
    scheme = urlsplit(uri).scheme
    if not scheme:
        raise MigrationError(
            "MLFLOW_BACKEND_STORE_URI is not set: set it to the server's database, "
            "postgresql+psycopg2://user@host:5432/name"
        )
    # SQLAlchemy 2.1 reads a bare postgresql:// as psycopg 3, which this image lacks.
    if scheme == "postgresql":
        raise MigrationError("MLFLOW_BACKEND_STORE_URI starts with postgresql://: write postgresql+psycopg2://")
    return uri


def auth_uri(env: Mapping[str, str]) -> str | None:
    """The ini's database_uri, or None where the server runs without basic sign-in."""
    path = env.get("MLFLOW_AUTH_CONFIG_PATH")
    if not path:
        return None
    ini = configparser.ConfigParser()
    try:
        if not ini.read(path):
            raise MigrationError(f"MLFLOW_AUTH_CONFIG_PATH: no file at {path}")
        return ini.get("mlflow", "database_uri")
    except configparser.InterpolationError:
        raise MigrationError(f"{path}: write every % in database_uri twice") from None
    except configparser.Error as error:
        # The parser's own words quote the line, and the line may hold a password.
        raise MigrationError(f"{path}: {type(error).__name__} at [mlflow] database_uri") from None


def secrets_in(env: Mapping[str, str], uris: list[str]) -> list[str]:
    """Every spelling of every password in sight, longest first so that none hides another."""
    found = {env.get(name, "") for name in SECRET_VARIABLES}
    found |= {urlsplit(uri).password or "" for uri in uris}
    spellings = {form for secret in found for form in (secret, unquote(secret), quote(secret, ""))}
    return sorted(spellings - {""}, key=len, reverse=True)


def redact(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def wait_for(connect: Callable[[], Connection], what: str, seconds: float) -> Connection:
    from sqlalchemy.exc import OperationalError

    deadline = time.monotonic() + seconds
    while True:
        try:
            return connect()
        except OperationalError as error:
            if time.monotonic() > deadline:
                raise MigrationError(f"{what} did not answer in {seconds:g} s: {error.orig}") from None
            print(f"waiting for {what}", flush=True)
            time.sleep(2)


@contextmanager
def locked(engine: Engine, seconds: float) -> Iterator[None]:
    """Holds the database for one migration at a time; a second run waits for the first."""
    from sqlalchemy import text

    what = f"the database at {engine.url.host}:{engine.url.port}/{engine.url.database}"
    with wait_for(engine.connect, what, seconds) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": LOCK})
        yield


def migrate_tracking(engine: Engine) -> None:
    from mlflow.store.db import utils
    from sqlalchemy import inspect

    # MLflow asks "is the database empty?", which its own sign-in tables in the same one spoil.
    if inspect(engine).has_table("experiments"):
        utils._upgrade_db(engine)
    else:
        utils._initialize_tables(engine)


def migrate_auth() -> str:
    """Migrates the sign-in tables and makes the admin; returns what became of the admin."""
    from mlflow.server import auth
    from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

    name, password = auth.auth_config.admin_username, auth.auth_config.admin_password
    auth._validate_bootstrap_admin_username(name)
    auth._validate_bootstrap_admin_password(name, password)
    # Its artifact routes decode the header as ASCII, so another password would half work.
    if not (name + password).isascii():
        raise MigrationError("MLFLOW_AUTH_ADMIN_USERNAME and _PASSWORD must be ASCII")
    store = SqlAlchemyStore()
    store.init_db(auth.auth_config.database_uri)
    if not store.has_user(name):
        store.create_user(name, password, is_admin=True)
        return f"created admin {name}"
    # The server reads the password at its first start only, so a rotated Secret is ours to apply.
    if store.authenticate_user(name, password) and store.get_user(name).is_admin:
        return f"admin {name} is as wanted"
    store.update_user(name, password=password, is_admin=True)
    return f"gave admin {name} its new password"


def run(env: Mapping[str, str], seconds: float) -> None:
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    engine = create_engine(backend_uri(env), poolclass=NullPool)
    with locked(engine, seconds):
        migrate_tracking(engine)
        print("tracking schema is current", flush=True)
        if auth_uri(env):
            print(migrate_auth(), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wait", type=float, default=120, help="seconds to wait for the database")
    seconds = parser.parse_args().wait
    secrets: list[str] = []
    try:
        secrets = secrets_in(os.environ, [os.environ.get("MLFLOW_BACKEND_STORE_URI", "")])
        secrets = secrets_in(os.environ, [backend_uri(os.environ), auth_uri(os.environ) or ""])
        run(os.environ, seconds)
    except Exception as error:  # noqa: BLE001 - a traceback could quote a connection string
        print(f"{type(error).__name__}: {redact(str(error), secrets)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
