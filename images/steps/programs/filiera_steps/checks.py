"""Whether a table is what its schema says, and how far it has moved from an earlier one."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial.distance import jensenshannon
from scipy.stats import ks_2samp

from filiera_steps import arrays
from filiera_steps.errors import StepError
from filiera_steps.schema import Column, Schema
from filiera_steps.tables import hidden, terms

#: rows of each class without which nothing can be learnt or judged
LEAST_OF_A_CLASS = 2


def conform(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """The table with the schema's columns and types; others are left out.

    Raises StepError with everything that is wrong: no rows, columns that are missing, values of another type, out of
    their range or none of their categories, too many without a value; rows without a label, a single class, amounts
    below 0. Values of columns that a policy does not keep are not shown.
    """
    if frame.empty:
        raise StepError([("data", "found no rows: look at what was ingested")])
    problems: list[tuple[str, str]] = []
    unseen = hidden(frame)
    columns: dict[str, pd.Series] = {}
    for name, column in schema.columns.items():
        path = f"data.{name}"
        if name not in frame:
            problems.append((path, f"found no such column; there are {', '.join(map(str, frame.columns))}"))
            continue
        try:
            columns[name] = as_type(frame[name], column, name not in unseen)
        except ValueError as error:
            problems.append((path, f"found {error}"))
            continue
        problems += [(path, message) for message in faults(columns[name], column, name not in unseen)]
    for name in schema.named("target"):
        if name in columns:
            told = label_faults(columns[name]) if schema.task == "classification" else amount_faults(columns[name])
            problems += [(f"data.{name}", message) for message in told]
    if problems:
        raise StepError(problems)
    labelled = pd.DataFrame(columns)
    if schema.task == "classification":
        labelled = labelled.astype({schema.target: bool})
    labelled.attrs = terms(frame)
    return labelled


def as_type(values: pd.Series, column: Column, shown: bool = True) -> pd.Series:
    """The values in the column's type; ValueError says what else was found, with the value if it may be shown."""
    kind = column.type
    if column.shape is not None:
        return arrays.flat(values, column.shape)
    if kind == "number":
        numbers = pd.to_numeric(values, errors="coerce").astype(float)
        return wrong_where(values, numbers.isna() & values.notna(), "no number", numbers, shown)
    if kind == "time":
        times = pd.to_datetime(values, errors="coerce", utc=True, format="ISO8601")
        return wrong_where(values, times.isna() & values.notna(), "no time of ISO 8601", times, shown)
    if kind == "boolean":
        known = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}
        texts = values.astype(object).where(values.notna(), None).map(lambda each: known.get(str(each).lower()))
        wrong = texts.isna() & values.notna()
        return wrong_where(values, wrong, "neither true nor false", texts.astype("boolean"), shown)
    return values.astype(object).where(values.notna(), None).map(lambda each: None if each is None else str(each))


def wrong_where(values: pd.Series, wrong: pd.Series, what: str, right: pd.Series, shown: bool) -> pd.Series:
    """The right values, or ValueError with the first wrong one."""
    if wrong.any():
        row = int(np.argmax(wrong.to_numpy()))
        value = repr(values.iloc[row]) if shown else "a value"
        raise ValueError(f"{value} in row {row}, which is {what}: mend it, or declare another type")
    return right


def faults(values: pd.Series, column: Column, shown: bool = True) -> list[str]:
    """What a column says against the values."""
    found = []
    missing = float(values.isna().mean())
    if column.role != "target" and missing > column.missing:
        found.append(f"found {missing:.1%} of rows without a value, allowed are {column.missing:.1%}")
    there = values.dropna()
    if column.type == "array":
        there = pd.Series(np.concatenate(there.to_list()))
    if column.type in ("number", "array"):
        if np.isinf(there).any():
            found.append("found infinite values: mend them")
        if column.min is not None and (there < column.min).any():
            found.append(
                f"found {f'{there.min():g}' if shown else 'less'}, the least that is allowed is {column.min:g}"
            )
        if column.max is not None and (there > column.max).any():
            found.append(f"found {f'{there.max():g}' if shown else 'more'}, the most that is allowed is {column.max:g}")
    if column.values is not None:
        unknown = sorted(set(there) - set(column.values))
        if unknown:
            said = ", ".join(unknown[:5]) if shown else f"{len(unknown)} other values"
            found.append(f"found {said}; allowed are {', '.join(column.values)}")
    return found


def label_faults(target: pd.Series) -> list[str]:
    """Rows without a label, and classes that are not there."""
    missing = target.isna()
    if missing.any():
        first = int(np.argmax(missing.to_numpy()))
        return [
            f"found {int(missing.sum())} rows without a label, the first is row {first}: label them or leave them out"
        ]
    positives = int(target.sum())
    negatives = len(target) - positives
    if min(positives, negatives) >= LEAST_OF_A_CLASS:
        return []
    return [f"found {positives} rows that are true and {negatives} that are false: at least {LEAST_OF_A_CLASS} of each"]


def amount_faults(target: pd.Series) -> list[str]:
    """Rows without an amount, and amounts below 0."""
    found = []
    for wrong, what, way in (
        (target.isna(), "without an amount", "say 0 where nothing was asked for, or leave them out"),
        (target < 0, "with less than 0", "what is given back is no demand, count it elsewhere"),
    ):
        if wrong.any():
            first = int(np.argmax(wrong.to_numpy()))
            found.append(f"found {int(wrong.sum())} rows {what}, the first is row {first}: {way}")
    return found


def skew(now: pd.DataFrame, before: pd.DataFrame, schema: Schema) -> dict[str, float]:
    """How far each feature has moved, 0 to 1: the Kolmogorov-Smirnov statistic of numbers, the
    Jensen-Shannon distance (base 2) of categories; of arrays the larger one of their means and of their deviations."""
    moved: dict[str, float] = {}
    for name, column in schema.columns.items():
        if column.role in ("id", "user") or name not in before or name not in now:
            continue
        here, there = now[name].dropna(), before[name].dropna()
        if here.empty or there.empty:
            moved[name] = 1.0
        elif column.type == "number":
            moved[name] = distance(here, there)
        elif column.type == "array":
            # brightness and contrast of images, level and spread of series
            moved[name] = max(distance(here.map(of), there.map(of)) for of in (np.mean, np.std))
        elif column.type != "time":
            shares = pd.concat([each.astype(str).value_counts(normalize=True) for each in (here, there)], axis=1)
            moved[name] = float(jensenshannon(*shares.fillna(0).to_numpy().T, base=2))
    return moved


def distance(here: pd.Series, there: pd.Series) -> float:
    """The Kolmogorov-Smirnov statistic of two samples."""
    return float(ks_2samp(here, there, method="asymp").statistic)


def profile(frame: pd.DataFrame) -> dict[str, Any]:
    """What a table looks like, column by column, without a row of it."""
    summary: dict[str, Any] = {}
    for name, values in frame.items():
        about: dict[str, Any] = {"missing": float(values.isna().mean())}
        if pd.api.types.is_bool_dtype(values):
            about["share"] = float(values.mean())
        elif pd.api.types.is_numeric_dtype(values):
            about["quantiles"] = [float(each) for each in values.quantile([0, 0.25, 0.5, 0.75, 1])]
        summary[str(name)] = about
    return summary
