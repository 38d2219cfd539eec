"""Takes a backup: databases as they were dumped, then the objects of buckets, then what it holds."""

from __future__ import annotations

import gzip
import hashlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from backup_dump import read_dump
from backup_errors import refuse
from backup_manifest import FORMAT, NAME, Manifest, begun_at, manifests, moment, new_id, write_manifest
from backup_places import Hashed, Place

UNFINISHED_DAYS = 1
"""After so long, what has no manifest is no backup that is being taken."""


def save(environment: str, dumps: dict[str, Path], buckets: dict[str, Place], store: Place, keep_days: int) -> Manifest:
    """Takes a backup of dumps and buckets; its manifest is written last."""
    begun = datetime.now(UTC)
    identifier = new_id(begun)
    databases = [save_database(store, identifier, name, path) for name, path in dumps.items()]
    objects_from = datetime.now(UTC)
    saved = [save_bucket(store, identifier, name, place) for name, place in buckets.items()]
    manifest = {
        "format": FORMAT,
        "id": identifier,
        "environment": environment,
        "objectsFrom": moment(objects_from),
        "objectsTo": moment(datetime.now(UTC)),
        "databases": databases,
        "buckets": saved,
    }
    write_manifest(store, manifest)
    print(f"{identifier} is whole", flush=True)
    prune(store, datetime.now(UTC), keep_days)
    return manifest


def save_database(store: Place, identifier: str, name: str, path: Path) -> dict[str, Any]:
    """Writes a dump, and says what it holds."""
    dumped = path / f"{name}.sql.gz"
    try:
        with gzip.open(dumped, "rb") as lines:
            held = read_dump(lines)
    except (ValueError, EOFError, OSError) as error:
        raise refuse(str(dumped), f"is no whole dump ({error}): take the backup again") from error
    file = f"databases/{name}.sql.gz"
    with dumped.open("rb") as content:
        hashed = Hashed(content)
        store.put(f"{identifier}/{file}", hashed, dumped.stat().st_size)
    rows = sum(table.rows for table in held.tables.values())
    print(f"database {name}: {rows} rows of {len(held.tables)} tables, {hashed.size} bytes", flush=True)
    return {
        "name": name,
        "at": (path / f"{name}.at").read_text().strip(),
        "file": file,
        "bytes": hashed.size,
        "sha256": hashed.sha256,
        **asdict(held),
    }


def save_bucket(store: Place, identifier: str, name: str, bucket: Place) -> dict[str, Any]:
    """Copies the objects of a bucket, each under the hash of its name, and then their list."""
    objects, size = 0, 0
    with tempfile.TemporaryFile() as written:
        for found in bucket.find():
            saved = save_object(store, f"{identifier}/{file_of(name, found.name)}", bucket, found.name)
            if saved is None:
                continue
            objects, size = objects + 1, size + saved["bytes"]
            written.write(json.dumps({"key": found.name, **saved}).encode() + b"\n")
        listed = put_file(store, f"{identifier}/{list_of(name)}", written)
    print(f"bucket {name}: {objects} objects, {size} bytes", flush=True)
    return {"name": name, "objects": objects, "bytes": size, "list": list_of(name), "sha256": listed}


def save_object(store: Place, file: str, bucket: Place, key: str) -> dict[str, Any] | None:
    """Copies one object; None where it was deleted since it was listed, as MLflow's own gc does with deleted runs."""
    try:
        with bucket.open(key) as (content, size):
            hashed = Hashed(content)
            store.put(file, hashed, size)
    except FileNotFoundError:
        return None
    return {"bytes": hashed.size, "sha256": hashed.sha256}


def put_file(store: Place, name: str, file: BinaryIO) -> str:
    """Writes a file that was written here; its SHA-256."""
    size = file.tell()
    file.seek(0)
    hashed = Hashed(file)
    store.put(name, hashed, size)
    return hashed.sha256


def list_of(bucket: str) -> str:
    """Where the list of a bucket's objects is in a backup: a line each, `{"key", "bytes", "sha256"}`."""
    return f"buckets/{bucket}.jsonl"


def file_of(bucket: str, key: str) -> str:
    """Where an object is in a backup: keys may be what no file can be called."""
    return f"buckets/{bucket}/{hashlib.sha256(key.encode()).hexdigest()}"


def prune(store: Place, now: datetime, keep_days: int) -> None:
    """Deletes backups that are older, but never the last one, and what killed runs left."""
    whole = [manifest["id"] for manifest in manifests(store)]
    for name in store.folders():
        begun = begun_at(name)
        if begun is None or name in whole[-1:]:
            continue
        days = keep_days if name in whole else UNFINISHED_DAYS
        if now - begun > timedelta(days=days):
            remove(store, name)
            print(f"{name}: deleted, as it is {'older than' if name in whole else 'unfinished for'} {days} days")


def remove(store: Place, name: str) -> None:
    """First the manifest: half of a backup is none."""
    store.remove(f"{name}/{NAME}")
    for file in list(names_in(store, name)):
        store.remove(file)


def names_in(store: Place, name: str) -> Iterator[str]:
    """All files of a backup."""
    return (found.name for found in store.find(f"{name}/"))
