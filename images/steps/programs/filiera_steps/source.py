"""Reading data from outside: files, folders, object stores. Nothing of it is ever run."""

import csv
import hashlib
import io
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import pandas as pd
import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from filiera_steps.errors import StepError, refuse

Format = Literal["auto", "csv", "parquet"]
ENDINGS = {".csv": "csv", ".parquet": "parquet"}


@dataclass(frozen=True)
class Taken:
    """What was read, and what tells it from any other."""

    frame: pd.DataFrame
    #: how often a file was read, by its path from the source
    files: list[str]
    #: SHA-256 of the names and bytes of the files, in order; of a topic's records with their places
    sha256: str
    #: of a topic: from which offset to which of each partition
    offsets: dict[str, list[int]] | None = None
    #: of a topic: records that were left out, the first of them, and how many they are
    left_out: list[str] = field(default_factory=list)
    left_out_count: int = 0


def take(
    uri: str, kind: Format = "auto", max_megabytes: int = 1024, texts: Collection[str] = (), closed: bool = False
) -> Taken:
    """Reads a CSV or Parquet file, or all of a folder or a prefix: a path, `file://`, `s3://` or `gs://`.

    `max_megabytes` bounds what is read, and what Parquet says it becomes. Columns of CSV that are `texts` stay as they
    are written. Where it is `closed` no message shows anything of what is in the files.

    Raises StepError for whatever is no such data: no file, other bytes than the name says, rows of different lengths,
    columns without a name or with the same.
    """
    system, root = open_system(uri)
    files = files_of(system, root, uri)
    total = sum(each.size or 0 for each in files)
    if total > max_megabytes * 1e6:
        raise refuse(uri, f"found {total / 1e6:.0f} MB, allowed are {max_megabytes}: raise max_megabytes")
    whole = hashlib.sha256()
    frames = []
    names = []
    for file in files:
        name = file.path.removeprefix(root).lstrip("/") or file.base_name
        content = system.open_input_file(file.path).read()
        whole.update(f"{name}\0{len(content)}\0".encode())
        whole.update(content)
        frames.append(read(content, name, kind, max_megabytes, texts, closed))
        names.append(name)
    for name, frame in zip(names, frames, strict=True):
        if list(frame.columns) != list(frames[0].columns):
            both = f"the columns {list(frame.columns)}, where {names[0]} has {list(frames[0].columns)}"
            raise refuse(name, f"found {f'other columns than in {names[0]}: mend one' if closed else both}")
    return Taken(pd.concat(frames, ignore_index=True), names, whole.hexdigest())


def open_system(uri: str) -> tuple[pafs.FileSystem, str]:
    """The file system of a URI, and the path in it."""
    scheme = urlsplit(uri).scheme
    if scheme in ("s3", "gs") and "@" in urlsplit(uri).netloc:
        # it may be a key, and is neither shown nor recorded
        raise refuse("uri", "found a key in it: leave it out, and give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    if scheme == "kafka":
        raise refuse(uri, "found a Kafka topic in the place of files: give its records' columns")
    if scheme not in ("", "file", "s3", "gs"):
        raise refuse(uri, f'found the scheme "{scheme}": allowed are a path, file, s3 and gs')
    try:
        return (pafs.LocalFileSystem(), uri) if scheme == "" else pafs.FileSystem.from_uri(uri)
    except (ValueError, OSError, pa.ArrowException) as error:
        raise refuse(uri, f"cannot be read ({error}): give it a path or a URI such as s3://bucket/folder") from None


def files_of(system: pafs.FileSystem, root: str, uri: str) -> list[pafs.FileInfo]:
    """The file, or the data files below a folder, by name; what begins with a dot or an underscore is left out."""
    try:
        info = system.get_file_info(root)
        if info.type == pafs.FileType.File:
            return [info]
        found = (
            system.get_file_info(pafs.FileSelector(root, recursive=True))
            if info.type == pafs.FileType.Directory
            else []
        )
    except (OSError, pa.ArrowException) as error:
        raise refuse(uri, f"cannot be reached ({error}): look at its address and credentials") from None
    files = [each for each in found if each.type == pafs.FileType.File and each.base_name[0] not in "._"]
    if not files:
        raise refuse(uri, "found no file there: give it a file, or a folder with CSV or Parquet files")
    return sorted(files, key=lambda each: each.path)


def read(
    content: bytes, name: str, kind: Format, max_megabytes: int, texts: Collection[str], closed: bool
) -> pd.DataFrame:
    """A table of a file's bytes, in the format that is asked for or that its name says."""
    if kind == "auto":
        is_parquet = content[:4] == b"PAR1" and "." not in name
        kind = "parquet" if is_parquet else ENDINGS.get(name[name.rfind(".") :].lower() if "." in name else "")
        if kind is None:
            raise refuse(name, "found neither .csv nor .parquet at the end of its name: rename it, or set format")
    if len(content) == 0:
        raise refuse(name, "found an empty file: give it rows")
    try:
        frame = (
            read_csv(content, name, texts, closed)
            if kind == "csv"
            else read_parquet(content, name, max_megabytes, closed)
        )
    except StepError:
        raise
    except (ValueError, OSError, csv.Error, pa.ArrowException) as error:
        reason = type(error).__name__ if closed else str(error).strip().splitlines()[0]
        raise refuse(name, f"found no {kind} in it ({reason}): write it anew") from None
    if frame.empty:
        raise refuse(name, "found no rows in it: give it some")
    return frame


def read_csv(content: bytes, name: str, texts: Collection[str], closed: bool) -> pd.DataFrame:
    """A CSV file in UTF-8, its first line the columns."""
    if b"\0" in content:
        raise refuse(name, "found NUL bytes in it, which no CSV has: write it anew, in UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refuse(name, f"found bytes at {error.start} that are not UTF-8: write it anew, in UTF-8") from None
    header = next(csv.reader(io.StringIO(text)), [])
    check_header(header, name, closed)
    # index_col=False would cut longer rows without a word, so the fields of each row are counted
    for number, row in enumerate(csv.reader(io.StringIO(text)), 1):
        if row and len(row) != len(header):
            raise refuse(name, f"found {len(row)} fields in row {number}, where the first has {len(header)}: mend it")
    return pd.read_csv(io.StringIO(text), low_memory=False, dtype={each: str for each in header if each in texts})


def read_parquet(content: bytes, name: str, max_megabytes: int, closed: bool) -> pd.DataFrame:
    """A Parquet file that does not become larger than is allowed."""
    file = pq.ParquetFile(io.BytesIO(content))
    groups = [file.metadata.row_group(index) for index in range(file.metadata.num_row_groups)]
    size = sum(group.total_byte_size for group in groups)
    if size > max_megabytes * 1e6:
        raise refuse(name, f"found {size / 1e6:.0f} MB when unpacked, allowed are {max_megabytes}: raise max_megabytes")
    check_header(file.schema_arrow.names, name, closed)
    return file.read().to_pandas()


def check_header(header: list[str], name: str, closed: bool) -> None:
    """Every column has a name of its own."""
    twice = sorted({each for each in header if header.count(each) > 1 and each.strip()})
    if not header or not all(each.strip() for each in header):
        raise refuse(name, "found a column without a name: name each in the first line")
    if twice:
        raise refuse(
            name, f"found columns of one name: {len(twice) if closed else ', '.join(twice)}; give each its own"
        )
