"""From series, a row for each moment, to windows of them with what came after."""

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field, PositiveInt

from filiera_steps.errors import StepError, refuse
from filiera_steps.schema import Strict
from filiera_steps.tables import terms


class Windows(Strict):
    """How series are cut."""

    #: the column that says which series a row is of, such as a machine
    series: str
    #: the column that orders its rows: numbers, or times
    order: str
    #: the measurements, in the order that they have in a window
    values: tuple[str, ...] = Field(min_length=1)
    #: the column that is true in the row where what is to be foreseen happens
    event: str
    #: rows of a window
    length: PositiveInt
    #: rows from one window to the next
    stride: PositiveInt = 1
    #: how many rows after a window are looked at for the event
    horizon: PositiveInt
    #: columns that a window has of its last row
    keep: tuple[str, ...] = ()
    #: what becomes of series that are shorter than a window and its horizon
    short: Literal["refuse", "leave_out"] = "refuse"
    #: what the column of windows is called, and that of what came after
    window: str = "window"
    target: str = "event_follows"


def cut(frame: pd.DataFrame, recipe: Windows) -> pd.DataFrame:
    """A row for each window: the series, `order` and `keep` of its last row, the window, whether the event follows.

    An event counts where it is in one of the `horizon` rows after a window. Windows whose series ends before that
    without an event are left out, as what came after is not known, and so are those that have an event in them.
    Raises StepError for columns that are not there, rows of one series and order, measurements that are no numbers,
    series that are too short, and where no window is left.
    """
    check_columns(frame, recipe)
    values = frame[list(recipe.values)].to_numpy(dtype=np.float32)
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise refuse(f"data.{recipe.values[column]}", f"found NaN or infinity in row {row}: fill it, or leave it out")
    ordered = frame.sort_values([recipe.series, recipe.order], kind="stable", ignore_index=True)
    twice = ordered.duplicated([recipe.series, recipe.order])
    if twice.any():
        count = int(twice.sum())
        raise refuse(f"data.{recipe.order}", f"found {count} rows of a series and order that another has: keep one")
    found, short = [], 0
    for _, each in ordered.groupby(recipe.series, sort=True):
        windows = windows_of(each[recipe.event].to_numpy(dtype=bool), recipe)
        found += [(each.index[0] + start, label) for start, label in windows]
        short += not windows
    if not found or (short and recipe.short == "refuse"):
        what = f"found {short} series that have no window of {recipe.length} rows with the {recipe.horizon} after it"
        raise refuse(f"data.{recipe.series}", f'{what}: set a smaller length, or set short to "leave_out"')
    starts, labels = (np.array(each) for each in zip(*found, strict=True))
    return assemble(ordered, starts, labels, recipe)


def windows_of(event: np.ndarray, recipe: Windows) -> list[tuple[int, bool]]:
    """Where in a series windows start, and whether the event follows each."""
    happened = np.flatnonzero(event)
    found = []
    for start in range(0, len(event) - recipe.length + 1, recipe.stride):
        end = start + recipe.length
        inside = ((happened >= start) & (happened < end)).any()
        follows = bool(((happened >= end) & (happened < end + recipe.horizon)).any())
        known = follows or end + recipe.horizon <= len(event)
        if known and not inside:
            found.append((start, follows))
    return found


def assemble(ordered: pd.DataFrame, starts: np.ndarray, labels: np.ndarray, recipe: Windows) -> pd.DataFrame:
    """The table of windows that start in these rows."""
    values = ordered[list(recipe.values)].to_numpy(dtype=np.float32)
    last = ordered.iloc[starts + recipe.length - 1].reset_index(drop=True)
    kept = list(dict.fromkeys([recipe.series, recipe.order, *recipe.keep]))
    made = last[kept].copy()
    made[recipe.window] = pd.Series([values[start : start + recipe.length].ravel() for start in starts], dtype=object)
    made[recipe.target] = labels
    made.attrs = terms(ordered)
    return made


def check_columns(frame: pd.DataFrame, recipe: Windows) -> None:
    """Raises StepError for columns that are not there, and for names that two columns would have."""
    asked = {"series": [recipe.series], "order": [recipe.order], "event": [recipe.event]}
    asked |= {"values": list(recipe.values), "keep": list(recipe.keep)}
    problems = [
        (f"recipe.{path}", f'found no column "{name}"; there are {", ".join(map(str, frame.columns))}')
        for path, names in asked.items()
        for name in names
        if name not in frame
    ]
    there = [recipe.series, recipe.order, *recipe.keep]
    problems += [
        (f"recipe.{path}", f'found "{name}", which another column is called: name it otherwise')
        for path, name, others in (
            ("window", recipe.window, [*there, recipe.target]),
            ("target", recipe.target, there),
        )
        if name in others
    ]
    if problems:
        raise StepError(problems)
