"""Backups in folders, with dumps as pg_dump writes them."""

import gzip
import hashlib
import io
import os
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from backup_dump import read_dump
from backup_errors import BackupError
from backup_manifest import manifests, read_manifest
from backup_places import Folder, Hashed, Readable
from backup_restore import Database, check, remove_others, restore_objects
from backup_save import prune, save

DUMP = b"""--
-- PostgreSQL database dump
--
-- Dumped from database version 18.4 (Debian 18.4-1)
CREATE TABLE public.runs (id integer, name text);
COPY public.alembic_version (version_num) FROM stdin;
dc11669786a5
\\.
COPY public.runs (id, name) FROM stdin;
1\tone
2\tCOPY public.runs (id) FROM stdin;
\\.
--
-- PostgreSQL database dump complete
--
"""
OBJECTS = {"1/notes \xfc & 1%.txt": b"kept", "1/weights.bin": bytes(3_000_000), "2": b"", "1/a": b"a", "1/a.b": b"b"}


def place_with(folder: Path, objects: dict[str, bytes]) -> Folder:
    """A folder with files."""
    for name, content in objects.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    folder.mkdir(exist_ok=True)
    return Folder(folder)


def work_with(folder: Path, dump: bytes = DUMP, look: str = "version 180004\nrows public.runs 0\n") -> Path:
    """What PostgreSQL's client leaves."""
    folder.mkdir(exist_ok=True)
    (folder / "mlflow.sql.gz").write_bytes(gzip.compress(dump))
    (folder / "mlflow.at").write_text("2026-11-28T07:00:00Z\n")
    (folder / "mlflow.look").write_text(look)
    return folder


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Folder, dict]:
    """A backup, and its manifest."""
    store = Folder(tmp_path / "store")
    work = work_with(tmp_path / "work")
    bucket = place_with(tmp_path / "bucket", OBJECTS)
    return store, save("test", {"mlflow": work}, {"artifacts": bucket}, store, 30)


def problems(store: Folder, manifest: dict, tmp_path: Path, bucket: Folder, replace: bool = False) -> list[str]:
    """What stands in the way of a restore."""
    try:
        read_manifest(store, manifest["id"])
        databases = [Database("mlflow", {"alembic_version": 1})]
        check(store, manifest, databases, {"artifacts": bucket}, tmp_path / "work", replace)
    except BackupError as error:
        return [f"[{path}] {message}" for path, message in error.problems]
    return []


def test_a_dump_says_its_rows_its_server_and_its_schema() -> None:
    dump = read_dump(DUMP.splitlines(keepends=True))
    assert dump.postgres == "18.4"
    assert {name: table.rows for name, table in dump.tables.items()} == {"public.alembic_version": 1, "public.runs": 2}
    assert dump.revisions == {"public.alembic_version": "dc11669786a5"}


def test_rows_in_another_order_are_the_same_and_other_rows_are_not() -> None:
    def rows_of(dump: bytes) -> str:
        return read_dump(dump.splitlines(keepends=True)).tables["public.runs"].sha256

    one, two = b"1\tone\n", b"2\tCOPY public.runs (id) FROM stdin;\n"
    assert rows_of(DUMP.replace(one + two, two + one)) == rows_of(DUMP)
    assert rows_of(DUMP.replace(one, b"1\tOne\n")) != rows_of(DUMP)
    assert rows_of(DUMP.replace(one, one + one)) != rows_of(DUMP)


@pytest.mark.parametrize("end", [20, 60, 200, 330, len(DUMP) - 40])
def test_a_dump_that_was_cut_is_no_backup(tmp_path: Path, end: int) -> None:
    store = Folder(tmp_path / "store")
    work = work_with(tmp_path / "work", DUMP[:end])
    with pytest.raises(BackupError, match="is no whole dump"):
        save("test", {"mlflow": work}, {}, store, 30)
    packed = (tmp_path / "work" / "mlflow.sql.gz").write_bytes(gzip.compress(DUMP)[:-9])
    assert packed > 0
    with pytest.raises(BackupError, match="is no whole dump"):
        save("test", {"mlflow": work}, {}, store, 30)
    assert list(manifests(store)) == []


def test_what_was_saved_is_what_is_restored(tmp_path: Path, saved: tuple[Folder, dict]) -> None:
    store, manifest = saved
    assert [each["id"] for each in manifests(store)] == [manifest["id"]]
    assert manifest["buckets"][0]["objects"] == len(OBJECTS)
    empty = place_with(tmp_path / "empty", {})
    assert problems(store, manifest, tmp_path, empty) == []
    restore_objects(store, manifest, {"artifacts": empty})
    assert {found.name: (tmp_path / "empty" / found.name).read_bytes() for found in empty.find()} == OBJECTS
    assert (tmp_path / "work" / "mlflow.sql").read_bytes() == DUMP
    # what a restore left that was interrupted is what the backup has
    assert problems(store, manifest, tmp_path, empty) == []


@pytest.mark.parametrize("change", ["cut", "flip", "gone"])
def test_every_file_of_a_backup_is_looked_at_before_anything_is_changed(
    tmp_path: Path, saved: tuple[Folder, dict], change: str
) -> None:
    store, manifest = saved
    empty = place_with(tmp_path / "empty", {})
    for found in list(store.find()):
        file = tmp_path / "store" / found.name
        content = file.read_bytes()
        if change == "gone":
            file.unlink()
        else:
            half = len(content) // 2
            changed = content[:half] if change == "cut" else content[:half] + b"!" + content[half + 1 :]
            file.write_bytes(changed)
        if file.exists() and file.read_bytes() == content:
            continue
        told = problems(store, manifest, tmp_path, empty)
        gone = found.name.endswith("manifest.json") and change == "gone"
        assert len(told) == 1
        assert told[0].startswith(f"[{manifest['id'] if gone else found.name}] ")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    assert problems(store, manifest, tmp_path, empty) == []
    assert list(empty.find()) == []


def test_what_is_in_use_is_refused_and_written_over_only_when_told(tmp_path: Path, saved: tuple[Folder, dict]) -> None:
    store, manifest = saved
    used = place_with(tmp_path / "used", {"1/a": b"other", "mine": b"mine", "2": b""})
    work_with(tmp_path / "work", look="version 180004\nrows public.runs 2\nrows public.alembic_version 1\n")
    way = "restore into an empty environment, or write over what is there with --replace"
    assert problems(store, manifest, tmp_path, used) == [
        f"[databases.mlflow] is in use: there are rows in public.runs; {way}",
        f"[buckets.artifacts/1/a] is there with another content than in the backup; {way}",
        f"[buckets.artifacts/mine] is there, and not in the backup; {way}",
    ]
    assert problems(store, manifest, tmp_path, used, replace=True) == []
    restore_objects(store, manifest, {"artifacts": used})
    remove_others(store, manifest, {"artifacts": used})
    assert {found.name for found in used.find()} == set(OBJECTS)


def test_an_older_server_and_another_platform_are_refused(tmp_path: Path, saved: tuple[Folder, dict]) -> None:
    store, manifest = saved
    empty = place_with(tmp_path / "empty", {})
    work_with(tmp_path / "work", look="version 170004\n")
    assert problems(store, manifest, tmp_path, empty) == [
        "[databases.mlflow] is a PostgreSQL 17, and the backup is of 18: raise filiera:postgres.version first"
    ]
    with pytest.raises(BackupError, match="the backup has artifacts, and the environment none"):
        check(store, manifest, [Database("mlflow", {})], {}, tmp_path / "work", False)


def test_old_backups_go_but_never_the_last(tmp_path: Path) -> None:
    store = place_with(
        tmp_path / "store",
        {
            "20260101T000000Z-00000a/databases/mlflow.sql.gz": b"left by a killed run",
            "20261128T000000Z-00000b/databases/mlflow.sql.gz": b"being taken",
            "notes/mine.txt": b"mine",
        },
    )
    bucket = place_with(tmp_path / "bucket", OBJECTS)
    work = work_with(tmp_path / "work")
    first = save("test", {"mlflow": work}, {"artifacts": bucket}, store, 30)["id"]
    last = save("test", {"mlflow": work}, {"artifacts": bucket}, store, 30)["id"]
    later = datetime(2030, 1, 1, tzinfo=UTC)
    kept = max(first, last)
    prune(store, later, 30)
    assert store.folders() == [kept, "notes"]
    assert [each["id"] for each in manifests(store)] == [kept]


class Fatal:
    """Content of which the process does not survive the reading: the disk has a part of it by then."""

    def __init__(self, content: Readable) -> None:
        self.content = content

    def read(self, amount: int = -1, /) -> bytes:
        chunk = self.content.read(amount)
        if not chunk:
            os.kill(os.getpid(), signal.SIGKILL)
        return chunk


class Deadly(Folder):
    """A folder in which the process is killed as it writes an object."""

    def __init__(self, path: Path, writes: int) -> None:
        super().__init__(path)
        self.left = writes

    def put(self, name: str, content: Readable, size: int) -> None:
        self.left -= 1
        super().put(name, content if self.left > 0 else Fatal(content), size)


def killed(action: Callable[[], object]) -> bool:
    """Does something in a process of its own; whether that was killed."""
    child = os.fork()
    if child == 0:
        action()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL)
    return status != 0


def tries() -> Iterator[int]:
    """One write later each time."""
    yield from range(1, 50)


def test_a_backup_that_is_killed_at_any_write_is_none(tmp_path: Path) -> None:
    bucket = place_with(tmp_path / "bucket", OBJECTS)
    work = work_with(tmp_path / "work")
    for writes in tries():
        store = Deadly(tmp_path / "store", writes)
        if not killed(lambda to=store: save("test", {"mlflow": work}, {"artifacts": bucket}, to, 30)):
            # dump, objects, list, manifest
            assert writes == len(OBJECTS) + 4
            break
        assert list(manifests(store)) == []
    assert len(list(manifests(Folder(tmp_path / "store")))) == 1


def test_a_restore_that_is_killed_at_any_write_goes_on_when_it_is_run_again(
    tmp_path: Path, saved: tuple[Folder, dict]
) -> None:
    store, manifest = saved
    back = place_with(tmp_path / "back", {})
    for writes in tries():
        assert problems(store, manifest, tmp_path, back) == []
        deadly = Deadly(tmp_path / "back", writes)
        if not killed(lambda to=deadly: restore_objects(store, manifest, {"artifacts": to})):
            assert writes == len(OBJECTS) + 1
            break
    assert {found.name: (tmp_path / "back" / found.name).read_bytes() for found in back.find()} == OBJECTS


def test_what_is_hashed_is_what_was_read() -> None:
    hashed = Hashed(io.BytesIO(b"kept"))
    assert (hashed.read(3), hashed.read(), hashed.size) == (b"kep", b"t", 4)
    assert hashed.sha256 == hashlib.sha256(b"kept").hexdigest()
