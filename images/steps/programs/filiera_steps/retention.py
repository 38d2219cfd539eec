"""Which datasets have expired.

    python -m filiera_steps.retention <folder, s3:// or gs://>

lists the tables below a place that may be used no more, and ends with 1 if there are any.
"""

import json
import sys
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq

from filiera_steps.errors import StepError
from filiera_steps.source import files_of, open_system
from filiera_steps.tables import now


def expired(uri: str) -> list[tuple[str, str]]:
    """The tables below a place that have expired, and when. What is no Parquet, or never expires, is left out."""
    system, root = open_system(uri)
    found = []
    for file in files_of(system, root, uri):
        try:
            about = pq.ParquetFile(system.open_input_file(file.path)).schema_arrow.metadata or {}
        except pa.ArrowException:
            continue
        until = json.loads(about.get(b"PANDAS_ATTRS", b"{}")).get("expires")
        if until and datetime.fromisoformat(until) <= now():
            found.append((file.path, until))
    return found


def main() -> None:
    """Lists them."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m filiera_steps.retention <folder>")
    try:
        found = expired(sys.argv[1])
    except StepError as error:
        sys.exit(str(error))
    for path, until in found:
        print(f"{until} {path}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
