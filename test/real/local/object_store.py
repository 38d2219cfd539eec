"""What clients of the S3 API come to: cases in, one JSON line each out, as a result or the code of a refusal."""

import io
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import S3Error
from minio.retention import Retention


def put(s3: Minio, bucket: str, name: str, text: str = "text") -> str | None:
    """Write an object; its version, where there are any."""
    return s3.put_object(bucket, name, io.BytesIO(text.encode()), len(text.encode())).version_id


def get(s3: Minio, bucket: str, name: str) -> str:
    """An object's text."""
    with s3.get_object(bucket, name) as response:
        return response.read().decode()


def names(s3: Minio, bucket: str, prefix: str | None = None) -> list[str | None]:
    """The objects below a prefix."""
    return [found.object_name for found in s3.list_objects(bucket, prefix, recursive=True)]


def remove(s3: Minio, bucket: str, name: str, version: str | None = None) -> None:
    """Delete an object, or one version of it."""
    s3.remove_object(bucket, name, version_id=version)


def shorten(s3: Minio, bucket: str, name: str, version: str, mode: str) -> None:
    """Have a version's retention end in a minute."""
    until = datetime.now(UTC) + timedelta(minutes=1)
    s3.set_object_retention(bucket, name, Retention(mode, until), version_id=version)


def retention(s3: Minio, bucket: str, name: str, version: str) -> list[Any]:
    """A version's mode of retention, and in how many days from now it ends."""
    found = s3.get_object_retention(bucket, name, version_id=version)
    if found is None:
        return []
    return [found.mode, round((found.retain_until_date - datetime.now(UTC)) / timedelta(days=1))]


CALLS: dict[str, Callable[..., object]] = {
    each.__name__: each for each in (put, get, names, remove, shorten, retention)
}


def answer(case: dict[str, Any]) -> object:
    """The result of a case, or {"refused": code}."""
    http = urllib3.PoolManager(ca_certs=case["ca"], retries=False)
    user, secret = case["user"], case["secret"]
    s3 = Minio(urlsplit(case["url"]).netloc, user, secret, region="us-east-1", http_client=http)
    try:
        return CALLS[case["call"]](s3, *case["with"])
    except S3Error as error:
        return {"refused": error.code}


for case in json.load(sys.stdin):
    print(json.dumps(answer(case)), flush=True)
