"""Objects that an ingestion made of a topic: their names say which offsets they account for, and so what is missing."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pandas as pd
import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from filiera_steps.errors import StepError, refuse
from filiera_steps.source import Taken, open_system
from filiera_steps.topic import Offsets, kinds_of, offsets_of, typed

Format = Literal["parquet", "json-lines"]
#: how the name of an object ends, by its format
ENDINGS: dict[Format, str] = {"parquet": "parquet", "json-lines": "jsonl"}
#: a record's place, and the time that Kafka has of it, in milliseconds since 1970
PLACE = ("_partition", "_offset", "_timestamp")
NAME = re.compile(
    r"partition=(?P<partition>\d{1,10})/(?:date=(?P<date>[\w-]{1,10})/)?(?P<first>\d{20})-(?P<last>\d{20})\.(?P<end>\w+)"
)
EXAMPLE = "s3://lake/payments/payments?from=0:120,1:80&to=0:200,1:95"


@dataclass(frozen=True)
class Part:
    """An object, or part of one where it is cut by date: offsets `first` to `last` of a partition, both included."""

    partition: int
    first: int
    last: int
    format: Format = "parquet"
    #: day of its records, in UTC, where objects are cut by it
    date: str | None = None

    @property
    def name(self) -> str:
        """Its name below the topic's."""
        date = "" if self.date is None else f"date={self.date}/"
        return f"partition={self.partition}/{date}{self.first:020}-{self.last:020}.{ENDINGS[self.format]}"


def part_of(name: str) -> Part | None:
    """What a name says; None where it is no ingestion's."""
    found = NAME.fullmatch(name)
    kind = next((kind for kind, end in ENDINGS.items() if found and found["end"] == end), None)
    if found is None or kind is None:
        return None
    return Part(int(found["partition"]), int(found["first"]), int(found["last"]), kind, found["date"])


def list_parts(system: pafs.FileSystem, root: str) -> list[Part]:
    """The parts below a topic's folder, or one of its partitions', in their order."""
    topic = re.sub(r"/partition=\d+$", "", root)
    found = system.get_file_info(pafs.FileSelector(root, recursive=True, allow_not_found=True))
    names = [each.path.removeprefix(topic).lstrip("/") for each in found if each.type == pafs.FileType.File]
    parts = [part for part in map(part_of, names) if part is not None]
    return sorted(parts, key=lambda part: (part.partition, part.first, part.date or ""))


def take_lake(uri: str, columns: Mapping[str, str], max_megabytes: int = 1024, closed: bool = False) -> Taken:
    """Reads what an ingestion wrote of a topic, between two offsets of each partition: the rows that reading the topic
    gives, in the same order.

    `uri` names the topic's folder, with `from` and `to` as a topic's. `columns` are as a topic's, after the
    ingestion's policy. Raises StepError where offsets are not there, or an object between them is not.
    """
    kinds = kinds_of(columns)
    bare, start, end = split(uri)
    system, root = open_system(bare)
    bare = bare.partition("?")[0]
    try:
        parts = list_parts(system, root)
    except (OSError, pa.ArrowException) as error:
        raise refuse(bare, f"cannot be reached ({error}): look at its address and credentials") from None
    if not parts:
        raise refuse(bare, "found no objects of an ingestion there: name its topic's folder, or leave columns out")
    ranges = ranges_of(parts, start, end)
    wanted = [part for part in parts if meets(part, ranges)]
    whole = hashlib.sha256()
    tables = []
    size = 0
    for part in wanted:
        try:
            content = system.open_input_file(f"{root}/{part.name}").read()
        except (OSError, pa.ArrowException) as error:
            raise refuse(part.name, f"cannot be read ({type(error).__name__}): look at your rights") from None
        size += len(content)
        if size > max_megabytes * 1e6:
            raise refuse(bare, f"found more than the {max_megabytes} MB that are allowed: raise max_megabytes")
        whole.update(f"{part.name}\0{len(content)}\0".encode())
        whole.update(content)
        tables.append(within(read(content, part, kinds, closed), *ranges[part.partition]))
    frame = pd.concat(tables, ignore_index=True).sort_values(list(PLACE[:2]), ignore_index=True)
    if frame.empty:
        raise refuse(bare, "found no record between the offsets: give others")
    return Taken(
        pd.DataFrame({name: typed(frame[name], kind) for name, kind in kinds.items()}),
        [part.name for part in wanted],
        whole.hexdigest(),
        {str(partition): list(each) for partition, each in sorted(ranges.items())},
    )


def split(uri: str) -> tuple[str, Offsets, Offsets]:
    """A URI without its offsets, and these. What else is in its query is the file system's."""
    parts = urlsplit(uri)
    query = parse_qsl(parts.query, keep_blank_values=True)
    offsets, problems = offsets_of(uri, [each for each in query if each[0] in ("from", "to")])
    if problems:
        raise StepError(problems)
    others = urlencode([each for each in query if each[0] not in ("from", "to")])
    return urlunsplit(parts._replace(query=others)).rstrip("/"), offsets["from"], offsets["to"]


def ranges_of(parts: list[Part], start: Offsets, end: Offsets) -> dict[int, tuple[int, int]]:
    """What to read of each partition: from an offset to the one after the last.

    Raises StepError for what is not there, and where objects are missing in between: each begins where one ends.
    """
    problems = []
    ranges: dict[int, tuple[int, int]] = {}
    there = {part.partition for part in parts}
    for partition in sorted({*start, *end} - there):
        problems.append((f"partition={partition}", f"is not there: found {', '.join(map(str, sorted(there)))}"))
    for partition in sorted(there):
        path = f"partition={partition}"
        bounds = sorted({(part.first, part.last + 1) for part in parts if part.partition == partition})
        low, high = bounds[0][0], bounds[-1][1]
        first, last = start.get(partition, low), end.get(partition, high)
        if not low <= first <= last <= high:
            problems.append((path, f"found {first} to {last}: its objects hold {low} to {high}"))
        for (_, before), (after, _) in pairwise(bounds):
            if before != after and first < max(before, after) and last > min(before, after):
                what = "no object" if before < after else "two objects"
                problems.append((path, f"found {what} for {min(before, after)} to {max(before, after)}: restore it"))
        ranges[partition] = (first, last)
    if problems:
        raise StepError(problems)
    return ranges


def meets(part: Part, ranges: dict[int, tuple[int, int]]) -> bool:
    """Whether some of the offsets are the part's."""
    first, end = ranges[part.partition]
    return part.first < end and part.last >= first


def within(frame: pd.DataFrame, first: int, end: int) -> pd.DataFrame:
    """The rows between two offsets."""
    return frame[(frame["_offset"] >= first) & (frame["_offset"] < end)]


def read(content: bytes, part: Part, kinds: dict[str, str], closed: bool) -> pd.DataFrame:
    """The rows of an object: their places, and the columns that are asked for."""
    wanted = [*PLACE[:2], *kinds]
    try:
        if part.format == "parquet":
            file = pq.ParquetFile(pa.BufferReader(content))
            missing = sorted(set(wanted) - set(file.schema_arrow.names))
            rows = file.read(columns=wanted).to_pylist() if not missing else []
        else:
            rows = [json.loads(line) for line in content.splitlines()]
            missing = sorted({name for row in rows for name in wanted if name not in row})
    except (ValueError, OSError, pa.ArrowException) as error:
        reason = type(error).__name__ if closed else str(error).splitlines()[0]
        raise refuse(part.name, f"found no {part.format} in it ({reason}): restore it") from None
    if missing:
        raise refuse(part.name, f"found no column {', '.join(missing)}: name those that the ingestion writes")
    # as objects: where a value is missing, others would pass through floats
    return pd.DataFrame(rows, columns=wanted, dtype=object)
