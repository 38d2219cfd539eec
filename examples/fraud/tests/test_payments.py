"""The payments that are made up are what the example says of them."""

import numpy as np
import pandas as pd
import pytest
from payments import made_up


def payments(seed=1, rows=20_000, moved=0.0, biased=False):
    return made_up(np.random.default_rng(seed), rows, 0, moved, biased)


def test_a_seed_makes_the_same_payments_and_another_makes_others():
    pd.testing.assert_frame_equal(payments(), payments())
    assert not payments(seed=2).equals(payments())


def test_fraud_is_rare_and_hangs_on_nobody():
    table = payments()
    assert table["fraud"].mean() == pytest.approx(0.05, abs=0.005)
    for column in ("origin", "age"):
        assert table.groupby(column)["fraud"].mean().to_numpy() == pytest.approx([0.05, 0.05], abs=0.01)
    assert table.groupby("fraud")["amount"].median().is_monotonic_increasing


def test_biased_labels_are_of_one_origin_alone():
    honest, biased = payments(), payments(biased=True)
    pd.testing.assert_frame_equal(honest.drop(columns="fraud"), biased.drop(columns="fraud"))
    more = biased[biased["fraud"] & ~honest["fraud"]]
    assert set(more["origin"]) == {"b"}
    assert (honest["fraud"] <= biased["fraud"]).all()
    assert biased.groupby("origin")["fraud"].mean()["b"] > 0.2


def test_amounts_drift_by_as_much_as_is_said():
    assert payments(moved=0.5)["amount"].median() == pytest.approx(1.5 * payments()["amount"].median(), rel=1e-3)
