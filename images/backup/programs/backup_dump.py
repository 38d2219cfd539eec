"""Reads a dump of pg_dump, as plain SQL, without a database: what it holds, and whether it is whole."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

COPY = re.compile(rb"COPY (\S+) \(.*\) FROM stdin;\n")
SERVER = re.compile(rb"-- Dumped from database version (\d+\.\d+)")
COMPLETE = b"-- PostgreSQL database dump complete\n"
REVISIONS = re.compile(r"alembic_version")
"""Tables in which Alembic, and so MLflow, keeps the revision of a schema."""


@dataclass(frozen=True)
class Table:
    """What there is of a table."""

    rows: int
    sha256: str
    """Of its rows, whatever their order: the sum of each row's SHA-256, modulo 2^256."""


@dataclass(frozen=True)
class Dump:
    """What there is of a database."""

    postgres: str
    """Version of the server, such as 18.4."""
    tables: dict[str, Table]
    revisions: dict[str, str]


def read_dump(lines: Iterable[bytes]) -> Dump:
    """What a dump holds; raises ValueError where it was cut."""
    postgres, complete = "", False
    tables: dict[str, Table] = {}
    revisions: dict[str, str] = {}
    iterator = iter(lines)
    for line in iterator:
        if found := SERVER.match(line):
            postgres = found[1].decode()
        elif found := COPY.fullmatch(line):
            name = found[1].decode()
            tables[name], last = table_in(iterator)
            if REVISIONS.search(name):
                revisions[name] = last.rstrip(b"\n").decode()
        complete = complete or line == COMPLETE
    if not complete:
        raise ValueError("the dump was cut")
    return Dump(postgres, tables, revisions)


def table_in(lines: Iterator[bytes]) -> tuple[Table, bytes]:
    """The rows up to the end of a table, and the last of them."""
    total, last = 0, b""
    for rows, line in enumerate(lines):
        if line == b"\\.\n":
            return Table(rows, f"{total:064x}"), last
        total = (total + int.from_bytes(hashlib.sha256(line).digest())) % (1 << 256)
        last = line
    raise ValueError("the dump was cut within a table")
