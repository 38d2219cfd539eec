"""Columns of arrays, such as images and windows of series: each value has one shape, and lies flat in the table."""

from typing import Any

import numpy as np
import pandas as pd

from filiera_steps.errors import refuse

PREFIX = "array "


def kind_of(shape: tuple[int, ...]) -> str:
    """How such a column is called among a model's inputs: `array 32x32`."""
    return f"{PREFIX}{spelt(shape)}"


def is_array(kind: str) -> bool:
    """Whether an input of a model is a column of arrays."""
    return kind.startswith(PREFIX)


def shape_of(kind: str) -> tuple[int, ...]:
    """The shape that `kind_of` spelt."""
    return tuple(int(each) for each in kind.removeprefix(PREFIX).split("x"))


def spelt(shape: tuple[int, ...]) -> str:
    """A shape for people: `32x32`."""
    return "x".join(map(str, shape))


def flat(values: pd.Series, shape: tuple[int, ...]) -> pd.Series:
    """The arrays as rows of 32-bit numbers, the last axis fastest; they may be nested or flat already.

    Raises ValueError with what the first is that has another shape, no numbers, NaN or infinity.
    """
    made = []
    for row, value in enumerate(values):
        try:
            array = np.array(nested(value), dtype=np.float32)
            if array.ndim == 0:
                raise TypeError("one value")
        except (ValueError, TypeError):
            raise ValueError(f"no array of numbers in row {row}: mend it") from None
        if array.shape != shape and array.shape != (int(np.prod(shape)),):
            raise ValueError(
                f"{spelt(array.shape)} in row {row}, where {spelt(shape)} is declared: resize it, or leave it out"
            )
        if not np.isfinite(array).all():
            place = np.argwhere(~np.isfinite(array.reshape(shape)))[0].tolist()
            raise ValueError(f"NaN or infinity at {place} in row {row}: mend it")
        made.append(array.ravel())
    return pd.Series(made, index=values.index, dtype=object)


def stack(values: pd.Series, shape: tuple[int, ...], path: str) -> np.ndarray:
    """The arrays of a column as one, rows first, of 32-bit numbers.

    Raises StepError for arrays of another shape, and for what is no number.
    """
    try:
        return np.stack(flat(values, shape).to_list()).reshape(len(values), *shape)
    except ValueError as error:
        raise refuse(path, f"found {error}") from None


def bytes_of(value: Any) -> Any:
    """An array as bytes that tell it from any other, to be hashed and compared; other values as they are."""
    if not isinstance(value, np.ndarray):
        return value
    if value.dtype == object:
        return repr(nested(value)).encode()
    return f"{value.dtype.str}{value.shape}".encode() + value.tobytes()


def hold_arrays(values: pd.Series) -> bool:
    """Whether a column is one of arrays, however they are nested."""
    return values.dtype == object and values.map(lambda each: isinstance(each, np.ndarray)).any()


def nested(value: Any) -> Any:
    """Parquet's lists of lists, which arrive as arrays of arrays, as lists."""
    return [nested(each) for each in value] if isinstance(value, list) or is_object(value) else value


def is_object(value: Any) -> bool:
    """Whether it is an array that holds objects."""
    return isinstance(value, np.ndarray) and value.dtype == object
