"""From a table that is right to tables that models learn from and are judged on."""

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field, model_validator
from sklearn.model_selection import train_test_split

from filiera_steps.errors import refuse
from filiera_steps.schema import Schema, Strict
from filiera_steps.tables import hidden, plain, terms

PARTS = ("train", "validation", "test", "holdout")


class Shares(Strict):
    """How much of the rows goes where."""

    train: float = Field(default=0.5, gt=0, lt=1)
    validation: float = Field(default=0.15, gt=0, lt=1)
    test: float = Field(default=0.2, gt=0, lt=1)
    holdout: float = Field(default=0.15, gt=0, lt=1)

    @model_validator(mode="after")
    def whole(self) -> "Shares":
        """They are all there is."""
        total = sum(getattr(self, each) for each in PARTS)
        if abs(total - 1) > 1e-9:
            raise ValueError(f"the shares add up to {total:g}, and not to 1")
        return self


class Recipe(Strict):
    """What is made of the columns, and how rows are split."""

    #: numbers from 0 on of which the logarithm of one more is taken, as `<name>_log`, in place of them
    log: tuple[str, ...] = ()
    #: times whose hour (0 to 23) and day of the week (0 is Monday) become features, as `<name>_hour`, `<name>_day`
    clock: tuple[str, ...] = ()
    #: by time, the earliest to learn from; or at random, with the same share of each class
    split: Literal["time", "random"] = "random"
    #: a column whose rows of one value all go to one part, such as those of a patient or a machine
    together: str | None = None
    shares: Shares = Shares()


def prepare(
    frame: pd.DataFrame, schema: Schema, recipe: Recipe, seed: int
) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Removes rows that are there twice, derives columns, splits; gives the tables and the features with their types.

    What must be learnt from the data, such as means, is not done here but in the model, from training rows alone.
    """
    clean = frame[~plain(frame).duplicated()].reset_index(drop=True)
    features = {name: schema.columns[name].kind for name in schema.named("feature")}
    derived = clean.copy()
    for name in recipe.log:
        if features.get(name) != "number":
            raise refuse(f"recipe.log.{name}", "found no feature of that name and type number: name one")
        if (clean[name] < 0).any():
            least = "less" if name in hidden(frame) else f"{clean[name].min():g}"
            raise refuse(f"recipe.log.{name}", f"found {least}: the logarithm is of numbers from 0 on")
        derived[f"{name}_log"] = np.log1p(derived.pop(name))
        del features[name]
        features[f"{name}_log"] = "number"
    for name in recipe.clock:
        if name not in schema.columns or schema.columns[name].type != "time":
            raise refuse(f"recipe.clock.{name}", "found no column of that name and type time: name one")
        derived[f"{name}_hour"] = clean[name].dt.hour.astype(float)
        derived[f"{name}_day"] = clean[name].dt.dayofweek.astype(float)
        features |= {f"{name}_hour": "number", f"{name}_day": "number"}
    features = {name: kind for name, kind in features.items() if kind != "time"}
    if not features:
        raise refuse("schema.columns", "found no feature of another type than time: give some columns that role")
    tables = split(derived, schema, recipe, seed)
    for table in tables.values():
        table.attrs = terms(frame)
    return tables, features


def split(frame: pd.DataFrame, schema: Schema, recipe: Recipe, seed: int) -> dict[str, pd.DataFrame]:
    """The rows in four tables, each with both classes."""
    shares = [getattr(recipe.shares, each) for each in PARTS]
    if recipe.together is not None:
        check_together(frame, recipe)
    if recipe.split == "time":
        times = schema.named("time")
        if len(times) != 1:
            raise refuse("recipe.split", f"found {len(times)} columns of the role time: one of them orders the rows")
        ordered = frame.sort_values(times[0], kind="stable", ignore_index=True)
        ends = np.round(np.cumsum(shares) * len(ordered)).astype(int)
        tables = [ordered.iloc[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    else:
        tables = at_random(frame, schema.target, recipe.together, shares, seed)
    for name, table in zip(PARTS, tables, strict=True):
        if table[schema.target].nunique() < 2:
            raise refuse(
                f"data.{schema.target}", f"found one class in the {len(table)} rows of {name}: give it more rows"
            )
    return {name: table.reset_index(drop=True) for name, table in zip(PARTS, tables, strict=True)}


def check_together(frame: pd.DataFrame, recipe: Recipe) -> None:
    """Raises StepError where rows cannot be kept together by that column."""
    path = "recipe.together"
    if recipe.split == "time":
        raise refuse(path, "found a split by time, which would tear rows apart that belong together: split at random")
    if recipe.together not in frame:
        raise refuse(path, f'found no column "{recipe.together}"; there are {", ".join(frame.columns)}')
    if frame[recipe.together].isna().any():
        raise refuse(f"data.{recipe.together}", "found rows without a value, and cannot tell which belong together")


def at_random(
    frame: pd.DataFrame, target: str, together: str | None, shares: list[float], seed: int
) -> list[pd.DataFrame]:
    """Parts with the same share of rows that are true; or where rows belong together, of groups that have such rows."""
    groups = frame.index.to_series() if together is None else frame[together]
    rest = frame[target].groupby(groups).any()
    parts = []
    for index, share in enumerate(shares[:-1]):
        left = share / sum(shares[index:])
        try:
            part, rest = train_test_split(rest, train_size=left, random_state=seed, stratify=rest)
        except ValueError as error:
            more = "rows" if together is None else f"of {together}"
            raise refuse("data", f"cannot be split ({error}): give it more {more}") from None
        parts.append(part)
    # each part in the order of its rows, or as they were drawn
    return [frame.loc[part.index] if together is None else frame[groups.isin(part.index)] for part in [*parts, rest]]
