"""What an ingestion is told: a document of what it does, and an environment of where and as whom."""

import json
import os
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pyarrow.fs as pafs
from filiera_steps import topic
from filiera_steps.errors import StepError, refuse
from filiera_steps.policy import Policy, kind_of, read_policy
from filiera_steps.schema import Strict, read_as
from pydantic import Field

#: seconds in which one round of the worker ends, or Kafka takes its partitions away
LONGEST_ROUND = 300


class Batch(Strict):
    """When what was read of a partition is written: as soon as one of these is reached."""

    #: of records as they wait in memory, all partitions of a worker together
    bytes: int = Field(gt=0)
    records: int = Field(gt=0)
    #: since the first of its records was read
    seconds: float = Field(gt=0, lt=LONGEST_ROUND)


class Document(Strict):
    """What an ingestion does."""

    topic: str
    #: its consumer group
    group: str
    #: the records' fields and their types
    fields: dict[str, str]
    format: Literal["parquet", "json-lines"] = "parquet"
    #: whether objects are cut by the day of their records, in UTC
    by_date: bool = Field(default=False, alias="byDate")
    batch: Batch
    #: the topic that takes what is no record of these fields
    dead_letters: str = Field(alias="deadLetters")
    policy: dict[str, Any] | None = None


class Settings:
    """A document that is sound, and its policy."""

    def __init__(self, document: Document) -> None:
        """Raises StepError with all that is wrong with it."""
        self.document = document
        self.kinds = topic.kinds_of(document.fields)
        self.policy: Policy | None = None if document.policy is None else read_policy(document.policy)
        if self.policy is None:
            return
        problems = [
            (f"policy.columns.{name}", "is no field: name those of the records")
            for name in self.policy.columns
            if name not in self.kinds
        ]
        problems += [
            (f"policy.columns.{name}", "is missing: say what becomes of each field")
            for name in self.kinds
            if name not in self.policy.columns
        ]
        if not self.columns:
            problems.append(("policy.columns", "found that every field is dropped: keep some"))
        if problems:
            raise StepError(problems)

    @property
    def columns(self) -> dict[str, str]:
        """What is written of the fields, and its types: pseudonyms are texts, and so are dates made coarse."""
        if self.policy is None:
            return self.kinds
        columns = {}
        for name, kind in self.kinds.items():
            given = self.policy.columns.get(name)
            match kind_of(given):
                case "keep":
                    columns[name] = kind
                case "pseudonymise":
                    columns[name] = "text"
                case "generalise":
                    how = given["generalise"]
                    columns[name] = "number" if isinstance(how, dict) and "width" in how else "text"
        return columns


def read_settings(path: Path) -> Settings:
    """The settings of a file.

    Raises StepError with all that is wrong with it.
    """
    try:
        given = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise refuse(str(path), f"cannot be read ({type(error).__name__}): it says what the ingestion does") from None
    return Settings(read_as(Document, given, "ingestion"))


def kafka_settings(note: Any) -> dict[str, Any]:
    """librdkafka's settings of whatever client: TLS that is verified, a password or a certificate of its own."""
    source = topic.Source(needed("FILIERA_KAFKA_SERVERS"), "", {}, {})
    common = ("bootstrap.servers", "security.protocol", "sasl.", "ssl.", "error_cb", "log_level")
    found = {name: each for name, each in topic.settings(source, note).items() if name.startswith(common)}
    certificate = os.environ.get("FILIERA_KAFKA_CERTIFICATE")
    if certificate:
        found["ssl.certificate.location"] = certificate
        found["ssl.key.location"] = needed("FILIERA_KAFKA_KEY")
    return found


def open_store() -> tuple[pafs.FileSystem, str]:
    """The object store, and the folder in it that is the ingestion's: `FILIERA_STORE`, as `s3://bucket/prefix`."""
    uri = urlsplit(needed("FILIERA_STORE"))
    if uri.scheme == "file":
        return pafs.SubTreeFileSystem("/", pafs.LocalFileSystem()), uri.path
    if uri.scheme != "s3":
        raise refuse("FILIERA_STORE", f'found the scheme "{uri.scheme}": allowed are s3 and file')
    endpoint = urlsplit(needed("FILIERA_STORE_URL"))
    # without a key it is the pod's role that is let in
    key = os.environ.get("FILIERA_STORE_ACCESS_KEY_ID") or None
    try:
        store = pafs.S3FileSystem(
            access_key=key,
            secret_key=needed("FILIERA_STORE_SECRET_ACCESS_KEY") if key else None,
            region=needed("FILIERA_STORE_REGION"),
            scheme=endpoint.scheme,
            endpoint_override=endpoint.netloc,
            tls_ca_file_path=os.environ.get("FILIERA_STORE_CA"),
        )
    except OSError as error:
        raise refuse("FILIERA_STORE_URL", f"cannot be used ({error}): write https://host:port") from None
    return store, f"{uri.netloc}{uri.path}".rstrip("/")


def needed(name: str) -> str:
    """A variable that must be set."""
    value = os.environ.get(name, "")
    if not value:
        raise refuse(name, "is not set: the Ingestion construct sets it")
    return value
