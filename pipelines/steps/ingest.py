"""Takes data in from a file, a folder or an object store."""

from typing import Optional

from filiera_steps import policy as policies
from filiera_steps.errors import StepError, refuse
from filiera_steps.keys import KeyStore, place
from filiera_steps.source import take
from filiera_steps.tables import now, write_table
from kfp.dsl import Dataset, Input, Output


def ingest(
    data: Output[Dataset],
    uri: str = "",
    source: Optional[Input[Dataset]] = None,  # noqa: UP045 - kfp reads no other
    format: str = "auto",
    max_megabytes: int = 1024,
    policy: dict = {},  # noqa: B006 - kfp reads no other default of a struct
):
    """Writes what is at `uri`, or in the dataset `source`, as one table, with hashes of what was read and written.

    With a policy it writes what that lets through, and no hash of what was read, as that could be guessed at.
    """
    if (source is None) == (uri == ""):
        raise refuse("ingest", "found both a uri and a source, or neither: give it one of them")
    given = source.path if source else uri
    told = {"source": source.uri if source else uri}
    if policy:
        taken, frame = under(policy, given, format, max_megabytes)
    else:
        taken = take(given, format, max_megabytes)
        frame = taken.frame
        # what a file says of itself is no policy of ours
        frame.attrs = {}
        told["source_sha256"] = taken.sha256
    data.metadata.update(write_table(frame, data.path))
    data.metadata.update({**told, "files": taken.files})
    print(f"{len(taken.frame)} rows of {len(taken.files)} files")


def under(policy, given, format, max_megabytes):
    """What was read, and what the policy lets through of it."""
    read = policies.read_policy(policy)
    store = KeyStore(place()) if read.named("pseudonymise") else None
    try:
        taken = take(given, format, max_megabytes, read.named("drop", "pseudonymise", "generalise"), closed=True)
        frame = policies.treat(taken.frame, read, store)
        frame.attrs = {"policy": {name: policies.kind_of(each) for name, each in read.columns.items()}}
        if read.retention:
            frame.attrs["expires"] = policies.expiry(frame, read.retention, now())
        return taken, frame
    except StepError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever else went wrong may say a value
        found = f"cannot be taken in ({type(error).__name__}): look whether it is what it should be"
        raise refuse("source", found) from None
