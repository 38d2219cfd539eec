"""Tables between steps: Parquet files, with a hash of what they hold and not of how it is written.

A table that was taken in under a policy says so wherever it goes, in its `attrs`: `policy`, its columns' treatments by
their names, and `expires`, a time of ISO 8601 where it has one. pandas keeps both in the file.
"""

import hashlib
import json
from datetime import datetime, timezone
from pathlib import Path

import pandas as pd
import pyarrow as pa

from filiera_steps.arrays import bytes_of, hold_arrays
from filiera_steps.errors import refuse


def content_hash(frame: pd.DataFrame) -> str:
    """SHA-256 of a table's columns, types and rows in their order: another Parquet library writes the same."""
    whole = hashlib.sha256(json.dumps([[name, str(kind)] for name, kind in frame.dtypes.items()]).encode())
    whole.update(pd.util.hash_pandas_object(plain(frame), index=False).to_numpy().tobytes())
    return whole.hexdigest()


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with values that pandas hashes: what categories stand for, and not their numbers; arrays as bytes."""
    named = frame.astype({name: object for name, kind in frame.dtypes.items() if isinstance(kind, pd.CategoricalDtype)})
    return named.assign(**{name: named[name].map(bytes_of) for name in named if hold_arrays(named[name])})


def write_table(frame: pd.DataFrame, path: str) -> dict[str, object]:
    """Writes a table as Parquet; gives what its artifact says of it: `rows`, `columns`, `sha256`, and its terms."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(path, index=False)
    return {"rows": len(frame), "columns": list(frame.columns), "sha256": content_hash(frame), **terms(frame)}


def terms(frame: pd.DataFrame) -> dict[str, object]:
    """On what terms a table is kept: `policy` and `expires`, where it has them."""
    return {name: frame.attrs[name] for name in ("policy", "expires") if name in frame.attrs}


def hidden(frame: pd.DataFrame) -> set[str]:
    """The columns whose values no message shows: all that the policy does not keep as they are."""
    return {name for name, kind in frame.attrs.get("policy", {}).items() if kind != "keep"}


def now() -> datetime:
    """The time by which tables expire."""
    return datetime.now(timezone.utc)


def read_table(path: str, name: str = "data") -> pd.DataFrame:
    """Reads what `write_table` wrote.

    Raises StepError where there is no table in Parquet, and where it has expired.
    """
    try:
        frame = pd.read_parquet(path)
    except (ValueError, OSError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise refuse(name, f"found no Parquet table ({reason}): give it a dataset that a step wrote") from None
    if frame.empty:
        raise refuse(name, "found a table without rows: look at the step that wrote it")
    until = frame.attrs.get("expires")
    if until and datetime.fromisoformat(until) <= now():
        raise refuse(name, f"found data that expired at {until}: delete it, and take in anew what may be kept")
    return frame
