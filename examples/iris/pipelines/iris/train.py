"""Trains a classifier of iris flowers."""

import joblib
import pandas as pd
from kfp.dsl import Dataset, Input, Model, Output
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def train(data: Input[Dataset], strength: float, model: Output[Model]):
    """Fits a logistic regression; the smaller the strength, the simpler the model."""
    flowers = pd.read_csv(data.path)
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=1000))
    classifier.fit(flowers.drop(columns="target"), flowers["target"])
    joblib.dump(classifier, model.path)
    model.metadata["strength"] = strength
