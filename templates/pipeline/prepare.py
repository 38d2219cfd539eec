"""Makes rows to learn from and rows to test with. They are made up from a seed: read your own data here."""

import csv
import random

from kfp.dsl import Dataset, Output


def prepare(train: Output[Dataset], test: Output[Dataset], rows: int, test_share: float, seed: int):
    """Writes two CSV files of the columns x and y, where y is 3 x + 2 with noise of deviation 1."""
    tested = round(rows * test_share)
    if tested < 1 or rows - tested < 2:
        raise ValueError(f"found {rows} rows and a test_share of {test_share}: leave 2 rows to train and 1 to test")
    rng = random.Random(seed)
    made = [(x, 3 * x + 2 + rng.gauss(0, 1)) for x in (rng.uniform(0, 10) for _ in range(rows))]
    for part, chosen in ((test, made[:tested]), (train, made[tested:])):
        with open(part.path, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("x", "y"))
            writer.writerows(chosen)
        part.metadata["rows"] = len(chosen)
