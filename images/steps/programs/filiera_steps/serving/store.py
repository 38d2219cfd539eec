"""Where requests are kept: a folder, or a prefix of a bucket, to which is only added."""

import atexit
import os
import tempfile
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from filiera_steps.errors import StepError, refuse

#: where requests go if a step names no target, and who signed the certificate of an object store there
TARGET, AUTHORITY = "FILIERA_SERVING", "FILIERA_SERVING_CA"
#: what an address may say besides, as pyarrow has it
OPTIONS = {"endpoint_override", "scheme", "region"}


class Store(Protocol):
    """What both have. Names are such as `card-fraud/0000000002.json`."""

    #: the target, in words
    shown: str

    def read(self, name: str) -> bytes | None:
        """What has that name; None where nothing has."""

    def add(self, name: str, content: bytes) -> bool:
        """Puts it there if nothing has that name yet, and says whether it did."""

    def after(self, name: str) -> list[str]:
        """The names in the folder of `name` that sort after it, in order."""


def open_store(target: str) -> Store:
    """The store at a path, `file://` or `s3://bucket/prefix`; what `FILIERA_SERVING` says if it is empty.

    Raises StepError for an address that is none, and where there is none.
    """
    given = target or os.environ.get(TARGET, "")
    path = "target" if target else TARGET
    parts = urlsplit(given)
    if parts.scheme == "s3":
        return Bucket(given, path)
    if parts.scheme not in ("", "file"):
        raise refuse(path, f'found the scheme "{parts.scheme}": allowed are a path, file and s3')
    folder = unquote(parts.path) if parts.scheme == "file" else given
    if not folder.startswith("/"):
        found = f'"{given}", which is not absolute' if given else "nothing"
        raise refuse(path, f"found {found}: give it a folder such as /requests, or s3://bucket/prefix")
    return Folder(folder)


class Folder:
    """A folder, such as one of a volume."""

    def __init__(self, folder: str) -> None:
        self.root = Path(folder)
        self.shown = folder

    def read(self, name: str) -> bytes | None:
        """What has that name."""
        try:
            return (self.root / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self.refused(error) from None

    def add(self, name: str, content: bytes) -> bool:
        """Written under another name first: whoever reads finds all of it or nothing, and a link replaces nothing."""
        place = self.root / name
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=place.parent, prefix=".") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                os.fchmod(file.fileno(), 0o444)
                os.link(file.name, place)
        except FileExistsError:
            return False
        except OSError as error:
            raise self.refused(error) from None
        return True

    def after(self, name: str) -> list[str]:
        """The names after it."""
        folder = (self.root / name).parent
        try:
            there = [f"{folder.name}/{each.name}" for each in folder.glob("[!.]*.json")]
        except OSError as error:
            raise self.refused(error) from None
        return sorted(each for each in there if each > name)

    def refused(self, error: OSError) -> StepError:
        """What is told where the folder cannot be used."""
        return refuse(self.shown, f"cannot be used ({error.strerror}): give it a folder that may be written")


class Bucket:
    """A prefix of a bucket behind S3's protocol, with the credentials that botocore finds."""

    def __init__(self, uri: str, path: str) -> None:
        import botocore.config
        import botocore.session
        from botocore.exceptions import BotoCoreError

        parts = urlsplit(uri)
        self.bucket, self.prefix = parts.netloc, unquote(parts.path).strip("/")
        self.shown = f"s3://{self.bucket}/{self.prefix}".rstrip("/")
        options = {key: values[-1] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        unknown = sorted(set(options) - OPTIONS)
        if not self.bucket or parts.username or unknown:
            said = f'the option "{unknown[0]}"' if unknown else "a user in it" if parts.username else "no bucket in it"
            raise refuse(path, f"found {said}: give it an address such as s3://bucket/prefix")
        endpoint = options.get("endpoint_override")
        if endpoint and "://" not in endpoint:
            endpoint = f"{options.get('scheme', 'https')}://{endpoint}"
        config = botocore.config.Config(
            connect_timeout=10,
            read_timeout=30,
            retries={"total_max_attempts": 3},
            # stores other than Amazon's may know no other checksums, and no hosts that are named as buckets
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path" if endpoint else "auto"},
        )
        try:
            self.client = botocore.session.get_session().create_client(
                "s3",
                endpoint_url=endpoint,
                region_name=options.get("region") or os.environ.get("AWS_REGION"),
                verify=authority(),
                config=config,
            )
        except (BotoCoreError, ValueError) as error:
            raise refuse(path, f"cannot be used ({error}): give it an address such as s3://bucket/prefix") from None

    def read(self, name: str) -> bytes | None:
        """What has that name."""
        try:
            return self.ask("get_object", Key=self.key(name))["Body"]
        except Refused as error:
            if error.code == "NoSuchKey":
                return None
            raise error.told(self.shown) from None

    def add(self, name: str, content: bytes) -> bool:
        """On the condition that nothing is there. It is looked for before, as stores may not know conditions."""
        if self.read(name) is not None:
            return False
        given = {"Key": self.key(name), "Body": content, "ContentType": "application/json"}
        try:
            self.ask("put_object", **given, IfNoneMatch="*")
        except Refused as error:
            # the second: another one writes it just now
            if error.code in ("PreconditionFailed", "ConditionalRequestConflict"):
                return False
            if error.code != "NotImplemented":
                raise error.told(self.shown) from None
            self.put_without_condition(given)
        return True

    def put_without_condition(self, given: dict[str, Any]) -> None:
        """Where a store says that it knows none: two that write at once may then both do so."""
        try:
            self.ask("put_object", **given)
        except Refused as error:
            raise error.told(self.shown) from None

    def after(self, name: str) -> list[str]:
        """The names after it."""
        folder = self.key(name).rpartition("/")[0]
        found: list[str] = []
        start = self.key(name)
        while True:
            try:
                page = self.ask("list_objects_v2", Prefix=f"{folder}/", StartAfter=start)
            except Refused as error:
                raise error.told(self.shown) from None
            keys = [each["Key"] for each in page.get("Contents", [])]
            found += [each.removeprefix(f"{self.prefix}/") for each in keys if each.endswith(".json")]
            if not page.get("IsTruncated") or not keys:
                return found
            start = keys[-1]

    def key(self, name: str) -> str:
        """The key of an object."""
        return f"{self.prefix}/{name}" if self.prefix else name

    def ask(self, operation: str, **given: Any) -> dict[str, Any]:
        """An answer of the store, or `Refused`."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = getattr(self.client, operation)(Bucket=self.bucket, **given)
            return {**answer, "Body": answer["Body"].read()} if "Body" in answer else answer
        except ClientError as error:
            raise Refused(error.response["Error"]["Code"]) from None
        except BotoCoreError as error:
            raise Refused(type(error).__name__) from None


class Refused(Exception):
    """What a store said, or why it said nothing."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    def told(self, shown: str) -> StepError:
        """What is told of it."""
        return refuse(shown, f"cannot be used ({self.code}): look at its address, its credentials and their rights")


def authority() -> str | None:
    """The file with the authority's certificate: the one that the variable names, or one made of what it says."""
    given = os.environ.get(AUTHORITY, "")
    if "-----BEGIN" not in given:
        return given or None
    descriptor, name = tempfile.mkstemp(suffix=".pem")
    # for as long as clients read it
    atexit.register(os.unlink, name)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(given)
    return name
