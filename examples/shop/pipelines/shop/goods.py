"""Makes up what a shop sells and who takes it: nobody's, with a seed."""

import numpy as np
import pandas as pd
from kfp.dsl import Dataset, Output

START = pd.Timestamp("2026-01-01", tz="UTC")
DAYS = 196
SUPPLIERS = ["cooperative", "importer", "local"]
TASTES = 6


def goods(feedback: Output[Dataset], people: int, items: int, seed: int, biased: bool):
    """Writes a CSV file of 28 weeks: who took what.

    People have a taste or two, whatever their age, and every supplier has items for every taste. In `biased` data
    the shop hid what the local suppliers offer, and few people took any of it.
    """
    table = taken(np.random.default_rng(seed), people, items, biased)
    table.to_csv(feedback.path, index=False)
    feedback.metadata.update({"rows": len(table), "seed": seed, "generated": True})
    print(f"{len(table)} rows of {people} people")


def taken(random: np.random.Generator, people: int, items: int, biased: bool) -> pd.DataFrame:
    """Who took what, and when: a row for each time, some items more than once."""
    supplier = np.array(SUPPLIERS)[np.arange(items) % len(SUPPLIERS)]
    taste = random.integers(0, TASTES, items)
    # few items are liked by many
    liked = 1 / (1 + random.permutation(items)) ** 0.6
    shown = np.where((supplier == "local") & biased, 0.1, 1.0)
    rows = []
    for person in range(people):
        own = random.choice(TASTES, 2, replace=False)
        chance = liked * shown * np.select([taste == own[0], taste == own[1]], [1.0, 0.5], 0.03)
        count = 6 + random.poisson(24)
        times = np.sort(random.uniform(0, DAYS, count))
        choice = random.choice(items, count, p=chance / chance.sum())
        born = f"{(1955, 1975, 1995)[person % 3] + person % 5}-{1 + person % 12:02}-{1 + person % 28:02}"
        rows += [(person, born, each, time) for each, time in zip(choice, times, strict=True)]
    table = pd.DataFrame(rows, columns=["customer", "born", "item", "time"]).sort_values("time", kind="stable")
    return pd.DataFrame(
        {
            "customer": [f"customer-{each:05}" for each in table["customer"]],
            "born": table["born"],
            "item": [f"item-{each:04}" for each in table["item"]],
            "supplier": supplier[table["item"]],
            "time": (START + pd.to_timedelta((table["time"] * 24 * 60).astype(int), unit="min")).dt.strftime(
                "%Y-%m-%dT%H:%M:%SZ"
            ),
        }
    )
