"""Take a backup of a platform, list backups, and bring one back.

    python -m filiera_backup save|list|check|objects|finish settings/ credentials/ work/

The settings are what constructs/backup/backup.ts writes: databases, buckets, and the store of the backups. Dumps are
made and loaded by PostgreSQL's own client, in containers before and after, in the folder work. RESTORE_FROM names the
backup to bring back, RESTORE_REPLACE=true lets it write over what is there. What came of it is the last line, as JSON;
each problem is a line `error: [path] message`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import urllib3
from backup_errors import BackupError, refuse
from backup_manifest import Manifest, manifests, read_manifest
from backup_places import place_from, worded
from backup_restore import Database, check, remove_others, restore_objects
from backup_save import save
from minio.error import MinioException


def run(step: str, settings: Path, credentials: Path, work: Path) -> dict[str, Any]:
    """One step, and what came of it."""
    document = json.loads((settings / "backup.json").read_bytes())
    store = place_from(document["store"], settings, credentials)
    if step == "list":
        return {"backups": [summary(each) for each in manifests(store)]}
    buckets = {each["name"]: place_from(each["place"], settings, credentials) for each in document["buckets"]}
    if step == "save":
        environment = os.environ.get("BACKUP_ENVIRONMENT") or document["environment"]
        dumps = {each["name"]: work for each in document["databases"]}
        return {"backup": summary(save(environment, dumps, buckets, store, document["keepDays"]))}
    manifest = read_manifest(store, os.environ.get("RESTORE_FROM", ""))
    replace = os.environ.get("RESTORE_REPLACE") == "true"
    if step == "check":
        databases = [Database(each["name"], each["initial"]) for each in document["databases"]]
        check(store, manifest, databases, buckets, work, replace)
    elif step == "objects":
        restore_objects(store, manifest, buckets)
    elif replace:
        remove_others(store, manifest, buckets)
    return {"restored": summary(manifest)}


def summary(manifest: Manifest) -> Manifest:
    """A manifest as it is told: without the hashes that only programs compare."""
    return {name: value for name, value in manifest.items() if name not in ("sha256", "format")}


def main(arguments: list[str]) -> int:
    """The program; returns its exit status."""
    parser = argparse.ArgumentParser(description="Take backups of a platform, list them and bring one back.")
    parser.add_argument("step", choices=["save", "list", "check", "objects", "finish"])
    parser.add_argument("settings", type=Path, help="the folder that says what is backed up, and where to")
    parser.add_argument("credentials", type=Path, help="the folder with the stores' credentials")
    parser.add_argument("work", type=Path, help="the folder with the databases' dumps")
    options = parser.parse_args(arguments)
    try:
        print(json.dumps(run(options.step, options.settings, options.credentials, options.work)), flush=True)
    except BackupError as error:
        told = error
    except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
        told = refuse(options.step, worded(error))
    else:
        return 0
    for path, message in told.problems:
        print(f"error: [{path}] {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
