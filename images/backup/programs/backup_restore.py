"""Brings a backup back: looks at all of it and at what is there first, and changes nothing until all is well."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backup_errors import BackupError
from backup_manifest import Manifest
from backup_places import CHUNK, Hashed, Place, worded
from backup_save import file_of

Problem = tuple[str, str]
SHOWN = 5
"""Objects that are named, of those that something is wrong with."""
REPLACE = "restore into an empty environment, or write over what is there with --replace"


@dataclass(frozen=True)
class Database:
    """A database that is restored into."""

    name: str
    initial: dict[str, int]
    """Rows that tables have in a database that nobody has used."""


def check(
    store: Place, manifest: Manifest, databases: list[Database], buckets: dict[str, Place], work: Path, replace: bool
) -> None:
    """Raises all that stands in the way; leaves the dumps in the folder, as SQL."""
    problems = [
        *different("databases", [each["name"] for each in manifest["databases"]], [each.name for each in databases]),
        *different("buckets", [each["name"] for each in manifest["buckets"]], list(buckets)),
    ]
    if not problems:
        saved = {each["name"]: each for each in manifest["databases"]}
        for database in databases:
            problems += looked_at(database, saved[database.name], work, replace)
        for database in databases:
            problems += staged(store, manifest["id"], saved[database.name], work)
        for bucket in manifest["buckets"]:
            problems += bucket_problems(store, manifest["id"], bucket, None if replace else buckets[bucket["name"]])
    if problems:
        raise BackupError(problems)


def different(what: str, saved: list[str], here: list[str]) -> list[Problem]:
    """A backup of another platform is not restored by halves."""
    if sorted(saved) == sorted(here):
        return []
    return [(what, f"the backup has {', '.join(saved) or 'none'}, and the environment {', '.join(here) or 'none'}")]


def looked_at(database: Database, saved: dict[str, Any], work: Path, replace: bool) -> Iterator[Problem]:
    """What the database's own client found there: lines `version 180004` and `rows public.runs 2`, 2 being many."""
    major, used = 0, []
    for line in (work / f"{database.name}.look").read_text().splitlines():
        what, _, rest = line.partition(" ")
        if what == "version":
            major = int(rest) // 10_000
        if what == "rows":
            table, _, rows = rest.rpartition(" ")
            if int(rows) > database.initial.get(table.removeprefix("public."), 0):
                used.append(table)
    path = f"databases.{database.name}"
    of = int(saved["postgres"].split(".")[0])
    if of > major:
        yield path, f"is a PostgreSQL {major}, and the backup is of {of}: raise filiera:postgres.version first"
    if used and not replace:
        yield path, f"is in use: there are rows in {', '.join(sorted(used)[:SHOWN])}; {REPLACE}"


def staged(store: Place, identifier: str, saved: dict[str, Any], work: Path) -> Iterator[Problem]:
    """Writes a dump for the database's client, once it is known to be what was saved."""
    path = f"{identifier}/{saved['file']}"
    packed, target = work / "packed", work / f"{saved['name']}.sql"
    try:
        with store.open(path) as (content, _), packed.open("wb") as written:
            hashed = Hashed(content)
            while chunk := hashed.read(CHUNK):
                written.write(chunk)
    except FileNotFoundError:
        yield path, "is missing: take another backup"
        return
    if hashed.sha256 != saved["sha256"]:
        yield path, changed(hashed, saved)
        return
    with gzip.open(packed, "rb") as plain, target.open("wb") as written:
        while chunk := plain.read(CHUNK):
            written.write(chunk)
    packed.unlink()


def bucket_problems(store: Place, identifier: str, saved: dict[str, Any], there: Place | None) -> list[Problem]:
    """Objects of the backup that are not what was saved, and objects in the bucket that the backup does not know."""
    try:
        listed = {each["key"]: each for each in read_list(store, identifier, saved)}
    except BackupError as error:
        return list(error.problems)
    wrong = [problem for each in listed.values() for problem in object_problems(store, identifier, saved["name"], each)]
    if there is not None:
        wrong += used_problems(saved["name"], there, listed)
    more = [(saved["name"], f"and {len(wrong) - SHOWN} more of its objects")] if len(wrong) > SHOWN else []
    return [*wrong[:SHOWN], *more]


def object_problems(store: Place, identifier: str, bucket: str, saved: dict[str, Any]) -> Iterator[Problem]:
    """Reads an object of the backup whole."""
    path = f"{identifier}/{file_of(bucket, saved['key'])}"
    try:
        with store.open(path) as (content, _):
            hashed = drained(Hashed(content))
    except FileNotFoundError:
        yield path, f"is missing, which is {bucket}/{saved['key']}: take another backup"
        return
    if hashed.sha256 != saved["sha256"]:
        yield path, f"{changed(hashed, saved)}; it is {bucket}/{saved['key']}"


def used_problems(name: str, there: Place, listed: dict[str, Any]) -> Iterator[Problem]:
    """What an interrupted restore left is what the backup has; anything else is somebody's."""
    for found in there.find():
        saved = listed.get(found.name)
        if saved is None:
            yield f"buckets.{name}/{found.name}", f"is there, and not in the backup; {REPLACE}"
        elif found.size != saved["bytes"] or digest_of(there, found.name) != saved["sha256"]:
            yield f"buckets.{name}/{found.name}", f"is there with another content than in the backup; {REPLACE}"


def restore_objects(store: Place, manifest: Manifest, buckets: dict[str, Place]) -> None:
    """Writes the objects of all buckets; each is hashed once more on its way."""
    for saved in manifest["buckets"]:
        bucket = buckets[saved["name"]]
        for each in read_list(store, manifest["id"], saved):
            path = f"{manifest['id']}/{file_of(saved['name'], each['key'])}"
            with store.open(path) as (content, size):
                hashed = Hashed(content)
                bucket.put(each["key"], hashed, size)
            if hashed.sha256 != each["sha256"]:
                raise BackupError([(path, changed(hashed, each))])
        print(f"bucket {saved['name']}: {saved['objects']} objects are back", flush=True)


def remove_others(store: Place, manifest: Manifest, buckets: dict[str, Place]) -> None:
    """Deletes what the backup does not have: the last step, once the databases no longer mention it."""
    for saved in manifest["buckets"]:
        listed = {each["key"] for each in read_list(store, manifest["id"], saved)}
        bucket = buckets[saved["name"]]
        for name in [found.name for found in bucket.find() if found.name not in listed]:
            bucket.remove(name)
            print(f"bucket {saved['name']}: {name} is deleted, as the backup has none", flush=True)


def read_list(store: Place, identifier: str, saved: dict[str, Any]) -> list[dict[str, Any]]:
    """The objects of a bucket, as its list has them."""
    path = f"{identifier}/{saved['list']}"
    try:
        with store.open(path) as (content, _):
            text = content.read()
    except FileNotFoundError:
        raise BackupError([(path, "is missing: take another backup")]) from None
    if hashlib.sha256(text).hexdigest() != saved["sha256"]:
        raise BackupError([(path, "was changed after it was written: take another backup")])
    return [json.loads(line) for line in text.splitlines()]


def digest_of(place: Place, name: str) -> str:
    """Of an object's content; of nothing where it is gone."""
    try:
        with place.open(name) as (content, _):
            return drained(Hashed(content)).sha256
    except FileNotFoundError:
        return ""


def drained(hashed: Hashed) -> Hashed:
    """The same, read to its end."""
    while hashed.read(CHUNK):
        pass
    return hashed


def changed(hashed: Hashed, saved: dict[str, Any]) -> str:
    """What is wrong with content that is not what it was."""
    found, wanted = f"SHA-256 {hashed.sha256[:12]}…", f"{saved['bytes']} bytes, {saved['sha256'][:12]}…"
    return f"was changed after it was written: found {hashed.size} bytes, {found}; saved {wanted}; take another backup"


__all__ = ["Database", "check", "remove_others", "restore_objects", "worded"]
