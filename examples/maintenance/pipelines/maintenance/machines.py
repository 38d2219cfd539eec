"""Makes the sensors of machines up: nobody's, with a seed, until most of them fail."""

import numpy as np
import pandas as pd
from kfp.dsl import Dataset, Output

#: cycles from which on a machine that will fail shows it
WARNING = 40


def machines(before: Output[Dataset], now: Output[Dataset], count: int, seed: int, drift: float):
    """Writes two CSV files of as many machines each: a row a cycle, `failed` in the last of those that fail.

    Over its last cycles a machine that fails vibrates more, gets hotter and takes more current, the same in both
    plants. `drift` raises the temperatures of the second file, 0.1 by a tenth of their deviation.
    """
    for period, artifact in enumerate((before, now)):
        random = np.random.default_rng([seed, period])
        table = made_up(random, count, period, drift * period)
        table.to_csv(artifact.path, index=False)
        artifact.metadata.update({"rows": len(table), "seed": seed, "generated": True})
        print(f"{len(table)} cycles of {count} machines, {table['failed'].sum()} of them fail")


def made_up(random: np.random.Generator, count: int, period: int = 0, moved: float = 0.0) -> pd.DataFrame:
    """The cycles of so many machines, one after the other."""
    return pd.concat([life(random, f"m{period}-{number:04}", moved) for number in range(count)], ignore_index=True)


def life(random: np.random.Generator, name: str, moved: float) -> pd.DataFrame:
    """One machine, until it fails or is taken out of service."""
    cycles = int(random.integers(120, 200))
    fails = random.random() < 0.75
    plant = random.choice(["north", "south"], p=[0.6, 0.4])
    # a part in how far it is, up to 1 in the last cycle
    wear = np.clip((np.arange(cycles) - cycles + WARNING) / WARNING, 0, 1) ** 1.5 * fails
    load = 0.6 + 0.2 * np.sin(np.arange(cycles) * random.uniform(0.2, 0.4) + random.uniform(0, 6))
    noise = random.normal(0, 1, (4, cycles))
    return pd.DataFrame(
        {
            "machine": name,
            "plant": plant,
            "line": random.choice(["1", "2", "3"]),
            "cycle": np.arange(1, cycles + 1),
            "vibration": (2 + load + 2.4 * wear + 0.5 * noise[0] + random.normal(0, 0.3)).round(3),
            "temperature": (60 + 10 * load + 14 * wear + 3 * (noise[1] + moved) + random.normal(0, 2)).round(2),
            "current": (8 + 6 * load + 2.5 * wear + 0.8 * noise[2] + random.normal(0, 0.4)).round(3),
            "pressure": (5 + 0.5 * load + 0.2 * noise[3]).round(3),
            "failed": fails & (np.arange(cycles) == cycles - 1),
        }
    )
