"""Daily demand of items as rows that models learn from: what was known at the end of a day, and what was asked after.

A row looks back four weeks, and ahead over the days that a delivery takes (`lead`). Nothing of the days ahead is in its
features, and no row to learn from reaches into the days that models are judged by.
"""

from typing import Any, Literal

import pandas as pd
from pydantic import Field

from filiera_steps.errors import StepError, refuse
from filiera_steps.schema import Schema, Strict
from filiera_steps.tables import hidden, terms

WEEK = 7
#: days that a row looks back
HISTORY = 4 * WEEK
#: columns of ours in the tables: what was asked in the days ahead, and of that day's week before; the level, which is
#: what the last four weeks let expect for as many days; and the mean of what was asked, over the days to learn from
AHEAD, NAIVE, LEVEL, SCALE = "ahead", "naive", "level", "scale"


class Demand(Strict):
    """How rows are made."""

    #: a column of whole days from 1 on, the same for all rows of an item: what a delivery takes; else 1
    lead: str | None = None
    #: what days without a row between an item's first and the last of all are
    gaps: Literal["refuse", "zero"] = "refuse"
    test_days: int = Field(default=28, ge=1)
    holdout_days: int = Field(default=28, ge=1)


def prepare(frame: pd.DataFrame, schema: Schema, demand: Demand) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """The tables `train`, `test`, `holdout` and `current`, and the features with their types.

    `current` is of the last day, whose days ahead are not known. Raises StepError with everything that is wrong: gaps,
    two rows of an item and a day, items with less than four weeks before what is judged, lead times that are none.
    """
    item, time = schema.one("item"), schema.one("time")
    days = frame.assign(**{time: frame[time].dt.floor("D")}).sort_values([item, time], kind="stable", ignore_index=True)
    last = days[time].max()
    second = last - pd.Timedelta(days=demand.holdout_days)
    first = second - pd.Timedelta(days=demand.test_days)
    names = schema.named("feature")
    problems = [
        (
            f"schema.columns.{name}.type",
            f'found "{schema.columns[name].type}": features of demand are numbers or booleans',
        )
        for name in names
        if schema.columns[name].type not in ("number", "boolean")
    ]
    problems += doubles(days, item, time, item in hidden(frame)) + lead_faults(days, item, demand)
    if problems:
        raise StepError(problems)
    series = whole(days, schema, demand, last, item in hidden(frame))
    needed = {name: back(lead_of(of, demand)) + lead_of(of, demand) for name, of in series.items()}
    short = [name for name, of in series.items() if (first - of[time].iloc[0]).days < needed[name]]
    if short:
        least = max(needed[name] for name in short)
        shown = f"{len(short)} items" if item in hidden(frame) else f"items such as {short[0]}"
        wanted = f"with less than {least} days before {first:%Y-%m-%d}, where judging begins: leave them out"
        raise refuse(f"data.{time}", f"found {shown} {wanted}, or keep back fewer days")
    rows = pd.concat([rows_of(of, schema, names, demand) for of in series.values()], ignore_index=True)
    ends = rows[time] + pd.to_timedelta(rows["lead"], unit="D")
    scale = rows[ends <= first].groupby(item)[AHEAD].mean()
    unsold = scale[~(scale > 0)]
    if len(unsold):
        shown = f"{len(unsold)} items" if item in hidden(frame) else f"items such as {unsold.index[0]}"
        found = f"found {shown} that nobody asked for before {first:%Y-%m-%d}: leave them out"
        raise refuse(f"data.{schema.target}", found)
    rows[SCALE] = rows[item].map(scale)
    known = ends <= last
    tables = {
        "train": rows[ends <= first],
        "test": rows[(rows[time] >= first) & (ends <= second)],
        "holdout": rows[(rows[time] >= second) & known],
        "current": rows[rows[time] == last].drop(columns=AHEAD),
    }
    for name in ("test", "holdout"):
        if tables[name].empty:
            kept = demand.test_days if name == "test" else demand.holdout_days
            raise refuse(f"demand.{name}_days", f"found {kept}, and every delivery takes longer: keep back more days")
    for table in tables.values():
        table.attrs = terms(frame)
    features = dict.fromkeys(("lead", "weekday", "last", "week", "fortnight", "season", "spread", *names), "number")
    return {name: table.reset_index(drop=True) for name, table in tables.items()}, features


def doubles(days: pd.DataFrame, item: str, time: str, unseen: bool) -> list[tuple[str, str]]:
    """Days of which an item has two rows."""
    twice = days[days.duplicated([item, time])]
    if twice.empty:
        return []
    first = "" if unseen else f", such as {twice[item].iloc[0]} on {twice[time].iloc[0]:%Y-%m-%d}"
    return [(f"data.{time}", f"found {len(twice)} rows of an item and a day that has one{first}: add them up")]


def lead_faults(days: pd.DataFrame, item: str, demand: Demand) -> list[tuple[str, str]]:
    """Lead times that are no whole days, or differ for an item."""
    if demand.lead is None:
        return []
    path = "demand.lead"
    if demand.lead not in days:
        return [(path, f'found no column "{demand.lead}"; there are {", ".join(days.columns)}')]
    values = pd.to_numeric(days[demand.lead], errors="coerce")
    if not ((values >= 1) & (values <= 365) & (values % 1 == 0)).all():
        return [(path, "found days that are not whole or not between 1 and 365: mend them")]
    several = int((values.groupby(days[item]).nunique() > 1).sum())
    return [(path, f"found {several} items with more than one: give each its last")] if several else []


def lead_of(of: pd.DataFrame, demand: Demand) -> int:
    """The days that a delivery of an item takes."""
    return 1 if demand.lead is None else int(of[demand.lead].iloc[0])


def back(lead: int) -> int:
    """The days that a row looks back: four weeks, and as many as the week before all days ahead."""
    return max(HISTORY, WEEK * -(-lead // WEEK))


def whole(
    days: pd.DataFrame, schema: Schema, demand: Demand, last: pd.Timestamp, unseen: bool
) -> dict[str, pd.DataFrame]:
    """The days of each item, from its first to the last of all, each once."""
    item, time = schema.one("item"), schema.one("time")
    series: dict[str, pd.DataFrame] = {}
    missing: list[str] = []
    for name, of in days.groupby(item, sort=True):
        every = pd.date_range(of[time].iloc[0], last, freq="D")
        if len(every) > len(of):
            there = of.set_index(time).reindex(every)
            gone = there.index[there[item].isna()]
            missing += [f"{name} on {each:%Y-%m-%d}" for each in gone]
            there[schema.target] = there[schema.target].fillna(0.0)
            of = there.ffill().rename_axis(time).reset_index()[list(days.columns)]
        series[str(name)] = of
    if missing and demand.gaps == "refuse":
        shown = "" if unseen else f", such as {missing[0]}"
        found = f"found {len(missing)} days without a row{shown}"
        raise refuse(f"data.{time}", f'{found}: fill them in, or set gaps to "zero" if nothing was asked for then')
    return series


def rows_of(of: pd.DataFrame, schema: Schema, names: list[str], demand: Demand) -> pd.DataFrame:
    """A row for each day of an item that has enough days before it."""
    time, target = schema.one("time"), schema.target
    asked = of[target].astype(float)
    lead = lead_of(of, demand)
    # one more than was asked, so that what nobody asked for lately has a level
    level = (asked.rolling(HISTORY).sum() + 1) / HISTORY
    total = asked.cumsum()
    naive = sum(asked.shift(WEEK * -(-ahead // WEEK) - ahead) for ahead in range(1, lead + 1))
    made: dict[str, Any] = {
        AHEAD: total.shift(-lead) - total,
        NAIVE: naive,
        LEVEL: level * lead,
        "lead": float(lead),
        # of the first day ahead, Monday is 0
        "weekday": ((of[time].dt.dayofweek + 1) % WEEK).astype(float),
        "last": asked / level,
        "week": asked.rolling(WEEK).mean() / level,
        "fortnight": asked.rolling(2 * WEEK).mean() / level,
        "season": naive / (level * lead),
        "spread": asked.rolling(HISTORY).std() / level,
    }
    clash = sorted(set(made) & set(schema.columns))
    if clash:
        raise refuse(f"schema.columns.{clash[0]}", "found a name that a column of ours has: rename it")
    for name in names:
        values = of[name].astype(float)
        usual = values.rolling(HISTORY, min_periods=1).mean()
        # 1 is as usual, which is what is taken where nothing is said
        made[name] = (values / usual.where(usual != 0)).fillna(1.0)
    kept = [name for name in of.columns if name not in names and name != target]
    return of[kept].assign(**made).iloc[back(lead) - 1 :]
