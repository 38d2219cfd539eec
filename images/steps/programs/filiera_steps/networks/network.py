"""What networks of every framework have in common."""

import math
import os
from importlib.metadata import distributions, version
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from pydantic import Field, field_validator
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression

from filiera_steps import arrays
from filiera_steps.errors import StepError, refuse
from filiera_steps.schema import Strict


class Training(Strict):
    """How a network is made, and learns."""

    #: the most passes over the training rows
    epochs: int = Field(default=30, ge=1, le=100_000)
    #: how many passes without a smaller loss on the validation rows end it; the best of all is kept
    patience: int = Field(default=5, ge=1)
    batch_size: int = Field(default=64, ge=1)
    learning_rate: float = Field(default=1e-3, gt=0, lt=1)
    #: of the first convolution; later ones have twice as many
    filters: int = Field(default=16, ge=1, le=4096)
    #: how far a convolution sees; odd, so that it sees as far on each side
    kernel: int = Field(default=5, ge=1, le=99)
    #: the share of features that a step of learning leaves out
    dropout: float = Field(default=0.1, ge=0, lt=1)

    @field_validator("kernel")
    @classmethod
    def odd(cls, kernel: int) -> int:
        """It has a middle."""
        if kernel % 2 == 0:
            raise ValueError("a kernel is odd, such as 3 or 5")
        return kernel


class Network(ClassifierMixin, BaseEstimator):
    """A network for one column of arrays of a shape. `training` are the fields of `Training` that differ from their
    defaults; `seed` decides the first weights, the order of rows and what is left out."""

    #: our image that it runs in, and the packages of it that it needs: those that are there
    image: ClassVar[str]
    packages: ClassVar[tuple[str, ...]]
    #: how many axes its arrays may have, and the least of the first of them, such as rows and columns
    axes: ClassVar[tuple[int, ...]]
    least: ClassVar[tuple[int, ...]]

    def __init__(
        self, column: str = "", shape: tuple[int, ...] = (), training: dict[str, Any] | None = None, seed: int = 1
    ) -> None:
        self.column = column
        self.shape = shape
        self.training = training
        self.seed = seed

    def fit(
        self,
        rows: pd.DataFrame,
        labels: pd.Series,
        validation: pd.DataFrame,
        check: pd.Series,
        weights: np.ndarray | None = None,
    ) -> "Network":
        """Learns from the rows until the loss on the validation rows gets no smaller.

        Its scores are then set to be probabilities on the validation rows, by Platt's sigmoid. `history_` has the loss
        of both, a dictionary for each pass.
        """
        asked = Training.model_validate(self.training or {})
        learnt = arrays.stack(rows[self.column], tuple(self.shape), f"train.{self.column}")
        checked = arrays.stack(validation[self.column], tuple(self.shape), f"validation.{self.column}")
        along = tuple(range(learnt.ndim - 1)) if self.by_channel() else None
        self.mean_ = np.asarray(learnt.mean(axis=along, dtype=np.float64))
        deviation = np.asarray(learnt.std(axis=along, dtype=np.float64))
        self.scale_ = np.where(deviation > 0, deviation, 1.0)
        each = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=float)
        self.weights_, self.history_ = self.learn(
            asked,
            (self.scaled(learnt), labels.to_numpy(dtype=np.float32), each.astype(np.float32)),
            (self.scaled(checked), check.to_numpy(dtype=np.float32)),
        )
        if not all(np.isfinite(weight).all() for weight in self.weights_):
            found = f"found {asked.learning_rate:g}, with which weights became no numbers: lower it"
            raise refuse("parameters.learning_rate", found)
        self.classes_ = np.array([0, 1])
        self.slope_, self.offset_ = platt(self.logits(self.scaled(checked)), check.to_numpy(dtype=int))
        return self

    def by_channel(self) -> bool:
        """Whether the last axis of an array holds measurements of several kinds, each with its own unit."""
        raise NotImplementedError

    def learn(
        self, asked: Training, rows: tuple[np.ndarray, ...], check: tuple[np.ndarray, ...]
    ) -> tuple[list[np.ndarray], list[dict[str, float]]]:
        """Weights, and the losses of each pass, from arrays, labels and weights, and arrays and labels to check by."""
        raise NotImplementedError

    def logits(self, scaled: np.ndarray) -> np.ndarray:
        """What the network says of arrays, before it is a probability."""
        raise NotImplementedError

    def scaled(self, stacked: np.ndarray) -> np.ndarray:
        """Arrays with mean 0 and deviation 1 over the training rows."""
        return ((stacked - self.mean_) / self.scale_).astype(np.float32)

    def predict_proba(self, rows: pd.DataFrame) -> np.ndarray:
        """The probabilities of false and true."""
        stacked = arrays.stack(rows[self.column], tuple(self.shape), f"data.{self.column}")
        said = self.slope_ * self.logits(self.scaled(stacked)) + self.offset_
        true = 1 / (1 + np.exp(-np.clip(said, -500, 500)))
        return np.column_stack([1 - true, true])

    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        """1 where true is the more probable."""
        return (self.predict_proba(rows)[:, 1] >= 0.5).astype(int)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "weights_")


def platt(logits: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Slope and offset with which logits become probabilities on these rows.

    Where the larger logit goes with the rarer truth nothing was learnt: then each row gets the share of those that are
    true, as turning the scores round would be learning from the rows that check.
    """
    fitted = LogisticRegression(C=1e6, max_iter=1000).fit(logits.reshape(-1, 1), labels)
    slope = float(fitted.coef_[0, 0])
    share = float(labels.mean())
    return (slope, float(fitted.intercept_[0])) if slope > 0 else (0.0, math.log(share / (1 - share)))


def requirements(model: Any) -> list[str]:
    """The package that a network within a model needs, in the version that is here; none for models without one."""
    network = network_of(model)
    there = {each.metadata["Name"].lower() for each in distributions()} if network else set()
    return [f"{name}=={version(name)}" for name in (network.packages if network else ()) if name in there]


def network_of(model: Any) -> Network | None:
    """The network within a model with a threshold, or with several."""
    while model is not None and not isinstance(model, Network):
        model = getattr(model, "estimator_", getattr(model, "estimator", None))
    return model


def column_of(inputs: dict[str, str], kind: type[Network], estimator: str) -> tuple[str, tuple[int, ...]]:
    """The column that a network reads, and the shape of its arrays.

    Raises StepError where features are not one column of arrays with so many axes.
    """
    found = {name: arrays.shape_of(each) for name, each in inputs.items() if arrays.is_array(each)}
    other = sorted(set(inputs) - set(found))
    problems = []
    if len(found) != 1:
        names = f": {', '.join(sorted(found))}" if found else ""
        problems.append(("schema.columns", f"found {len(found)} features of type array{names}; {estimator} reads one"))
    if other:
        said = f"found the features {', '.join(other)}, which {estimator} does not read: give them another role"
        problems.append(("schema.columns", said))
    for name, shape in found.items():
        takes = f"found {arrays.spelt(shape)}; {estimator} takes"
        if len(shape) not in kind.axes:
            problems.append((f"schema.columns.{name}.shape", f"{takes} {' or '.join(map(str, kind.axes))} axes"))
        elif any(has < least for has, least in zip(shape, kind.least, strict=False)):
            problems.append((f"schema.columns.{name}.shape", f"{takes} {arrays.spelt(kind.least)} and more"))
    if problems:
        raise StepError(problems)
    return next(iter(found.items()))


def threads() -> int:
    """How many threads learn and are asked: one, or OMP_NUM_THREADS. Another number adds in another order, and so gives
    other figures; small networks are no faster with more."""
    return int(os.environ.get("OMP_NUM_THREADS", "1"))


def needed(error: ImportError, kind: type[Network]) -> StepError:
    """What is told where a framework is not there."""
    found = f"found no {kind.packages[0]} ({error}), which it needs"
    return refuse("model", f"{found}: run the step in our image {kind.image}")
