"""Makes up what a shop sells and who takes it: nobody's, with a seed."""

import numpy as np
import pandas as pd
from kfp.dsl import Dataset, Output

START = pd.Timestamp("2026-01-01", tz="UTC")
DAYS = 196
SUPPLIERS = ["cooperative", "importer", "local"]
TASTES = 6


def goods(feedback: Output[Dataset], sales: Output[Dataset], people: int, items: int, seed: int, biased: bool):
    """Writes two CSV files of 28 weeks: who took what (`feedback`), and how much of each item was sold (`sales`).

    People have a taste or two, whatever their age, and every supplier has items for every taste. In `biased` data
    the shop hid what the local suppliers offer, and few people took any of it.
    """
    random = np.random.default_rng(seed)
    tables = {"feedback": taken(random, people, items, biased), "sales": sold(random, max(items // 5, 10))}
    for artifact, (name, table) in zip((feedback, sales), tables.items(), strict=True):
        table.to_csv(artifact.path, index=False)
        artifact.metadata.update({"rows": len(table), "seed": seed, "generated": True})
        print(f"{name}: {len(table)} rows")


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


def sold(random: np.random.Generator, items: int) -> pd.DataFrame:
    """Units of each item on each day: by the day of the week, the price, and a level that wanders."""
    rows = []
    week = np.array([0.8, 0.8, 0.9, 1.0, 1.3, 1.5, 0.7])
    for item in range(items):
        level = np.exp(random.normal(2.7, 0.7) + np.cumsum(random.normal(0, 0.03, DAYS)))
        price = round(float(random.uniform(2, 20)), 2)
        cut = np.zeros(DAYS, bool)
        for start in random.choice(DAYS - 14, 6, replace=False):
            cut[start : start + random.integers(7, 14)] = True
        mean = level * week[(START.dayofweek + np.arange(DAYS)) % 7] * np.where(cut, 1.7, 1.0)
        # more spread than Poisson's, as sales have
        units = random.poisson(mean * random.gamma(8, 1 / 8, DAYS))
        for day in range(DAYS):
            rows.append(
                {
                    "day": f"{START + pd.Timedelta(days=day):%Y-%m-%d}",
                    "item": f"item-{item:04}",
                    "supplier": SUPPLIERS[item % len(SUPPLIERS)],
                    "lead_days": (2, 5, 1)[item % len(SUPPLIERS)],
                    "price": round(price * (0.75 if cut[day] else 1.0), 2),
                    # what a unit costs that is asked for and not there, and one that is there and not asked for
                    "short": round(price * 0.4, 2),
                    "over": round(price * 0.05, 2),
                    "on_hand": int(level[day] * 2),
                    "units": int(units[day]),
                }
            )
    return pd.DataFrame(rows)
