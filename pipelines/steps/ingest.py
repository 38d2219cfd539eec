"""Takes data in from a file, a folder, an object store, a Kafka topic or what an ingestion wrote of one."""

from typing import Optional

from filiera_steps import policy as policies
from filiera_steps.errors import StepError, refuse
from filiera_steps.keys import KeyStore, place
from filiera_steps.lake import take_lake
from filiera_steps.source import take
from filiera_steps.tables import now, write_table
from filiera_steps.topic import is_topic, take_topic
from kfp.dsl import Dataset, Input, Output


def ingest(
    data: Output[Dataset],
    uri: str = "",
    source: Optional[Input[Dataset]] = None,  # noqa: UP045 - kfp reads no other
    format: str = "auto",
    max_megabytes: int = 1024,
    policy: dict = {},  # noqa: B006 - kfp reads no other default of a struct
    columns: dict = {},  # noqa: B006
    poisoned: str = "refuse",
):
    """Writes what is at `uri`, or in the dataset `source`, as one table, with hashes of what was read and written.

    `columns` are the fields of a topic's records and their types, or of the objects that an ingestion made of them;
    `poisoned` says what becomes of records that are something else.

    With a policy it writes what that lets through, and no hash of what was read, as that could be guessed at.
    """
    if (source is None) == (uri == ""):
        raise refuse("ingest", "found both a uri and a source, or neither: give it one of them")
    given = source.path if source else uri
    told = {"source": source.uri if source else uri}
    if is_topic(given):
        told["source"] = told["source"].partition("?")[0]

        def read(texts=(), closed=False):
            return take_topic(given, columns, max_megabytes, poisoned == "leave out", closed)

    elif columns:
        told["source"] = told["source"].partition("?")[0]

        def read(texts=(), closed=False):
            return take_lake(given, columns, max_megabytes, closed)

    else:

        def read(texts=(), closed=False):
            return take(given, format, max_megabytes, texts, closed)

    if policy:
        taken, frame = under(policy, read)
    else:
        taken = read()
        frame = taken.frame
        # what a file says of itself is no policy of ours
        frame.attrs = {}
        told["source_sha256"] = taken.sha256
    data.metadata.update(write_table(frame, data.path))
    if taken.offsets is not None:
        left = {"left_out": taken.left_out_count, "left_out_first": taken.left_out}
        told.update({"offsets": taken.offsets, **(left if taken.left_out else {})})
    data.metadata.update({**told, "files": taken.files})
    what = f"partitions, {taken.left_out_count} left out" if is_topic(given) else "files"
    print(f"{len(taken.frame)} rows of {len(taken.files)} {what}")


def under(policy, take):
    """What was read, and what the policy lets through of it."""
    read = policies.read_policy(policy)
    store = KeyStore(place()) if read.named("pseudonymise") else None
    try:
        taken = take(read.named("drop", "pseudonymise", "generalise"), closed=True)
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
