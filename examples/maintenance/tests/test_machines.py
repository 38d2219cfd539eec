"""The machines that are made up are what the example says of them."""

import numpy as np
import pandas as pd
import pytest
from machines import WARNING, made_up


def machines(seed=1, count=200, moved=0.0):
    return made_up(np.random.default_rng(seed), count, 0, moved)


def test_a_seed_makes_the_same_machines_and_another_makes_others():
    pd.testing.assert_frame_equal(machines(count=20), machines(count=20))
    assert not machines(count=20, seed=2).equals(machines(count=20))


def test_most_machines_fail_once_in_their_last_cycle_and_in_both_plants_alike():
    table = machines()
    each = table.groupby("machine").agg({"failed": "sum", "plant": "first", "cycle": "max"})
    assert set(each["failed"]) == {0, 1}
    assert each["failed"].mean() == pytest.approx(0.75, abs=0.08)
    assert each.groupby("plant")["failed"].mean().to_numpy() == pytest.approx([0.75, 0.75], abs=0.12)
    last = table.loc[table["failed"], ["machine", "cycle"]].set_index("machine")["cycle"]
    assert (last == each.loc[last.index, "cycle"]).all()


def test_only_those_that_fail_show_it_and_only_before_they_do():
    table = machines()
    left = table.groupby("machine")["cycle"].transform("max") - table["cycle"]
    fails = table.groupby("machine")["failed"].transform("any")
    late, near = left < 5, left >= WARNING
    for sensor in ("vibration", "temperature", "current"):
        sound = table.loc[~fails & late, sensor].mean()
        spread = table.loc[~fails, sensor].std()
        assert table.loc[fails & late, sensor].mean() > sound + spread
        assert table.loc[fails & near, sensor].mean() == pytest.approx(sound, abs=spread / 3)


def test_temperatures_drift_by_as_much_as_is_said():
    moved = machines(count=20, moved=1.0)["temperature"] - machines(count=20)["temperature"]
    assert moved.to_numpy() == pytest.approx(3, abs=0.011)
