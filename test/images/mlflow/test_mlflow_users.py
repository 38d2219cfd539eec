import base64
import secrets
from pathlib import Path

import pytest
from mlflow_users import Login, UsersError, basic, server_from, users_in

PASSWORD = secrets.token_urlsafe(12) + 'a"b\\c$@/%:'


def test_a_file_is_a_user_and_a_secret_s_own_entries_are_not(tmp_path: Path) -> None:
    (tmp_path / "trainer").write_text(PASSWORD)
    (tmp_path / "..data").mkdir()
    assert users_in(tmp_path, "admin") == [Login("trainer", PASSWORD)]


def test_every_problem_is_told_at_once_and_no_password(tmp_path: Path) -> None:
    (tmp_path / "admin").write_text(PASSWORD)
    (tmp_path / "a:b").write_text(PASSWORD)
    (tmp_path / "c").write_text("short\n")
    (tmp_path / "d").write_text(PASSWORD + "é", encoding="utf-8")
    with pytest.raises(UsersError) as error:
        users_in(tmp_path, "admin")
    assert str(error.value).split("; ") == [
        "a:b: a user name can't hold a colon",
        "admin is the admin: leave it out of the folder",
        "c: the password has fewer than 12 characters",
        "c: the password starts or ends with a line break",
        "d: the name and the password must be ASCII",
    ]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsersError, match="^no folder at .*/none$"):
        users_in(tmp_path / "none", "admin")


def test_the_server_comes_from_mlflow_s_own_variables() -> None:
    env = {
        "MLFLOW_TRACKING_URI": "http://mlflow:5000/",
        "MLFLOW_TRACKING_USERNAME": "admin",
        "MLFLOW_TRACKING_PASSWORD": PASSWORD,
    }
    assert server_from(env).uri == "http://mlflow:5000"
    assert server_from(env).admin == Login("admin", PASSWORD)


def test_missing_variables_are_listed() -> None:
    with pytest.raises(UsersError, match="^set MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD$"):
        server_from({"MLFLOW_TRACKING_URI": "http://mlflow:5000"})


def test_a_password_s_colons_stay_in_the_password() -> None:
    decoded = base64.b64decode(basic(Login("m", PASSWORD)).removeprefix("Basic ")).decode()
    assert decoded.partition(":")[2] == PASSWORD
