"""What a backup says of itself: the last object that is written, without which there is no backup."""

from __future__ import annotations

import hashlib
import io
import json
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from backup_errors import refuse
from backup_places import Place

FORMAT = 1
NAME = "manifest.json"
ID = re.compile(r"(\d{8}T\d{6}Z)-[0-9a-f]{6}")

Manifest = dict[str, Any]


def new_id(now: datetime) -> str:
    """Sorts by time; two of one second differ."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def begun_at(identifier: str) -> datetime | None:
    """When a backup of that name was begun; None for other names."""
    found = ID.fullmatch(identifier)
    return datetime.strptime(found[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if found else None


def moment(at: datetime) -> str:
    """As manifests have times."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def digest_of(manifest: Manifest) -> str:
    """Of all that a manifest says."""
    content = {name: value for name, value in manifest.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def write_manifest(store: Place, manifest: Manifest) -> None:
    """Makes a backup of what was written under its name."""
    whole = {**manifest, "sha256": digest_of(manifest)}
    content = json.dumps(whole, indent=2, sort_keys=True).encode()
    store.put(f"{manifest['id']}/{NAME}", io.BytesIO(content), len(content))


def read_manifest(store: Place, identifier: str) -> Manifest:
    """The manifest of a backup, as it was written."""
    if not ID.fullmatch(identifier):
        raise refuse(identifier or "--from", "is no backup's name: write one that filiera backup --list shows")
    try:
        with store.open(f"{identifier}/{NAME}") as (content, _):
            manifest = json.loads(content.read())
    except FileNotFoundError:
        known = ", ".join(each["id"] for each in manifests(store)) or "none"
        raise refuse(identifier, f"is no backup that is whole; there are: {known}") from None
    except ValueError:
        raise refuse(f"{identifier}/{NAME}", "is no JSON any more: take another backup") from None
    if not isinstance(manifest, dict) or manifest.get("sha256") != digest_of(manifest):
        raise refuse(f"{identifier}/{NAME}", "was changed after it was written: take another backup")
    if manifest.get("format") != FORMAT:
        found = manifest.get("format")
        raise refuse(f"{identifier}/{NAME}", f"has the format {found}, and this program reads {FORMAT}: take its own")
    return manifest


def manifests(store: Place) -> Iterator[Manifest]:
    """The backups that are whole, the oldest first."""
    for name in store.folders():
        if not ID.fullmatch(name) or not any(found.name == f"{name}/{NAME}" for found in store.find(f"{name}/{NAME}")):
            continue
        yield read_manifest(store, name)
