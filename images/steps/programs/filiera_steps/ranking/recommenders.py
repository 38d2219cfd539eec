"""Models that recommend: numbers for items and pairs of items, and nothing of any person.

A person is what they took. So a model is asked with items, knows no user, and has nothing to forget of one.
"""

from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field
from scipy import sparse
from sklearn.base import BaseEstimator

from filiera_steps.errors import refuse
from filiera_steps.ranking.feedback import Columns
from filiera_steps.schema import Strict, read_as

#: a model of pairs holds a number for each: 400 million of them, or 1.6 GB
MOST_ITEMS = 20_000


class Popular(Strict):
    """Parameters of `popular`: what most people took, for everybody."""

    #: items that fewer people took are not learnt: pairs with them would tell of these people
    least_users: int = Field(default=3, ge=1)


class ItemCosine(Popular):
    """Parameters of `item_cosine`: items that the same people took, by the cosine."""

    #: is added to the product of the norms, so that pairs of rare items count less
    shrink: float = Field(default=10, ge=0)
    #: how many items like it an item keeps
    neighbours: int = Field(default=50, ge=1)


class Ease(Popular):
    """Parameters of `ease`: Steck, Embarrassingly Shallow Autoencoders for Sparse Data, WWW 2019."""

    l2: float = Field(default=100, gt=0)


PARAMETERS: dict[str, type[Popular]] = {"popular": Popular, "item_cosine": ItemCosine, "ease": Ease}


class Recommender(BaseEstimator):
    """Ranks the items that a person did not take yet.

    `items` are known, those that most people took first, of `catalogue` in all; `shares` is how many of the people did,
    0 to 1; `weights[i, j]` is what having taken i says for j, or None where popularity decides alone. Who took nothing
    that is known gets what most people took. Nothing later than `until`, of ISO 8601, was learnt; lists have `k` items.
    """

    def __init__(
        self,
        items: list[str] | None = None,
        shares: np.ndarray | None = None,
        weights: np.ndarray | None = None,
        k: int = 10,
        until: str = "",
        catalogue: int = 0,
    ) -> None:
        self.items = items
        self.shares = shares
        self.weights = weights
        self.k = k
        self.until = until
        self.catalogue = catalogue

    def matrix(self, histories: list[list[str]]) -> sparse.csr_matrix:
        """A row of 0 and 1 for each history; items that are not known are left out."""
        places = {name: place for place, name in enumerate(self.items or [])}
        known = [sorted({places[each] for each in history if each in places}) for history in histories]
        ends = np.cumsum([0, *map(len, known)])
        flat = np.array([place for each in known for place in each], dtype=np.int64)
        return sparse.csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(histories), len(places)))

    def scores(self, histories: list[list[str]], popular: bool = False) -> np.ndarray:
        """A number for each item, minus infinity for those that were taken; by popularity alone if asked for."""
        taken = self.matrix(histories)
        by_popularity = np.broadcast_to(np.asarray(self.shares), taken.shape)
        if popular or self.weights is None:
            found = by_popularity.copy()
        else:
            known = np.asarray(taken.sum(axis=1)) > 0
            found = np.where(known, taken @ self.weights, by_popularity)
        found[taken.nonzero()] = -np.inf
        return found

    def rank(self, histories: list[list[str]], k: int, popular: bool = False) -> list[list[str]]:
        """The k best items of each, the best first, fewer where there are no more; of equals what more people took."""
        names = self.items or []
        ranked = []
        # a thousand people at a time: all their scores at once may not fit
        for start in range(0, len(histories), 1000):
            scores = self.scores(histories[start : start + 1000], popular)
            order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
            ranked += [
                [names[place] for place in places if np.isfinite(row[place])]
                for row, places in zip(scores, order, strict=True)
            ]
        return ranked

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        """What MLflow's pyfunc asks: lists of `items` that were taken; gives lists of `items`, and of how many items
        the answer knew (`known`): with 0 it is what most people took."""
        histories = [[] if each is None else [str(item) for item in each] for each in rows["items"]]
        known = np.asarray(self.matrix(histories).sum(axis=1)).ravel().astype(int)
        return pd.DataFrame({"items": self.rank(histories, self.k), "known": known}, index=rows.index)


def fit(taken: pd.DataFrame, names: Columns, estimator: str, parameters: dict[str, Any], k: int) -> Recommender:
    """Learns from rows of who took what.

    Raises StepError for unknown estimators and parameters, where nothing is left to learn from, and for too many items.
    """
    if estimator not in PARAMETERS:
        raise refuse("estimator", f'found "{estimator}": allowed are {", ".join(PARAMETERS)}')
    if k < 1:
        raise refuse("k", f"found {k}: at least one item is recommended")
    given = read_as(PARAMETERS[estimator], parameters, "parameters")
    user, item, time = names
    pairs = taken[[user, item]].drop_duplicates()
    counts = pairs[item].value_counts()
    counts = counts[counts >= given.least_users]
    # by their names where as many took them, so that the same rows make the same model
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    if len(ordered) < 2:
        raise refuse(
            f"data.{item}",
            f"found {len(ordered)} items that {given.least_users} people took: give it more rows, or lower least_users",
        )
    if estimator != "popular" and len(ordered) > MOST_ITEMS:
        raise refuse(f"data.{item}", f"found {len(ordered)} items, at most {MOST_ITEMS} are learnt: raise least_users")
    shares = np.array([count for _, count in ordered]) / pairs[user].nunique()
    until = taken[time].max().isoformat()
    model = Recommender([str(name) for name, _ in ordered], shares, None, k, until, int(pairs[item].nunique()))
    if estimator != "popular":
        rows = model.matrix(pairs.groupby(user)[item].agg(lambda each: list(map(str, each))).tolist())
        together = (rows.T @ rows).toarray()
        model.weights = ease(together, given.l2) if isinstance(given, Ease) else cosine(together, given)
    return model


def ease(together: np.ndarray, l2: float) -> np.ndarray:
    """The weights without an item's own that best rebuild what was taken, in closed form."""
    inverse = np.linalg.inv(together + l2 * np.eye(len(together)))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return weights.astype(np.float32)


def cosine(together: np.ndarray, given: ItemCosine) -> np.ndarray:
    """How often two items were taken by the same people, by their norms; of each item its neighbours alone."""
    norms = np.sqrt(np.diag(together))
    weights = together / (np.outer(norms, norms) + given.shrink)
    np.fill_diagonal(weights, 0)
    if given.neighbours < len(weights):
        least = np.partition(weights, -given.neighbours, axis=0)[-given.neighbours]
        weights[weights < least] = 0
    return weights.astype(np.float32)
