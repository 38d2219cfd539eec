"""A key for each person whose data is taken in: without it nothing leads from a pseudonym back to them.

    python -m filiera_steps.keys create
    python -m filiera_steps.keys erase < people.txt
    python -m filiera_steps.keys verify [hash]

make a key store where `FILIERA_KEYS` says, delete the keys of those who are named, a line each, and verify the record
of what was deleted. Names come by standard input: arguments stay in lists of processes and in histories.
"""

import hashlib
import hmac
import json
import os
import secrets
import sqlite3
import sys
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from filiera_steps import chain
from filiera_steps.errors import StepError, refuse

PATH = "FILIERA_KEYS"
#: where a volume with the store is mounted, if `FILIERA_KEYS` says nothing
PLACE = "/var/filiera/keys"
#: of keys and of the salt
BYTES = 32
TABLES = (
    "CREATE TABLE IF NOT EXISTS keys (name TEXT PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS record (number INTEGER PRIMARY KEY, entry BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS head (one INTEGER PRIMARY KEY CHECK (one = 1), hash TEXT NOT NULL)",
)


class KeyStore:
    """Keys in a folder: a salt that makes it a store, and a database, so that a key and its record change as one.

    Keys are found by a salted hash of who they are of. Two that use it at once wait for each other, for a minute.
    """

    def __init__(self, folder: Path) -> None:
        """Raises StepError where there is no store, or none that can be read."""
        try:
            self._salt = (folder / "salt").read_bytes()
        except OSError as error:
            raise refuse(
                PATH,
                f"found no key store in {folder} ({type(error).__name__}): mount its volume, or make one by "
                "python -m filiera_steps.keys create",
            ) from None
        if len(self._salt) != BYTES:
            raise broken(folder, f"a salt of {len(self._salt)} bytes, and not of {BYTES}")
        self._folder = folder

    def keys_of(self, people: Iterable[str]) -> dict[str, bytes]:
        """The key of each; who has none is given one."""

        def work(store: sqlite3.Connection) -> dict[str, bytes]:
            found = {}
            for each in people:
                name = self._name(each)
                store.execute("INSERT OR IGNORE INTO keys VALUES (?, ?)", (name, secrets.token_bytes(BYTES)))
                found[each] = store.execute("SELECT key FROM keys WHERE name = ?", (name,)).fetchone()[0]
            return found

        return self._change(work)

    def erase(self, people: Iterable[str]) -> dict[str, Any]:
        """Deletes their keys, and adds an entry to the record, both or neither: `{"asked", "erased", "head"}`.

        The entry has the hashes of the deleted keys, which say nothing of whose they were. Raises StepError where the
        record is not whole.
        """
        asked = sorted(set(people))

        def work(store: sqlite3.Connection) -> dict[str, Any]:
            entries, head = read(store)
            faults = chain.faults(entries, head)
            if faults:
                raise refuse("record of erasures", f"is not whole, and nothing is erased: {'; '.join(faults)}")
            gone = []
            for each in asked:
                row = store.execute("SELECT key FROM keys WHERE name = ?", (self._name(each),)).fetchone()
                if row:
                    gone.append(hashlib.sha256(row[0]).hexdigest())
                    store.execute("DELETE FROM keys WHERE name = ?", (self._name(each),))
            body = {
                "action": "erase",
                "at": datetime.now(timezone.utc).isoformat(),
                "asked": len(asked),
                "keys": sorted(gone),
            }
            entry = chain.seal(body, chain.hash_of(entries[-1]) if entries else chain.START, len(entries))
            made = chain.hash_of(entry)
            store.execute("INSERT INTO record VALUES (?, ?)", (len(entries), entry))
            store.execute("INSERT OR REPLACE INTO head VALUES (1, ?)", (made,))
            return {"asked": len(asked), "erased": len(gone), "head": made}

        return self._change(work)

    def entries(self) -> list[bytes]:
        """The record of what was erased."""
        return self._change(lambda store: read(store)[0])

    def faults(self, head: str | None = None) -> list[str]:
        """What is wrong with the record; `head` is the hash of its last entry, where it was kept elsewhere."""
        entries, known = self._change(read)
        return chain.faults(entries, head or known)

    def _name(self, person: str) -> str:
        return hmac.new(self._salt, person.encode(), hashlib.sha256).hexdigest()

    def _change(self, work):
        """Does all of the work, alone, or nothing of it."""
        file = self._folder / "keys.db"
        try:
            # SQLite would let everybody read it
            file.touch(mode=0o600)
            with closing(sqlite3.connect(file, timeout=60, isolation_level=None)) as store:
                # what is deleted is written over
                store.execute("PRAGMA secure_delete = ON")
                store.execute("BEGIN IMMEDIATE")
                try:
                    for table in TABLES:
                        store.execute(table)
                    done = work(store)
                except BaseException:
                    store.execute("ROLLBACK")
                    raise
                store.execute("COMMIT")
                return done
        except (sqlite3.Error, OSError) as error:
            # what SQLite says may have values in it
            raise broken(self._folder, f"a database that fails ({type(error).__name__})") from None


def read(store: sqlite3.Connection) -> tuple[list[bytes], str | None]:
    """The entries of the record, and the hash that the last should have."""
    entries = [bytes(entry) for (entry,) in store.execute("SELECT entry FROM record ORDER BY number")]
    head = store.execute("SELECT hash FROM head").fetchone()
    return entries, head[0] if head else None


def broken(folder: Path, found: str) -> StepError:
    """The error of a store that cannot be used."""
    return refuse(PATH, f"found {found}, in {folder}: look at its volume, or restore it")


def place() -> Path:
    """Where the key store is."""
    return Path(os.environ.get(PATH) or PLACE)


def create(folder: Path) -> None:
    """Makes a store.

    Raises StepError where there is one already, and where it cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(folder / "salt", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(BYTES))
    except FileExistsError:
        raise refuse(PATH, f"found a key store in {folder} already: use it, or name another folder") from None
    except OSError as error:
        raise refuse(PATH, f"cannot be written in {folder} ({type(error).__name__}): name another folder") from None


def main() -> None:
    """Does what the command line says."""
    try:
        match sys.argv[1:]:
            case ["create"]:
                create(place())
            case ["erase"]:
                people = [line.strip() for line in sys.stdin if line.strip()]
                if not people:
                    raise refuse("standard input", "found nobody: give it who is to be erased, a line each")
                print(json.dumps(KeyStore(place()).erase(people)))
            case ["verify", *head] if len(head) < 2:
                store = KeyStore(place())
                faults = store.faults(*head)
                if faults:
                    raise StepError([("record of erasures", each) for each in faults])
                print(json.dumps({"entries": len(store.entries()), "whole": True}))
            case _:
                sys.exit("usage: python -m filiera_steps.keys create | erase | verify [hash]")
    except StepError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
