"""The parts of the MinIO setup that need no server."""

from pathlib import Path

import pytest
from minio.lifecycleconfig import LifecycleConfig
from minio.xml import marshal, unmarshal
from minio_buckets import noncurrent_rule
from minio_setup import main, server_from
from minio_state import SetupError, parse
from minio_users import admin_error, normal_policy

READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"]}]}


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """A mounted Secret with one good secret key, of characters that shells and JSON dislike."""
    (tmp_path / "mlflow").write_text('a"b\\c$@/% é')
    return tmp_path


def problems(document: object, secrets: Path) -> list[str]:
    """What parse complains of."""
    with pytest.raises(SetupError) as caught:
        parse(document, secrets)
    return str(caught.value).splitlines()


def user(**changes: object) -> dict[str, object]:
    """A user entry, with changes."""
    return {"accessKey": "mlflow", "secretFile": "mlflow", "policy": READ} | changes


def test_a_bucket_leaves_alone_what_it_does_not_declare(secrets: Path) -> None:
    bucket = parse({"buckets": [{"name": "mlflow"}], "users": []}, secrets).buckets[0]
    assert (bucket.versioning, bucket.lifecycle) == (None, None)


@pytest.mark.parametrize(("lifecycle", "days"), [([], ()), ([{"expireNoncurrentAfterDays": 30}], (30,))])
def test_a_bucket_says_how_long_versions_are_kept(secrets: Path, lifecycle: object, days: tuple[int, ...]) -> None:
    document = {"buckets": [{"name": "mlflow", "versioning": True, "lifecycle": lifecycle}], "users": []}
    bucket = parse(document, secrets).buckets[0]
    assert (bucket.versioning, bucket.lifecycle) == (True, days)


def test_a_secret_key_is_taken_as_it_stands(secrets: Path) -> None:
    (got,) = parse({"buckets": [], "users": [user()]}, secrets).users
    assert (got.access_key, got.secret_key, got.policy_name) == ("mlflow", 'a"b\\c$@/% é', "filiera-mlflow")


def test_every_problem_of_a_document_is_reported_at_once(secrets: Path) -> None:
    (secrets / "padded").write_text("long-enough\n")
    (secrets / "short").write_text("1234567")
    document = {
        "buckets": [
            {"name": "Models", "versionning": True},
            {"name": "audit", "lifecycle": [{"expireNoncurrentAfterDays": 0}, {"expireAfterDays": 7}]},
        ],
        "users": [
            user(),
            user(),
            user(accessKey="a=b", secretFile="padded"),
            user(accessKey="short", secretFile="short"),
            user(accessKey="gone", secretFile="gone"),
            user(accessKey="climb", secretFile="../mlflow"),
            "x",
        ],
    }
    assert problems(document, secrets) == [
        "buckets[0].versionning is unknown; allowed: lifecycle, name, versioning",
        "buckets[0].name 'Models' is no bucket name: 3 to 63 of a-z, 0-9, '-' and '.'",
        "buckets[1].lifecycle has 2 rules; a bucket has one at most",
        "buckets[1].lifecycle[0].expireNoncurrentAfterDays must be a whole number, one or more",
        "buckets[1].lifecycle[1].expireAfterDays is unknown; allowed: expireNoncurrentAfterDays",
        "buckets[1].lifecycle[1].expireNoncurrentAfterDays is missing",
        "users[2].accessKey 'a=b' must be 3 to 62 letters, digits, '.', '_' or '-'",
        f"user 'a=b': {secrets}/padded begins or ends with white space; write the secret key alone",
        f"user 'short': {secrets}/short is shorter than 8 characters; MinIO refuses it",
        f"user 'gone': can't read {secrets}/gone (No such file or directory); mount the Secret's key 'gone' there",
        "user 'climb': secretFile '../mlflow' must be a file's name, not a path",
        "users[6] must be an object",
        "user 'mlflow' is declared twice",
    ]


def test_true_is_no_number_of_days(secrets: Path) -> None:
    document = {"buckets": [{"name": "mlflow", "lifecycle": [{"expireNoncurrentAfterDays": True}]}], "users": []}
    assert problems(document, secrets) == [
        "buckets[0].lifecycle[0].expireNoncurrentAfterDays must be a whole number, one or more"
    ]


def test_a_policy_equals_what_the_server_makes_of_it() -> None:
    declared = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "",
                "Effect": "Allow",
                "Action": ["s3:PutObject", "s3:GetObject"],
                "Resource": "arn:aws:s3:::data/a/*",
                "Condition": {"StringLike": {"s3:prefix": "a/*"}},
            }
        ],
    }
    served = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": ["arn:aws:s3:::data/a/*"],
                "Condition": {"StringLike": {"s3:prefix": ["a/*"]}},
            }
        ],
    }
    assert normal_policy(declared) == normal_policy(served)
    served["Statement"][0]["Resource"] = ["arn:aws:s3:::data/*"]
    assert normal_policy(declared) != normal_policy(served)


def test_an_expiry_rule_survives_the_way_to_the_server_and_back() -> None:
    sent = marshal(LifecycleConfig([noncurrent_rule(30)]))
    assert marshal(unmarshal(LifecycleConfig, sent.decode())) == sent
    assert marshal(LifecycleConfig([noncurrent_rule(7)])) != sent


def test_an_admin_error_gives_its_code_and_message() -> None:
    text = 'admin request failed; Status: 404, Body: {"Code":"XMinioAdminNoSuchUser","Message":"no user"}'
    assert admin_error(RuntimeError(text)) == ("XMinioAdminNoSuchUser", "no user")
    assert admin_error(RuntimeError("admin request failed; Status: 502, Body: <html>"))[0] == ""


@pytest.mark.parametrize("endpoint", ["http://minio:9000", "minio:9000", "https://minio:9000/bucket"])
def test_an_endpoint_that_is_not_a_bare_https_address_is_refused(endpoint: str) -> None:
    with pytest.raises(SetupError) as caught:
        server_from({"MINIO_ENDPOINT": endpoint, "MINIO_ROOT_USER": "root", "MINIO_ROOT_PASSWORD": "x"})
    assert str(caught.value) == f"MINIO_ENDPOINT is {endpoint!r}; it must be https://host or https://host:port"


def test_an_unset_environment_is_named_and_the_program_fails(
    secrets: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("MINIO_ENDPOINT", "MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    document = secrets / "state.json"
    document.write_text('{"buckets": [], "users": []}')
    assert main([str(document), str(secrets)]) == 1
    assert capsys.readouterr().err == (
        "error: the environment lacks MINIO_ENDPOINT, MINIO_ROOT_USER, MINIO_ROOT_PASSWORD\n"
    )
