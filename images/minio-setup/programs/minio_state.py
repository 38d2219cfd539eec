"""The declared state: which buckets and which consumers a MinIO server shall hold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

POLICY_PREFIX = "filiera-"
"""Marks a policy as ours, and with it its user: one without it is never touched."""

BUCKET_NAME = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
ACCESS_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,61}")
SECRET_KEY_MINIMUM = 8
"""MinIO refuses a shorter one (internal/auth/credentials.go)."""
TYPES = {str: "a string", bool: "true or false", int: "a whole number, one or more", list: "a list", dict: "an object"}


class SetupError(Exception):
    """A problem the reader can fix; its text is all that is printed."""


@dataclass(frozen=True)
class Bucket:
    """A bucket; None means: as it is on the server."""

    name: str
    versioning: bool | None
    lifecycle: tuple[int, ...] | None
    """Days after which noncurrent versions expire: one number, or none when they stay."""


@dataclass(frozen=True)
class User:
    """A consumer's credential and all that it may do."""

    access_key: str
    secret_key: str
    policy: dict[str, Any]

    @property
    def policy_name(self) -> str:
        """The name its policy has on the server."""
        return POLICY_PREFIX + self.access_key


@dataclass(frozen=True)
class State:
    """What the server shall hold."""

    buckets: tuple[Bucket, ...]
    users: tuple[User, ...]


def parse(document: object, secrets: Path) -> State:
    """Check the whole document and read the secrets; every problem is reported at once.

    {"buckets": [{"name", "versioning"?, "lifecycle"?: [] or [{"expireNoncurrentAfterDays"}]}],
    "users": [{"accessKey", "secretFile", "policy"}]}
    """
    problems: list[str] = []
    root = fields(document, "state", {"buckets": list, "users": list}, {"buckets", "users"}, problems)
    buckets = [parse_bucket(b, f"buckets[{i}]", problems) for i, b in enumerate(root.get("buckets", []))]
    users = [parse_user(u, f"users[{i}]", secrets, problems) for i, u in enumerate(root.get("users", []))]
    for what, names in (("bucket", [b.name for b in buckets]), ("user", [u.access_key for u in users])):
        problems += [f"{what} {name!r} is declared twice" for name in sorted({n for n in names if names.count(n) > 1})]
    if problems:
        raise SetupError("\n".join(problems))
    return State(tuple(buckets), tuple(users))


def fields(
    value: object, path: str, allowed: Mapping[str, type], required: set[str], problems: list[str]
) -> dict[str, Any]:
    """The object's known, well-typed fields; anything else becomes a problem."""
    if not isinstance(value, dict):
        problems.append(f"{path} must be an object")
        return {}
    for name in sorted(value.keys() - allowed.keys()):
        problems.append(f"{path}.{name} is unknown; allowed: {', '.join(sorted(allowed))}")
    for name in sorted(required - value.keys()):
        problems.append(f"{path}.{name} is missing")
    good = {}
    for name, kind in allowed.items():
        if name not in value:
            continue
        got = value[name]
        fits = type(got) is kind  # not isinstance, to which true is a number
        if not fits or (kind is int and got < 1):
            problems.append(f"{path}.{name} must be {TYPES[kind]}")
        else:
            good[name] = got
    return good


def parse_bucket(value: object, path: str, problems: list[str]) -> Bucket:
    """One entry of "buckets"."""
    got = fields(value, path, {"name": str, "versioning": bool, "lifecycle": list}, {"name"}, problems)
    name = got.get("name", "")
    if "name" in got and not BUCKET_NAME.fullmatch(name):
        problems.append(f"{path}.name {name!r} is no bucket name: 3 to 63 of a-z, 0-9, '-' and '.'")
    lifecycle = parse_lifecycle(got["lifecycle"], f"{path}.lifecycle", problems) if "lifecycle" in got else None
    return Bucket(name, got.get("versioning"), lifecycle)


def parse_lifecycle(rules: list[object], path: str, problems: list[str]) -> tuple[int, ...]:
    """A bucket's "lifecycle"."""
    if len(rules) > 1:
        problems.append(f"{path} has {len(rules)} rules; a bucket has one at most")
    days = "expireNoncurrentAfterDays"
    checked = [fields(rule, f"{path}[{i}]", {days: int}, {days}, problems) for i, rule in enumerate(rules)]
    return tuple(rule[days] for rule in checked if rule)


def parse_user(value: object, path: str, secrets: Path, problems: list[str]) -> User:
    """One entry of "users", with its secret key."""
    allowed = {"accessKey": str, "secretFile": str, "policy": dict}
    got = fields(value, path, allowed, set(allowed), problems)
    access_key = got.get("accessKey", "")
    if "accessKey" in got and not ACCESS_KEY.fullmatch(access_key):
        problems.append(f"{path}.accessKey {access_key!r} must be 3 to 62 letters, digits, '.', '_' or '-'")
    secret_key = read_secret(secrets, got["secretFile"], access_key, problems) if "secretFile" in got else ""
    return User(access_key, secret_key, got.get("policy", {}))


def read_secret(secrets: Path, name: str, access_key: str, problems: list[str]) -> str:
    """The secret key as it stands in its file: the consumer reads the same bytes, so nothing is trimmed."""
    user, path = f"user {access_key!r}", secrets / name
    if not name or Path(name).name != name:
        problems.append(f"{user}: secretFile {name!r} must be a file's name, not a path")
        return ""
    try:
        secret = path.read_bytes().decode()
    except OSError as error:
        problems.append(f"{user}: can't read {path} ({error.strerror}); mount the Secret's key {name!r} there")
        return ""
    except UnicodeDecodeError:
        problems.append(f"{user}: {path} is not UTF-8 text; write the secret key as text")
        return ""
    if secret != secret.strip():
        problems.append(f"{user}: {path} begins or ends with white space; write the secret key alone")
    elif len(secret) < SECRET_KEY_MINIMUM:
        problems.append(f"{user}: {path} is shorter than {SECRET_KEY_MINIMUM} characters; MinIO refuses it")
    return secret
