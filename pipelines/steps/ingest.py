"""Takes data in from a file, a folder or an object store."""

from typing import Optional

from filiera_steps.errors import refuse
from filiera_steps.source import take
from filiera_steps.tables import write_table
from kfp.dsl import Dataset, Input, Output


def ingest(
    data: Output[Dataset],
    uri: str = "",
    source: Optional[Input[Dataset]] = None,  # noqa: UP045 - kfp reads no other
    format: str = "auto",
    max_megabytes: int = 1024,
):
    """Writes what is at `uri`, or in the dataset `source`, as one table, with hashes of what was read and written."""
    if (source is None) == (uri == ""):
        raise refuse("ingest", "found both a uri and a source, or neither: give it one of them")
    taken = take(source.path if source else uri, format, max_megabytes)
    data.metadata.update(write_table(taken.frame, data.path))
    data.metadata.update({"source": source.uri if source else uri, "source_sha256": taken.sha256, "files": taken.files})
    print(f"{len(taken.frame)} rows of {len(taken.files)} files")
