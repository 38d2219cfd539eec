"""The goods that are made up are what the example says of them."""

import numpy as np
import pandas as pd
import pytest
from goods import DAYS, SUPPLIERS, sold, taken


def feedback(seed=1, biased=False):
    return taken(np.random.default_rng(seed), 300, 90, biased)


def test_a_seed_makes_the_same_feedback_and_another_makes_others():
    pd.testing.assert_frame_equal(feedback(), feedback())
    assert not feedback(seed=2).equals(feedback())


def test_people_have_one_date_of_birth_and_items_one_supplier():
    table = feedback()
    assert (table.groupby("customer")["born"].nunique() == 1).all()
    assert (table.groupby("item")["supplier"].nunique() == 1).all()
    assert table.groupby("customer").size().mean() == pytest.approx(30, abs=1)


def test_biased_feedback_has_less_of_local_suppliers():
    honest, biased = (feedback(biased=each)["supplier"].value_counts(normalize=True) for each in (False, True))
    assert honest[SUPPLIERS].to_numpy() == pytest.approx([1 / 3] * 3, abs=0.12)
    assert biased["local"] < honest["local"] / 3


def test_sales_have_each_day_of_each_item_and_cut_prices_sell_more():
    table = sold(np.random.default_rng(1), 12)
    pd.testing.assert_frame_equal(table, sold(np.random.default_rng(1), 12))
    assert table.groupby("item").size().eq(DAYS).all()
    assert not table.duplicated(["item", "day"]).any()
    assert (table.groupby("item")[["lead_days", "short", "over"]].nunique() == 1).all().all()
    cheap = table["price"] < table.groupby("item")["price"].transform("max")
    mean = table.groupby([table["item"], cheap])["units"].mean().unstack()
    assert (mean[True] / mean[False]).median() == pytest.approx(1.7, abs=0.2)
