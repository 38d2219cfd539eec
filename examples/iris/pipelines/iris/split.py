"""Splits the iris flowers that scikit-learn ships into those to learn from and those to test with."""

from kfp.dsl import Dataset, Output
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split


def split(train: Output[Dataset], test: Output[Dataset], test_share: float, seed: int):
    """Writes two CSV files with the same share of each species."""
    flowers = load_iris(as_frame=True).frame
    learn, check = train_test_split(flowers, test_size=test_share, random_state=seed, stratify=flowers["target"])
    learn.to_csv(train.path, index=False)
    check.to_csv(test.path, index=False)
    train.metadata["rows"] = len(learn)
    test.metadata["rows"] = len(check)
