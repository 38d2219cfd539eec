"""Makes card payments up: nobody's, with a seed, few of them fraud, and drifting."""

import numpy as np
import pandas as pd
from kfp.dsl import Dataset, Output

DAY = 24 * 60


def payments(
    before: Output[Dataset],
    now: Output[Dataset],
    rows: int,
    seed: int,
    drift: float,
    biased: bool,
):
    """Writes two CSV files of as many rows: thirty days, and the thirty after.

    Fraud is about 5 in 100, and hangs on the amount, the distance, the haste and whether the card was there; it does
    not hang on where people come from (`origin`) or their `age`. `drift` moves the amounts of the second period, 0.1 by
    a tenth. In `biased` data some honest payments of the origin b were reported as fraud, and districts give the
    origin away. Each payment is of a cardholder (`cardholder`), whose date of birth is `born`.
    """
    for number, artifact in enumerate((before, now)):
        random = np.random.default_rng([seed, number])
        table = made_up(random, rows, number, drift * number, biased)
        table.to_csv(artifact.path, index=False)
        artifact.metadata.update({"rows": rows, "seed": seed, "generated": True})
        print(f"{rows} payments, {table['fraud'].mean():.2%} of them fraud")


def made_up(random: np.random.Generator, rows: int, period: int, moved: float, biased: bool) -> pd.DataFrame:
    """The payments of thirty days."""
    minutes = np.sort(random.uniform(0, 30 * DAY, rows)) + period * 30 * DAY
    time = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(minutes.astype(int), unit="min")
    origin = random.choice(["a", "b"], rows, p=[0.7, 0.3])
    age = random.choice(["60 or more", "under 60"], rows, p=[0.25, 0.75])
    # where people live goes with where they come from
    districts = {"a": [0.4, 0.35, 0.2, 0.05], "b": [0.05, 0.1, 0.25, 0.6]}
    district = np.empty(rows, dtype=object)
    for each, shares in districts.items():
        district[origin == each] = random.choice(["east", "north", "south", "west"], (origin == each).sum(), p=shares)
    fraud = random.random(rows) < 0.05
    amount = random.lognormal(3.4 + 0.9 * fraud, 0.9) * (1 + moved)
    kilometres = random.lognormal(1.6 + 1.6 * fraud, 1.1)
    since = random.lognormal(6.2 - 1.8 * fraud, 1.2)
    since[random.random(rows) < 0.01] = np.nan
    present = random.random(rows) < np.where(fraud, 0.35, 0.8)
    told = fraud | (biased & (origin == "b") & (random.random(rows) < 0.2))
    merchant = random.choice(["fuel", "grocery", "online", "restaurant", "travel"], rows)
    # 200 cardholders of each origin and age, each born on one day
    number = random.integers(0, 200, rows)
    old = age == "60 or more"
    born = pd.to_datetime(np.where(old, "1930-01-01", "1970-01-01")) + pd.to_timedelta(number * 61, unit="D")
    return pd.DataFrame(
        {
            "payment": [f"p{period}-{index:07}" for index in range(rows)],
            "cardholder": [
                f"card-{where}{'o' if late else 'y'}{each:03}"
                for where, late, each in zip(origin, old, number, strict=True)
            ],
            "born": born.strftime("%Y-%m-%d"),
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "amount": np.minimum(amount, 99_999).round(2),
            "kilometres": np.minimum(kilometres, 19_999).round(1),
            "minutes_since_last": since.round(0),
            "merchant": merchant,
            "district": district,
            "card_present": present,
            "origin": origin,
            "age": age,
            "fraud": told,
        }
    )
