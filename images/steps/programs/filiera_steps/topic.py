"""Reading a Kafka topic: JSON records between two offsets of each partition, the same rows each time."""

import hashlib
import json
import math
import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import pandas as pd

from filiera_steps.errors import StepError, refuse
from filiera_steps.source import Taken

#: where the user, the password and the authority are: PEM, or a file with it; without one, those that the system knows
USER, PASSWORD, AUTHORITY = "FILIERA_KAFKA_USERNAME", "FILIERA_KAFKA_PASSWORD", "FILIERA_KAFKA_CA"
#: seconds without a record, or an answer, after which a broker counts as gone
PATIENCE = 30.0
EXAMPLE = "kafka://broker.example.com:9093/payments?from=0:120,1:80&to=0:200,1:95"
#: how many records that were left out are named
NAMED = 100

Offsets = dict[int, int]


@dataclass(frozen=True)
class Source:
    """A topic, and which part of it."""

    servers: str
    topic: str
    #: the first offset by partition: those that are not named begin where the topic does
    start: Offsets
    #: the offset after the last by partition: those that are not named end where the topic does as reading begins
    end: Offsets


class Record(NamedTuple):
    """A record's place in its topic, and its value; None where its key was deleted."""

    partition: int
    offset: int
    value: bytes | None


def is_topic(uri: str) -> bool:
    """Whether a URI names a topic."""
    return urlsplit(uri).scheme == "kafka"


def source_of(uri: str) -> Source:
    """What a URI such as `kafka://host:9093/topic?from=0:120&to=0:200` says.

    Raises StepError with all that is wrong with it.
    """
    parts = urlsplit(uri)
    servers, topic = parts.netloc, parts.path.strip("/")
    if "@" in servers:
        # it may be a password, and is not shown
        raise refuse("uri", f"found a user in it: leave it out, and give {USER} and {PASSWORD}")
    problems = []
    for server in servers.split(","):
        if not re.fullmatch(r"[A-Za-z0-9.-]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}", server):
            problems.append((uri, f'found the broker "{server}": write host:port, several apart by commas'))
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,249}", topic):
        problems.append((uri, f'found the topic "{topic}": write one, such as {EXAMPLE}'))
    offsets, wrong = offsets_of(uri, parse_qsl(parts.query, keep_blank_values=True))
    problems += wrong
    if problems:
        raise StepError(problems)
    return Source(servers, topic, offsets["from"], offsets["to"])


def offsets_of(uri: str, query: list[tuple[str, str]]) -> tuple[dict[str, Offsets], list[tuple[str, str]]]:
    """The offsets `from` and `to` of a URI's query, and what is wrong with it."""
    offsets: dict[str, Offsets] = {"from": {}, "to": {}}
    problems = []
    for name, value in query:
        if name not in offsets:
            problems.append((uri, f'found "{name}": allowed are from and to'))
        elif not re.fullmatch(r"\d+:\d+(,\d+:\d+)*", value):
            problems.append((uri, f'found {name}="{value}": write partition:offset, several apart by commas'))
        else:
            offsets[name] = {int(p): int(o) for p, o in (each.split(":") for each in value.split(","))}
    return offsets, problems


def take_topic(
    uri: str,
    columns: Mapping[str, str],
    max_megabytes: int = 1024,
    leave_out: bool = False,
    closed: bool = False,
) -> Taken:
    """Reads JSON records, one a row, in the order of partitions and offsets.

    `columns` are their fields and types: text, number, integer, boolean or time. A record that is none of them is an
    error with its partition and offset, or is left out and named in `left_out`. A record without a value is left out
    and counts as nothing: it is how a key of a compacted topic is deleted. Where it is `closed` no message shows
    anything of what is in the records.

    Raises StepError for a topic that is not there, is empty between the offsets or cannot be reached.
    """
    source = source_of(uri)
    kinds = kinds_of(columns)
    with Reader(source) as reader:
        ranges = reader.ranges()
        records = collected(reader.records(ranges), source.topic, max_megabytes)
    return table_of(records, source, ranges, kinds, leave_out, closed)


def collected(records: Iterator[Record], topic: str, max_megabytes: int) -> list[Record]:
    """The records in their order, as many as are allowed."""
    size = 0
    found = []
    for record in records:
        size += len(record.value or b"")
        if size > max_megabytes * 1e6:
            raise refuse(topic, f"found more than the {max_megabytes} MB that are allowed: raise max_megabytes")
        found.append(record)
    return sorted(found, key=lambda each: (each.partition, each.offset))


def table_of(
    records: list[Record],
    source: Source,
    ranges: dict[int, tuple[int, int]],
    kinds: dict[str, str],
    leave_out: bool,
    closed: bool,
) -> Taken:
    """A table of the records, with what tells it from any other."""
    whole = hashlib.sha256()
    rows: list[dict[str, Any]] = []
    problems: list[tuple[str, str]] = []
    for partition, offset, value in records:
        # brokers move, and the topic is the same
        whole.update(f"{source.topic}\0{partition}\0{offset}\0{-1 if value is None else len(value)}\0".encode())
        if value is None:
            continue
        whole.update(value)
        try:
            rows.append(row_of(value, kinds, closed))
        except ValueError as error:
            problems.append((f"{source.topic}[{partition}]@{offset}", str(error)))
    if problems and not leave_out:
        shown = [(path, f"{why}: mend what writes it, or set poisoned to leave out") for path, why in problems]
        more = [(source.topic, f"found {len(shown) - NAMED} more")] if len(shown) > NAMED else []
        raise StepError([*shown[:NAMED], *more])
    if not rows:
        raise refuse(source.topic, "found no record between its offsets: wait until there is one, or give others")
    # as objects: where a value is missing, others would pass through floats
    frame = pd.DataFrame(rows, columns=list(kinds), dtype=object)
    for name, kind in kinds.items():
        frame[name] = typed(frame[name], kind)
    return Taken(
        frame,
        [f"{source.topic}/{partition}@{start}-{end}" for partition, (start, end) in sorted(ranges.items())],
        whole.hexdigest(),
        {str(partition): list(each) for partition, each in sorted(ranges.items())},
        [path for path, _ in problems[:NAMED]],
        len(problems),
    )


KINDS = ("text", "number", "integer", "boolean", "time")


def kinds_of(columns: Mapping[str, str]) -> dict[str, str]:
    """The declared fields.

    Raises StepError where there are none, or a type is none.
    """
    if not columns:
        raise refuse("columns", "found none: a topic's records need fields with types, such as amount: number")
    wrong = [(f"columns.{name}", f"found {kind!r}") for name, kind in columns.items() if kind not in KINDS]
    if wrong:
        raise StepError([(path, f"{found}: allowed are {', '.join(KINDS)}") for path, found in wrong])
    return dict(columns)


def row_of(value: bytes, kinds: dict[str, str], closed: bool) -> dict[str, Any]:
    """The fields of a record; one that is not there, or is null, has no value.

    Raises ValueError with what is wrong.
    """
    try:
        row = DECODER.decode(value.decode(json.detect_encoding(value)))
    except (ValueError, RecursionError) as error:
        raise ValueError("found no JSON" + ("" if closed else f" ({str(error).splitlines()[0]})")) from None
    if not isinstance(row, dict):
        raise ValueError("found no object of JSON")  # noqa: TRY004 - no error of the caller's
    if not row.keys() <= kinds.keys():
        others = sorted(set(row) - set(kinds))
        raise ValueError(f"found fields that are not declared{'' if closed else ': ' + ', '.join(map(repr, others))}")
    for name, kind in kinds.items():
        found = row.get(name)
        if found is not None and not is_a(found, kind):
            raise ValueError(f"found {'another value' if closed else repr(found)[:60]} in {name}, which is {kind}")
    return row


def constant(name: str) -> Any:
    """JSON has neither NaN nor infinity, though Python would read them."""
    raise ValueError(f"{name} is no number of JSON")


#: made once, as it is asked for each record
DECODER = json.JSONDecoder(parse_constant=constant)


def is_a(value: Any, kind: str) -> bool:
    """Whether a value of JSON is of a declared type."""
    match kind:
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            # what a table's integers can hold
            return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63
        case "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool) and is_finite(value)
        case "time":
            return isinstance(value, str) and is_time(value)
        case _:
            return isinstance(value, str) and is_text(value)


def is_finite(value: float) -> bool:
    """Whether it is a number that a table holds: 1e999 is read as infinity, and some integers are too large."""
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def is_text(value: str) -> bool:
    """Whether it is Unicode: JSON can write halves of characters, which no file holds."""
    return value.isascii() or not any("\ud800" <= each <= "\udfff" for each in value)


def is_time(value: str) -> bool:
    """Whether a text is a time of ISO 8601."""
    try:
        datetime.fromisoformat(f"{value[:-1]}+00:00" if value[-1:] in ("Z", "z") else value)
    except ValueError:
        return False
    return True


def typed(values: pd.Series, kind: str) -> pd.Series:
    """A column in its type; times and texts stay as they were written, as those of a CSV file do."""
    match kind:
        case "integer":
            return values.astype("Int64") if values.isna().any() else values.astype("int64")
        case "number":
            return values.astype("float64")
        case "boolean":
            return values.astype("boolean") if values.isna().any() else values.astype("bool")
        case _:
            # what is not there and what is null are the same
            return values.astype(object).where(values.notna(), None)


class Reader:
    """A consumer that joins no group and commits nothing."""

    def __init__(self, source: Source) -> None:
        # it is a library of C, which nothing else here needs
        from confluent_kafka import Consumer

        self._source = source
        self._refused = ""
        self._consumer = Consumer(settings(source, self._note))

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def _note(self, error: Any) -> None:
        from confluent_kafka import KafkaError

        # librdkafka tries for ever what a broker has refused for good
        if error.code() in (KafkaError._AUTHENTICATION, KafkaError._SSL):
            self._refused = error.str()

    def _about(self) -> Any:
        """What the brokers say of the topic, as soon as one answers."""
        from confluent_kafka import KafkaException

        until = time.monotonic() + PATIENCE
        while True:
            try:
                return self._consumer.list_topics(self._source.topic, timeout=2.0).topics[self._source.topic]
            except KafkaException as error:
                # errors are told to who asks for them
                self._consumer.poll(0)
                if self._refused or time.monotonic() > until:
                    raise self._unreached(error.args[0].str()) from None

    def ranges(self) -> dict[int, tuple[int, int]]:
        """The first offset of each partition, and the one after the last, as the topic is now."""
        from confluent_kafka import KafkaException, TopicPartition

        source = self._source
        about = self._about()
        if about.error is not None:
            raise refuse(source.topic, f"cannot be read ({about.error.str()}): look at its name and your rights")
        try:
            there = {
                each: self._consumer.get_watermark_offsets(TopicPartition(source.topic, each), timeout=PATIENCE)
                for each in sorted(about.partitions)
            }
        except KafkaException as error:
            raise self._unreached(error.args[0].str()) from None
        return ranges_of(source, there)

    def records(self, ranges: dict[int, tuple[int, int]]) -> Iterator[Record]:
        """The records between the offsets, each partition in its order."""
        from confluent_kafka import KafkaError, TopicPartition

        left = {partition: end for partition, (start, end) in ranges.items() if start < end}
        self._consumer.assign([TopicPartition(self._source.topic, each, ranges[each][0]) for each in left])
        until = time.monotonic() + PATIENCE
        while left:
            message = self._consumer.poll(1.0)
            if message is None:
                if time.monotonic() > until:
                    raise self._unreached(f"no record for {PATIENCE:.0f} s")
                continue
            until = time.monotonic() + PATIENCE
            partition = message.partition()
            error = message.error()
            if error is None:
                end = left.get(partition)
                if end is not None and message.offset() < end:
                    yield Record(partition, message.offset(), message.value())
                if end is not None and message.offset() >= end - 1:
                    del left[partition]
                    self._consumer.pause([TopicPartition(self._source.topic, partition)])
            elif error.code() == KafkaError._PARTITION_EOF:
                # the last offsets may be of no records: what compaction took away, and the marks of transactions
                left.pop(partition, None)
            else:
                raise self._unreached(error.str())

    def _unreached(self, why: str) -> StepError:
        reason = self._refused or why
        way = f"look at its address, {USER}, {PASSWORD} and {AUTHORITY}"
        return refuse(self._source.topic, f"cannot be reached ({reason}): {way}")


def settings(source: Source, note: Any) -> dict[str, Any]:
    """librdkafka's settings: always TLS that is verified, and a password where there is a user."""
    user, password, authority = (os.environ.get(each, "") for each in (USER, PASSWORD, AUTHORITY))
    if (user == "") != (password == ""):
        raise refuse(PASSWORD if user else USER, "is not set, and the other is: give both or neither")
    return {
        "bootstrap.servers": source.servers,
        # a name is needed, and nobody joins it
        "group.id": user or "filiera",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "auto.offset.reset": "error",
        "isolation.level": "read_committed",
        "security.protocol": "SASL_SSL" if user else "SSL",
        **({"sasl.mechanism": "SCRAM-SHA-512", "sasl.username": user, "sasl.password": password} if user else {}),
        **({"ssl.ca.pem" if "-----BEGIN" in authority else "ssl.ca.location": authority} if authority else {}),
        "error_cb": note,
        # what it would write itself is in our messages
        "log_level": 0,
    }


def ranges_of(source: Source, there: dict[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
    """The offsets to read of each partition, from those that are asked for and those that are there.

    Raises StepError for partitions and offsets that are not there, or are no longer.
    """
    problems = []
    for partition in sorted({*source.start, *source.end} - set(there)):
        count = f"the topic has {len(there)}, from 0"
        problems.append((f"{source.topic}[{partition}]", f"is not there: {count}"))
    ranges = {}
    for partition, (low, high) in there.items():
        start, end = source.start.get(partition, low), source.end.get(partition, high)
        path = f"{source.topic}[{partition}]"
        if start < low:
            problems.append((path, f"found from {start}, and its records begin at {low}: give {low} or more"))
        if start > high:
            problems.append((path, f"found from {start}, and its records end at {high}: give {high} or less"))
        if end > high:
            problems.append((path, f"found to {end}, and its records end at {high}: give {high} or less"))
        if end < start:
            problems.append((path, f"found to {end}, before from, {start}: give {start} or more"))
        ranges[partition] = (start, end)
    if problems:
        raise StepError(problems)
    if all(start == end for start, end in ranges.values()):
        raise refuse(source.topic, "found no record between its offsets: wait until there is one, or give others")
    return ranges
