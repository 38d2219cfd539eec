"""A record that can only be added to: each entry carries the hash of the one before it."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

#: what the first entry follows
START = "0" * 64
FIELDS = {"sequence", "previous", "body", "hash"}


def canonical(value: Any) -> bytes:
    """The one way in which a value is written: names in order, no spaces, no numbers that are none."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def seal(body: Any, previous: str, sequence: int) -> bytes:
    """An entry that follows the one with the hash `previous`; the first has the number 0 and follows `START`."""
    entry = {"sequence": sequence, "previous": previous, "body": body}
    return canonical({**entry, "hash": hashlib.sha256(canonical(entry)).hexdigest()})


def hash_of(entry: bytes) -> str:
    """The hash that an entry carries."""
    return json.loads(entry)["hash"]


def faults(entries: Iterable[bytes], head: str | None) -> list[str]:
    """What is wrong with a chain, first to last: nothing if its entries are as they were sealed, none is missing, none
    was put in, and the last one is `head` (None where there should be no entry)."""
    found = []
    previous = START
    number = -1
    for number, entry in enumerate(entries):
        try:
            read = json.loads(entry)
            is_entry = isinstance(read, dict) and set(read) == FIELDS
        except ValueError:
            is_entry = False
        if not is_entry:
            return [*found, f"entry {number} cannot be read"]
        body = {key: value for key, value in read.items() if key != "hash"}
        # compared byte by byte: another spelling of the same would be a change, too
        if canonical(read) != entry or hashlib.sha256(canonical(body)).hexdigest() != read["hash"]:
            found.append(f"entry {number} was changed")
        if read["sequence"] != number:
            found.append(f"entry {number} says that it is number {read['sequence']}")
        if read["previous"] != previous:
            found.append(f"entry {number} does not follow the one before it")
        previous = read["hash"]
    if number < 0 and head is not None:
        found.append(f"there is no entry, and the last should be {head}")
    elif number >= 0 and previous != head:
        found.append(f"the last entry is {previous}, and should be {head}")
    return found
