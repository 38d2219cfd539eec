"""What a partition's committed offset says besides: which batch is being written. Whoever comes next writes the same.

All before the offset is written. Where a batch was begun, the commit's metadata says where it ends and how its objects
are laid out: their names and their records follow from that, so that writing them again changes nothing.
"""

import re
from typing import NamedTuple

from filiera_steps.lake import Format

TEXT = re.compile(r"filiera-1 (?P<end>\d{1,19}) (?P<format>parquet|json-lines) (?P<cut>whole|by-date)")


class Layout(NamedTuple):
    """How a batch's objects are laid out."""

    format: Format
    by_date: bool


class Promise(NamedTuple):
    """A batch that is being written, or was when its worker ended."""

    #: the offset after its last
    end: int
    layout: Layout

    def text(self) -> str:
        """The commit's metadata."""
        return f"filiera-1 {self.end} {self.layout.format} {'by-date' if self.layout.by_date else 'whole'}"


def read_promise(metadata: str | None) -> Promise | None:
    """What a commit's metadata says; None where no batch was begun."""
    found = TEXT.fullmatch(metadata or "")
    if found is None:
        return None
    form: Format = "parquet" if found["format"] == "parquet" else "json-lines"
    return Promise(int(found["end"]), Layout(form, found["cut"] == "by-date"))
