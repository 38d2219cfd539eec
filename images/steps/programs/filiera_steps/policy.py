"""What of people is taken in: each column is kept, dropped, pseudonymised or generalised before a table is written."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field

from filiera_steps.errors import StepError, refuse
from filiera_steps.keys import KeyStore
from filiera_steps.schema import Strict, read_as

ALLOWED = (
    'allowed are "keep", "drop", "pseudonymise", and generalise with "month", "year", "decade", a width or characters'
)
#: what dates become
DATES: dict[str, Callable[[pd.Series], pd.Series]] = {
    "month": lambda times: times.dt.strftime("%Y-%m"),
    "year": lambda times: times.dt.strftime("%Y"),
    "decade": lambda times: times.dt.strftime("%Y").str[:3] + "0s",
}


class Retention(Strict):
    """How long a dataset may be used."""

    days: int = Field(gt=0, le=36_500)
    #: a kept column of times: it counts from the earliest, and not from when the data was taken in
    since: str | None = None


class Policy(Strict):
    """What is done to each column; one that is not named is an error."""

    columns: dict[str, Any]
    #: the column that says whom a row is about: with their key the row is pseudonymised
    subject: str | None = None
    retention: Retention | None = None

    def named(self, *kinds: str) -> list[str]:
        """The columns that are treated so."""
        return [name for name, given in self.columns.items() if kind_of(given) in kinds]


def kind_of(given: Any) -> str | None:
    """A treatment's name; None where it is none."""
    if given in ("keep", "drop", "pseudonymise"):
        return given
    if isinstance(given, dict) and set(given) == {"generalise"}:
        how = given["generalise"]
        if isinstance(how, str) and how in DATES:
            return "generalise"
        if isinstance(how, dict) and len(how) == 1:
            ((name, size),) = how.items()
            number = isinstance(size, (int, float)) and not isinstance(size, bool) and size > 0
            # a pipeline's numbers come as floats
            if number and np.isfinite(size) and (name == "width" or (name == "characters" and size == int(size))):
                return "generalise"
    return None


def read_policy(given: Any) -> Policy:
    """A policy as it stands in a pipeline.

    Raises StepError with everything that is wrong with it.
    """
    policy = read_as(Policy, given, "policy")
    problems = [
        (f"policy.columns.{name}", f"found {treatment!r}: {ALLOWED}")
        for name, treatment in policy.columns.items()
        if kind_of(treatment) is None
    ]
    pseudonymised = policy.named("pseudonymise")
    if not policy.columns:
        problems.append(("policy.columns", "found none: name every column of the data"))
    if pseudonymised and policy.subject is None:
        problems.append(
            ("policy.subject", f"found none, and {pseudonymised[0]} is pseudonymised: name whom rows are about")
        )
    if policy.subject is not None and policy.subject not in policy.named("pseudonymise", "drop"):
        problems.append(("policy.subject", f'found "{policy.subject}": name a column that is pseudonymised or dropped'))
    since = policy.retention.since if policy.retention else None
    if since is not None and since not in policy.named("keep"):
        problems.append(("policy.retention.since", f'found "{since}": name a column that is kept'))
    if problems:
        raise StepError(problems)
    return policy


def treat(frame: pd.DataFrame, policy: Policy, store: KeyStore | None) -> pd.DataFrame:
    """The table as it may be kept.

    Raises StepError where its columns are not those of the policy, or values cannot be treated. No message has a value
    in it, nor the name of a column that is not declared: without its header, a file's first row is taken for names.
    """
    problems = [
        (f"source.{name}", "found no such column, and the policy names it: mend the policy, or the source")
        for name in policy.columns
        if name not in frame
    ]
    strange = [str(number) for number, name in enumerate(frame.columns, 1) if name not in policy.columns]
    if strange:
        found = f"found columns that the policy does not name, by their places: {', '.join(strange[:10])}"
        problems.append(("source", f"{found}; say what is done to each, or look whether the header is missing"))
    if problems:
        raise StepError(problems)
    pseudonyms = pseudonyms_of(frame, policy, store) if policy.named("pseudonymise") else {}
    columns: dict[str, pd.Series] = {}
    for name, values in frame.items():
        kind, given = kind_of(policy.columns[name]), policy.columns[name]
        try:
            if kind == "keep":
                columns[name] = values
            elif kind == "pseudonymise":
                columns[name] = pseudonyms[name]
            elif kind == "generalise":
                columns[name] = generalise(values, given["generalise"], f"source.{name}")
        except StepError as error:
            problems += error.problems
    if problems:
        raise StepError(problems)
    if not columns:
        raise refuse("policy.columns", "found that every column is dropped: keep some")
    return pd.DataFrame(columns)


def pseudonyms_of(frame: pd.DataFrame, policy: Policy, store: KeyStore | None) -> dict[str, pd.Series]:
    """Of each such column HMAC-SHA-256, in hexadecimal, of its name and value, by the key of whom the row is about."""
    if store is None or policy.subject is None:
        raise refuse("policy", "found pseudonyms to make, and no key store: give it one")
    people = texts(frame[policy.subject])
    missing = people.isna()
    if missing.any():
        first = int(np.argmax(missing.to_numpy()))
        raise refuse(
            f"source.{policy.subject}",
            f"found {int(missing.sum())} rows about nobody, the first is row {first}: they could not be erased",
        )
    keys = store.keys_of(people.unique())

    def of(name: str) -> pd.Series:
        made = [
            None if value is None else hmac.new(keys[who], f"{name}\0{value}".encode(), hashlib.sha256).hexdigest()
            for who, value in zip(people, texts(frame[name]), strict=True)
        ]
        return pd.Series(made, index=frame.index, dtype=object)

    return {name: of(name) for name in policy.named("pseudonymise")}


def texts(values: pd.Series) -> pd.Series:
    """Values as texts, so that 7, 7.0 and " 7" are one person; nothing, or blanks, is None."""

    def text(value: Any) -> str | None:
        whole = isinstance(value, (float, np.floating)) and float(value).is_integer()
        return str(int(value) if whole else value).strip() or None

    known = values.astype(object)
    return pd.Series(
        [None if empty else text(value) for value, empty in zip(known, known.isna(), strict=True)],
        index=values.index,
        dtype=object,
    )


def generalise(values: pd.Series, how: Any, path: str) -> pd.Series:
    """Dates as months, years or decades; numbers as the lower end of their bin; texts as their first characters.

    Raises StepError where values are no dates, or no numbers.
    """
    if isinstance(how, str):
        times = pd.to_datetime(texts(values), errors="coerce", utc=True, format="ISO8601")
        check(values, times, path, "no date of ISO 8601 between 1678 and 2261")
        return DATES[how](times).astype(object).where(times.notna(), None)
    if "width" in how:
        numbers = pd.to_numeric(texts(values), errors="coerce").astype(float)
        check(values, numbers.where(np.isfinite(numbers)), path, "no number")
        return np.floor(numbers / how["width"]) * how["width"]
    return texts(values).str.slice(0, int(how["characters"]))


def check(values: pd.Series, right: pd.Series, path: str, what: str) -> None:
    """Raises StepError where values did not become what they should, without showing one."""
    wrong = (texts(values).notna() & right.isna()).to_numpy()
    if wrong.any():
        first = int(np.argmax(wrong))
        raise refuse(path, f"found {int(wrong.sum())} rows with {what}, the first is row {first}: mend them")


def expiry(frame: pd.DataFrame, retention: Retention, now: datetime) -> str:
    """When the treated table expires.

    Raises StepError where part of it has expired already.
    """
    days = timedelta(days=retention.days)
    if retention.since is None:
        return (now + days).isoformat(timespec="seconds")
    path = f"source.{retention.since}"
    times = pd.to_datetime(frame[retention.since], errors="coerce", utc=True, format="ISO8601")
    if times.isna().any():
        count = int(times.isna().sum())
        raise refuse(path, f"found {count} rows without a time of ISO 8601: how long they may be kept is not known")
    late = int((times + days <= now).sum())
    if late:
        raise refuse(path, f"found {late} rows older than {retention.days} days: delete them at the source")
    return (times.min() + days).isoformat(timespec="seconds")
