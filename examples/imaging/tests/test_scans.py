"""The scans that are made up are what the example says of them."""

import numpy as np
import pandas as pd
import pytest
from scans import SIDE, made_up, scan


def scans(seed=1, patients=400, moved=0.0):
    return made_up(np.random.default_rng(seed), patients, 0, moved)


def stacked(table):
    return np.stack(table["pixels"].to_list())


def test_a_seed_makes_the_same_scans_and_another_makes_others():
    pd.testing.assert_frame_equal(scans(), scans())
    assert not (stacked(scans(seed=2, patients=50))[:50] == stacked(scans(patients=50))[:50]).any(axis=1).all()


def test_scans_are_pixels_from_black_to_white():
    pixels = stacked(scans())
    assert pixels.shape[1:] == (SIDE * SIDE,)
    assert (pixels.min() >= 0) & (pixels.max() <= 1)


def test_findings_hang_on_nobody_and_patients_have_one_to_three_scans():
    table = scans(patients=1500)
    for column in ("site", "sex", "age"):
        assert table.groupby(column)["finding"].mean().to_numpy() == pytest.approx([0.35, 0.35], abs=0.05)
        assert (table.groupby("patient")[column].nunique() == 1).all()
    assert set(table.groupby("patient").size()) == {1, 2, 3}


def test_a_finding_is_a_bright_spot_and_the_sites_differ():
    random = np.random.default_rng(1)
    some = {(site, found): [scan(random, site, found) for _ in range(200)] for site in "ab" for found in (True, False)}
    for site in "ab":
        brightest = {found: np.mean([image.max() for image in some[site, found]]) for found in (True, False)}
        assert brightest[True] > brightest[False] + 0.05
    assert np.mean(some["b", False]) == pytest.approx(0.85 * np.mean(some["a", False]), abs=0.02)


def test_scans_get_darker_by_as_much_as_is_said():
    assert stacked(scans(moved=0.2)) == pytest.approx(0.8 * stacked(scans()), abs=1e-6)
