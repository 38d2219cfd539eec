"""Models of scikit-learn, and networks: fitted, kept in a file that runs nothing when it is read, and asked."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_curve
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from filiera_steps import arrays
from filiera_steps.errors import StepError, refuse
from filiera_steps.networks.images import ImageNetwork
from filiera_steps.networks.network import Network, Training, column_of
from filiera_steps.networks.series import SeriesNetwork
from filiera_steps.schema import read_as

Estimator = Literal["logistic_regression", "hist_gradient_boosting", "random_forest"]
ESTIMATORS: dict[str, Any] = {
    "logistic_regression": lambda seed: LogisticRegression(max_iter=1000, random_state=seed),
    "hist_gradient_boosting": lambda seed: HistGradientBoostingClassifier(random_state=seed),
    "random_forest": lambda seed: RandomForestClassifier(random_state=seed, min_samples_leaf=5),
}
#: those that learn from a column of arrays
NETWORKS: dict[str, type[Network]] = {"pytorch_images": ImageNetwork, "keras_series": SeriesNetwork}
#: types that skops does not know by itself, and that models of ours have: nothing else is read
TRUSTED = [
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
    "filiera_steps.thresholds.GroupThresholds",
    "filiera_steps.networks.images.ImageNetwork",
    "filiera_steps.networks.series.SeriesNetwork",
    "filiera_steps.ranking.recommenders.Recommender",
    "filiera_steps.forecast.forecaster.Forecaster",
]


def inputs_of(frame: pd.DataFrame, inputs: dict[str, str]) -> pd.DataFrame:
    """What a model is asked with: its columns by name, numbers and booleans as floats, arrays of floats, all others
    as texts or None.

    They are in the order of their names, as a struct of Kubeflow's keeps none.
    """
    missing = [name for name in inputs if name not in frame]
    if missing:
        raise StepError((f"data.{name}", "found no such column, which the model needs: keep it") for name in missing)
    return pd.DataFrame({name: input_of(frame[name], kind) for name, kind in sorted(inputs.items())})


def input_of(values: pd.Series, kind: str) -> pd.Series:
    """A column as a model is asked with it."""
    if kind in ("number", "boolean"):
        return values.astype(float)
    if arrays.is_array(kind):
        # as JSON has them, so that the example and a server's rows are of one type
        return values.map(lambda each: np.asarray(each, dtype=float))
    return values.astype(object).where(values.notna(), None)


def fit(
    train: pd.DataFrame,
    validation: pd.DataFrame,
    inputs: dict[str, str],
    target: str,
    estimator: str,
    parameters: dict[str, Any],
    seed: int,
    weights: np.ndarray | None = None,
) -> FixedThresholdClassifier:
    """Fits on the training rows, and takes the threshold that has the highest F1 on the validation rows.

    `parameters` are the estimator's own in scikit-learn, or those of `Training` for networks. Raises StepError for
    unknown ones, and for a single class.
    """
    labels = {"train": train[target].astype(int), "validation": validation[target].astype(int)}
    for name, each in labels.items():
        if each.nunique() < 2:
            raise refuse(f"{name}.{target}", f"found the one class {each.iloc[0]}: there must be two to learn from")
    if estimator in NETWORKS:
        read_as(Training, parameters, "parameters")
        network = NETWORKS[estimator](*column_of(inputs, NETWORKS[estimator], estimator), parameters, seed)
        fitted = network.fit(train, labels["train"], validation, labels["validation"], weights)
    else:
        fitted = fit_table(inputs_of(train, inputs), labels["train"], inputs, estimator, parameters, seed, weights)
    threshold = best_threshold(labels["validation"], scores(fitted, inputs_of(validation, inputs)))
    return with_threshold(fitted, threshold, inputs_of(train, inputs).head(), labels["train"].head())


def fit_table(
    rows: pd.DataFrame,
    labels: pd.Series,
    inputs: dict[str, str],
    estimator: str,
    parameters: dict[str, Any],
    seed: int,
    weights: np.ndarray | None,
) -> Pipeline:
    """One of `ESTIMATORS`, fitted on columns of numbers and texts."""
    wide = [name for name, kind in inputs.items() if arrays.is_array(kind)]
    if wide:
        found = f"found arrays, which {estimator} does not read: train with one of {', '.join(NETWORKS)}"
        raise StepError((f"schema.columns.{name}", found) for name in wide)
    model = ESTIMATORS[estimator](seed)
    allowed = model.get_params()
    unknown = [name for name in parameters if name not in allowed]
    if unknown:
        raise StepError(
            (f"parameters.{name}", f"found no such parameter of {estimator}; there are {', '.join(sorted(allowed))}")
            for name in unknown
        )
    # whole numbers of a pipeline's struct arrive as floats
    whole = {
        key: int(value) if isinstance(value, float) and value.is_integer() and isinstance(allowed[key], int) else value
        for key, value in parameters.items()
    }
    model.set_params(**whole)
    pipeline = Pipeline([("columns", columns_of(inputs)), ("model", model)])
    try:
        pipeline.fit(rows, labels, model__sample_weight=weights)
    except ValueError as error:
        raise refuse("parameters", f"{estimator} refuses them or the data: {str(error).splitlines()[0]}") from None
    return pipeline


def columns_of(inputs: dict[str, str]) -> ColumnTransformer:
    """Numbers: median for what is missing, then mean 0 and deviation 1. Texts: a column of 0 and 1 for each value."""
    numbers = [name for name, kind in sorted(inputs.items()) if kind in ("number", "boolean")]
    texts = [name for name in sorted(inputs) if name not in numbers]
    return ColumnTransformer(
        [
            ("numbers", Pipeline([("fill", SimpleImputer(strategy="median")), ("scale", StandardScaler())]), numbers),
            (
                "texts",
                Pipeline(
                    [
                        ("fill", SimpleImputer(missing_values=None, strategy="constant", fill_value="missing")),
                        ("encode", OneHotEncoder(handle_unknown="ignore", sparse_output=False)),
                    ]
                ),
                texts,
            ),
        ]
    )


def best_threshold(labels: pd.Series, score: np.ndarray) -> float:
    """The score from which on saying yes has the highest F1; of equals the highest."""
    precision, recall, thresholds = precision_recall_curve(labels, score)
    both = precision + recall
    f1 = np.divide(2 * precision * recall, both, out=np.zeros_like(both), where=both > 0)[:-1]
    return float(thresholds[len(f1) - 1 - int(np.argmax(f1[::-1]))])


def with_threshold(fitted: Any, threshold: float, rows: pd.DataFrame, labels: pd.Series) -> FixedThresholdClassifier:
    """A fitted classifier that says yes from that score on."""
    chosen = FixedThresholdClassifier(FrozenEstimator(fitted), threshold=threshold, response_method="predict_proba")
    return chosen.fit(rows, labels)


def scores(model: Any, rows: pd.DataFrame) -> np.ndarray:
    """The probability that each row is true."""
    return model.predict_proba(rows)[:, 1]


def write_model(model: Any, path: str) -> None:
    """Keeps a model in skops' format."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    skops.io.dump(model, path)


def read_model(path: str, name: str = "model") -> Any:
    """Reads a model of ours.

    Raises StepError for any other file, and for types that a model of ours does not have: none of them is run.
    """
    try:
        unknown = sorted(set(skops.io.get_untrusted_types(file=path)) - set(TRUSTED))
    except Exception as error:  # noqa: BLE001 - whatever bytes do to the reader, they are no model
        raise refuse(name, f"found no model in it ({type(error).__name__}): give it what a step wrote") from None
    if unknown:
        raise refuse(name, f"found types in it that no model has here: {', '.join(unknown)}; it was not loaded")
    return skops.io.load(path, trusted=TRUSTED)
