"""Who took what and when, cut by time: what models learn from, and what they are asked without having seen it."""

from typing import NamedTuple

import pandas as pd
from pydantic import Field

from filiera_steps.errors import StepError, refuse
from filiera_steps.schema import Schema, Strict
from filiera_steps.tables import terms

#: of a row that is judged by: whether it was taken after the cut, and not before
ASKED = "asked"


class Cuts(Strict):
    """How many of the last days are kept back, to judge by."""

    test_days: float = Field(default=28, gt=0)
    holdout_days: float = Field(default=28, gt=0)


class Columns(NamedTuple):
    """What the columns are called."""

    user: str
    item: str
    time: str


def columns_of(schema: Schema) -> Columns:
    """The columns of a schema for ranking."""
    return Columns(schema.one("user"), schema.one("item"), schema.one("time"))


def cut(frame: pd.DataFrame, schema: Schema, cuts: Cuts) -> tuple[dict[str, pd.DataFrame], int]:
    """The tables `train`, `test` and `holdout`, and how many rows were there twice and were removed.

    A person takes an item once: rows after their first of it tell nothing more. The last two tables have, of each
    person who took something new in their days, these rows, which are `asked`, and all of before, which are not. No
    row of a later day is in an earlier table.

    Raises StepError where a table would be empty.
    """
    names = columns_of(schema)
    ordered = frame.sort_values(names.time, kind="stable", ignore_index=True)
    once = ordered.drop_duplicates([names.user, names.item], ignore_index=True)
    times = once[names.time]
    last = ordered[names.time].max()
    second = last - pd.Timedelta(days=cuts.holdout_days)
    first = second - pd.Timedelta(days=cuts.test_days)
    tables = {
        "train": once[times <= first],
        "test": asked(once[times <= second], names, first),
        "holdout": asked(once, names, second),
    }
    problems = [
        (f"data.{names.time}", f"found no rows for {name}: the data begins at {times.min():%Y-%m-%d}, and {rule}")
        for name, rule in (
            ("train", f"what is learnt from ends at {first:%Y-%m-%d}; keep back fewer days"),
            ("test", f"nobody took anything new between {first:%Y-%m-%d} and {second:%Y-%m-%d}"),
            ("holdout", f"nobody took anything new between {second:%Y-%m-%d} and {last:%Y-%m-%d}"),
        )
        if tables[name].empty
    ]
    if problems:
        raise StepError(problems)
    for table in tables.values():
        table.attrs = terms(frame)
    return {name: table.reset_index(drop=True) for name, table in tables.items()}, len(frame) - len(once)


def asked(rows: pd.DataFrame, names: Columns, since: pd.Timestamp) -> pd.DataFrame:
    """All rows of those who took something after that time, and whether each row is such."""
    late = rows[names.time] > since
    return rows.assign(**{ASKED: late})[rows[names.user].isin(rows.loc[late, names.user])]


class Questions(NamedTuple):
    """What models are asked, a person a row, in the order of their names."""

    users: list[str]
    #: what each had taken before
    histories: list[list[str]]
    #: what each took then, of which the model knows nothing
    taken: list[list[str]]
    #: when the first of it was taken
    since: pd.Timestamp


def questions(table: pd.DataFrame, names: Columns) -> Questions:
    """The questions of a table that `cut` made for judging."""
    if ASKED not in table or not table[ASKED].any():
        raise refuse("data", f"found no rows that are {ASKED}: give it the test or holdout table of splitFeedback")
    people = sorted(set(table.loc[table[ASKED], names.user]))

    def lists(rows: pd.DataFrame) -> list[list[str]]:
        by_user = rows.groupby(names.user, sort=False)[names.item].agg(list)
        return [by_user.get(each, []) for each in people]

    return Questions(
        people, lists(table[~table[ASKED]]), lists(table[table[ASKED]]), table.loc[table[ASKED], names.time].min()
    )


def of_each(table: pd.DataFrame, key: str, column: str, path: str) -> pd.Series:
    """The value that a column has for each person or item.

    Raises StepError where there is no such column, and where one of them has several.
    """
    if column not in table:
        raise refuse(path, f"found no such column; there are {', '.join(table.columns)}")
    pairs = table[[key, column]].astype(object).where(table[[key, column]].notna(), "missing").drop_duplicates()
    several = int(pairs[key].duplicated().sum())
    if several:
        raise refuse(path, f"found {several} of {key} with more than one value of it: give each one, such as its last")
    return pairs.set_index(key)[column].map(str)
