import os
import sys
from pathlib import Path

# threads that wait for each other cost more than they save on tables this small; before anything loads OpenMP
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "images" / "steps" / "programs"))

from filiera_steps import tracking


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    """A store of MLflow's own, made once, as its tables take seconds."""
    before = os.environ.get(tracking.PATH)
    os.environ[tracking.PATH] = f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"
    yield os.environ[tracking.PATH]
    if before is None:
        del os.environ[tracking.PATH]
    else:
        os.environ[tracking.PATH] = before


@pytest.fixture(scope="session")
def client(address):
    return tracking.connect()


@pytest.fixture
def random():
    """The same numbers each time."""
    return np.random.default_rng(7)


@pytest.fixture
def scored(random):
    """Labels, scores that know something of them, answers, and two columns of groups."""
    rows = 4000
    labels = random.random(rows) < 0.2
    score = 1 / (1 + np.exp(-(random.normal(0, 1, rows) + 1.5 * labels - 1.5)))
    groups = pd.DataFrame(
        {"origin": random.choice(["a", "b"], rows), "age": random.choice(["young", "old", "oldest"], rows)}
    )
    return labels, score, score >= 0.4, groups
