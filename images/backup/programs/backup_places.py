"""Where objects are: a bucket of an S3 store, or a folder that stands for one."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

import certifi
import urllib3
from backup_errors import refuse
from minio import Minio
from minio.error import MinioException, S3Error

CHUNK = 1 << 20
STAGED = ".being-written-"
"""Begins the name of a file that is not whole yet, which no list shows."""


@dataclass(frozen=True)
class Found:
    """An object of a place."""

    name: str
    size: int


class Readable(Protocol):
    """All that is asked of an object's content."""

    def read(self, amount: int = -1, /) -> bytes:
        """At most so many bytes; none at the end."""


class Hashed:
    """Content that is hashed as it is read."""

    def __init__(self, content: Readable) -> None:
        self.size = 0
        self._content = content
        self._hash = hashlib.sha256()

    def read(self, amount: int = CHUNK, /) -> bytes:
        """At most so many bytes; none at the end."""
        chunk = self._content.read(amount)
        self.size += len(chunk)
        self._hash.update(chunk)
        return chunk

    @property
    def sha256(self) -> str:
        """Of what was read so far."""
        return self._hash.hexdigest()


class Place(Protocol):
    """A place for objects; names are paths in it."""

    def find(self, prefix: str = "") -> Iterator[Found]:
        """Its objects below a prefix, in the order of their names' bytes."""

    def open(self, name: str) -> Any:
        """A context with the content and its size; raises FileNotFoundError where there is no such object."""

    def put(self, name: str, content: Readable, size: int) -> None:
        """Writes an object whole or not at all."""

    def remove(self, name: str) -> None:
        """Takes an object away, if it is there."""

    def folders(self) -> list[str]:
        """The first parts of the names of its objects."""


class Folder:
    """A folder: each object is a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _file(self, name: str) -> Path:
        parts = name.split("/")
        if any(part in ("", ".", "..") for part in parts):
            raise refuse(name, "cannot be a file's name, and this place is a folder: take an S3 store")
        return self._path.joinpath(*parts)

    def find(self, prefix: str = "") -> Iterator[Found]:
        files = (file for file in self._path.rglob("*") if file.is_file() and not file.name.startswith(STAGED))
        names = {file.relative_to(self._path).as_posix(): file for file in files}
        for name in sorted(names, key=os.fsencode):
            if name.startswith(prefix):
                yield Found(name, names[name].stat().st_size)

    @contextmanager
    def open(self, name: str) -> Iterator[tuple[BinaryIO, int]]:
        with self._file(name).open("rb") as content:
            yield content, os.fstat(content.fileno()).st_size

    def put(self, name: str, content: Readable, size: int) -> None:
        file = self._file(name)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        staged = file.with_name(f"{STAGED}{secrets.token_hex(4)}")
        try:
            with staged.open("wb") as written:
                while chunk := content.read(CHUNK):
                    written.write(chunk)
                if written.tell() != size:
                    raise OSError(f"{name} has {written.tell()} bytes, and was to have {size}")
                written.flush()
                os.fsync(written.fileno())
            staged.replace(file)
        finally:
            staged.unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        file = self._file(name)
        file.unlink(missing_ok=True)
        for folder in file.parents:
            if folder == self._path or not folder.is_dir() or any(folder.iterdir()):
                break
            folder.rmdir()

    def folders(self) -> list[str]:
        return sorted(path.name for path in self._path.iterdir() if path.is_dir()) if self._path.is_dir() else []


class Bucket:
    """A bucket of an S3 store, or a part of it."""

    def __init__(self, client: Minio, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""

    def find(self, prefix: str = "") -> Iterator[Found]:
        listed = self._client.list_objects(bucket_name=self._bucket, prefix=self._prefix + prefix, recursive=True)
        for each in listed:
            if each.object_name is not None and not each.is_dir:
                yield Found(each.object_name.removeprefix(self._prefix), each.size or 0)

    @contextmanager
    def open(self, name: str) -> Iterator[tuple[Readable, int]]:
        try:
            content = self._client.get_object(bucket_name=self._bucket, object_name=self._prefix + name)
        except S3Error as error:
            if error.code in ("NoSuchKey", "NoSuchObject"):
                raise FileNotFoundError(name) from error
            raise
        try:
            yield content, int(content.headers["content-length"])
        finally:
            content.close()
            content.release_conn()

    def put(self, name: str, content: Readable, size: int) -> None:
        stream: Any = content
        self._client.put_object(bucket_name=self._bucket, object_name=self._prefix + name, data=stream, length=size)

    def remove(self, name: str) -> None:
        self._client.remove_object(bucket_name=self._bucket, object_name=self._prefix + name)

    def folders(self) -> list[str]:
        listed = self._client.list_objects(bucket_name=self._bucket, prefix=self._prefix)
        return sorted(
            each.object_name.removeprefix(self._prefix).rstrip("/")
            for each in listed
            if each.is_dir and each.object_name is not None
        )


def place_from(name: str, settings: Path, credentials: Path) -> Place:
    """The place of a name: files `<name>.place` and so on say where it is, the credentials' file `<name>` is its key.

    `place` is `s3://bucket/prefix` or `file:///folder`; a bucket has `endpoint`, `region`, `access-key-id` and, where
    not everybody knows its authority, `authority`, the path of its certificate.
    """

    def setting(what: str) -> str:
        return (settings / f"{name}.{what}").read_text()

    url = urlsplit(setting("place"))
    if url.scheme == "file":
        return Folder(Path(unquote(url.path)))
    endpoint = urlsplit(setting("endpoint"))
    known = (settings / f"{name}.authority").exists()
    http = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=5, read=60),
        cert_reqs="CERT_REQUIRED",
        ca_certs=setting("authority") if known else certifi.where(),
        retries=urllib3.Retry(total=5, backoff_factor=0.5, status_forcelist=[500, 502, 503, 504]),
    )
    client = Minio(
        endpoint.netloc,
        access_key=setting("access-key-id"),
        secret_key=(credentials / name).read_text(),
        secure=endpoint.scheme == "https",
        region=setting("region"),
        http_client=http,
    )
    return Bucket(client, url.netloc, url.path.strip("/"))


def worded(error: Exception) -> str:
    """What a store or a disk said, in its own words."""
    if isinstance(error, S3Error):
        return f"{error.code}: {error.message}"
    if isinstance(error, MinioException | urllib3.exceptions.HTTPError | OSError):
        return str(error) or type(error).__name__
    raise error
