import secrets
from pathlib import Path
from urllib.parse import quote

import pytest
from mlflow_migrate import MigrationError, auth_uri, backend_uri, redact, secrets_in

URI = "postgresql+psycopg2://mlflow@db:5432/mlflow?sslmode=verify-full"


def ini(folder: Path, text: str) -> dict[str, str]:
    path = folder / "basic_auth.ini"
    path.write_text(text)
    return {"MLFLOW_AUTH_CONFIG_PATH": str(path)}


def test_the_backend_is_the_server_s() -> None:
    assert backend_uri({"MLFLOW_BACKEND_STORE_URI": URI}) == URI


def test_a_missing_backend_says_what_to_set() -> None:
    with pytest.raises(MigrationError, match="^MLFLOW_BACKEND_STORE_URI is not set: "):
        backend_uri({})


def test_a_bare_scheme_is_refused_before_a_driver_is_missed() -> None:
    with pytest.raises(MigrationError, match="write postgresql\\+psycopg2://$"):
        backend_uri({"MLFLOW_BACKEND_STORE_URI": URI.replace("+psycopg2", "")})


def test_without_an_ini_there_is_no_sign_in() -> None:
    assert auth_uri({}) is None


def test_the_ini_s_doubled_percent_signs_are_undone(tmp_path: Path) -> None:
    env = ini(tmp_path, "[mlflow]\ndatabase_uri = postgresql+psycopg2://m:a%%40b@db/m\n")
    assert auth_uri(env) == "postgresql+psycopg2://m:a%40b@db/m"


def test_a_single_percent_sign_is_named_without_quoting_the_line(tmp_path: Path) -> None:
    env = ini(tmp_path, "[mlflow]\ndatabase_uri = postgresql+psycopg2://m:a%40b@db/m\n")
    with pytest.raises(MigrationError) as error:
        auth_uri(env)
    assert str(error.value).endswith("write every % in database_uri twice")
    assert "a%40b" not in str(error.value)


def test_a_missing_ini_is_named() -> None:
    with pytest.raises(MigrationError, match="^MLFLOW_AUTH_CONFIG_PATH: no file at /none$"):
        auth_uri({"MLFLOW_AUTH_CONFIG_PATH": "/none"})


def test_a_missing_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match="NoOptionError at \\[mlflow\\] database_uri$"):
        auth_uri(ini(tmp_path, "[mlflow]\n"))


def test_no_spelling_of_a_password_is_printed() -> None:
    raw = secrets.token_urlsafe(8) + 'a"b\\c$@/%'
    quoted = quote(raw, safe="")
    hidden = secrets_in({"PGPASSWORD": "other"}, [f"postgresql+psycopg2://m:{quoted}@db/m"])
    assert redact(f"{raw} {quoted} other db", hidden) == "*** *** *** db"
