"""What becomes of a batch of records: tables of those that are what they should be, reasons for those that are not."""

import io
import json
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from filiera_steps import policy as policies
from filiera_steps.errors import StepError
from filiera_steps.keys import KeyStore
from filiera_steps.lake import PLACE, Format, Part
from filiera_steps.topic import row_of, typed

from filiera_ingestion.settings import Settings

#: records that become a table at once: what bounds the memory that their rows take
CHUNK = 10_000
TYPES = {
    "text": pa.string(),
    "time": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
}


class Record(NamedTuple):
    """A record as it was read; its value is None where its key was deleted."""

    offset: int
    #: milliseconds since 1970
    timestamp: int
    key: bytes | None
    value: bytes | None


@dataclass(frozen=True)
class Dead:
    """A record that cannot be written, and why."""

    record: Record
    #: in few words, for counting
    kind: str
    reason: str


@dataclass(frozen=True)
class Made:
    """What a batch became: objects to write, and what is dead."""

    objects: list[tuple[Part, bytes]]
    dead: list[Dead]
    written: int
    deleted: int


class Maker:
    """Makes objects of records: the same of the same records."""

    def __init__(self, settings: Settings, keys: KeyStore | None = None) -> None:
        self._kinds = settings.kinds
        self._policy = settings.policy
        self._keys = keys
        self.schema = pa.schema(
            [
                pa.field("_partition", pa.int32(), nullable=False),
                pa.field("_offset", pa.int64(), nullable=False),
                pa.field("_timestamp", pa.timestamp("ms", "UTC"), nullable=False),
                *(pa.field(name, TYPES[kind]) for name, kind in settings.columns.items()),
            ]
        )

    def make(self, records: list[Record], partition: int, first: int, last: int, form: Format, by_date: bool) -> Made:
        """The objects for offsets `first` to `last`: one, or one for each day where they are cut by date.

        Where nothing is left of the records there is one without rows, which says that its offsets are accounted for.
        """
        days: dict[str | None, list[Record]] = {}
        for record in records:
            days.setdefault(day_of(record.timestamp) if by_date else None, []).append(record)
        dead: list[Dead] = []
        tables = {}
        for day, those in (days or {"none" if by_date else None: []}).items():
            chunks = [self._table(those[begin : begin + CHUNK], partition) for begin in range(0, len(those), CHUNK)]
            tables[day] = pa.concat_tables([table for table, _ in chunks]) if chunks else self.schema.empty_table()
            dead += [each for _, wrong in chunks for each in wrong]
        filled = {day: table for day, table in tables.items() if len(table)} or dict([next(iter(tables.items()))])
        return Made(
            [(Part(partition, first, last, form, day), encode(table, form)) for day, table in filled.items()],
            sorted(dead, key=lambda each: each.record.offset),
            sum(map(len, filled.values())),
            sum(record.value is None for record in records),
        )

    def _table(self, records: list[Record], partition: int) -> tuple[pa.Table, list[Dead]]:
        rows: list[dict[str, Any]] = []
        good: list[Record] = []
        dead: list[Dead] = []
        closed = self._policy is not None
        for record in records:
            if record.value is None:
                continue
            try:
                rows.append(row_of(record.value, self._kinds, closed))
                good.append(record)
            except ValueError as error:
                dead.append(Dead(record, sort_of(str(error)), str(error)))
        if closed:
            frames, good, refused = self._treated(rows, good)
            dead += refused
            columns = [
                pa.array([value for frame in frames for value in frame[field.name]], field.type, from_pandas=True)
                for field in list(self.schema)[len(PLACE) :]
            ]
        else:
            columns = [column(rows, name, kind) for name, kind in self._kinds.items()]
        places = [
            pa.array([partition] * len(good), pa.int32()),
            pa.array([record.offset for record in good], pa.int64()),
            pa.array([record.timestamp for record in good], pa.timestamp("ms", "UTC")),
        ]
        return pa.Table.from_arrays(places + columns, schema=self.schema), dead

    def _treated(
        self, rows: list[dict[str, Any]], records: list[Record]
    ) -> tuple[list[pd.DataFrame], list[Record], list[Dead]]:
        """What the policy lets through, in their order, of which records it is, and those that it cannot treat."""
        if not rows or self._policy is None:
            return [], [], []
        frame = pd.DataFrame(rows, columns=list(self._kinds), dtype=object)
        for name, kind in self._kinds.items():
            frame[name] = typed(frame[name], kind)
        try:
            return [policies.treat(frame, self._policy, self._keys)], records, []
        except StepError as error:
            # a key store that fails is no fault of the records
            if not all(path.startswith("source.") for path, _ in error.problems):
                raise
            if len(rows) == 1:
                reason = "; ".join(f"{path.removeprefix('source.')}: {message}" for path, message in error.problems)
                return [], [], [Dead(records[0], "policy", reason)]
        # it says that some are wrong, and not which
        half = len(rows) // 2
        before, after = self._treated(rows[:half], records[:half]), self._treated(rows[half:], records[half:])
        return before[0] + after[0], before[1] + after[1], before[2] + after[2]


def column(rows: list[dict[str, Any]], name: str, kind: str) -> pa.Array:
    """A field of all rows."""
    values = [row.get(name) for row in rows]
    if kind == "number":
        # Arrow refuses integers that a float holds only nearly
        values = [None if value is None else float(value) for value in values]
    return pa.array(values, TYPES[kind])


def sort_of(reason: str) -> str:
    """What is wrong with a record, without what is its own."""
    for begin, sort in (
        ("found no JSON", "no JSON"),
        ("found no object", "no object"),
        ("found fields", "undeclared field"),
    ):
        if reason.startswith(begin):
            return sort
    return "other type"


def day_of(timestamp: int) -> str:
    """The day of a time in milliseconds since 1970, in UTC; `none` where Kafka knows none, or it is no date."""
    try:
        return datetime.fromtimestamp(timestamp / 1000, timezone.utc).date().isoformat() if timestamp >= 0 else "none"
    except (ValueError, OverflowError, OSError):
        return "none"


def encode(table: pa.Table, form: Format) -> bytes:
    """A table's bytes as an object."""
    sink = io.BytesIO()
    if form == "parquet":
        pq.write_table(table, sink, compression="zstd")
    else:
        plain = table.set_column(2, "_timestamp", table["_timestamp"].cast(pa.int64()))
        for row in plain.to_pylist():
            sink.write(json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n")
    return sink.getvalue()
