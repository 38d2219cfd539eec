"""Makes scans up: nobody's, with a seed, some of them with a finding, from two scanners that differ."""

import numpy as np
import pandas as pd
from kfp.dsl import Dataset, Output

SIDE = 32


def scans(before: Output[Dataset], now: Output[Dataset], patients: int, seed: int, shift: float):
    """Writes two Parquet files of as many patients, one to three scans each, 32 by 32 pixels from 0 to 1.

    A finding is a bright spot of two or three pixels in about 35 in 100 scans, whoever is looked at. The scanner of the
    site b is noisier and darker; `shift` darkens all scans of the second file besides, 0.1 by a tenth.
    """
    for period, artifact in enumerate((before, now)):
        random = np.random.default_rng([seed, period])
        table = made_up(random, patients, period, shift * period)
        table.to_parquet(artifact.path, index=False)
        artifact.metadata.update({"rows": len(table), "seed": seed, "generated": True})
        print(f"{len(table)} scans of {patients} patients, {table['finding'].mean():.2%} with a finding")


def made_up(random: np.random.Generator, patients: int, period: int = 0, moved: float = 0.0) -> pd.DataFrame:
    """The scans of so many patients."""
    each = pd.DataFrame(
        {
            "patient": [f"p{period}-{number:05}" for number in range(patients)],
            "site": random.choice(["a", "b"], patients, p=[0.6, 0.4]),
            "sex": random.choice(["f", "m"], patients),
            "age": random.choice(["60 or more", "under 60"], patients, p=[0.4, 0.6]),
        }
    )
    table = each.loc[each.index.repeat(random.integers(1, 4, patients))].reset_index(drop=True)
    table["finding"] = random.random(len(table)) < 0.35
    pixels = [scan(random, *of) for of in zip(table["site"], table["finding"], strict=True)]
    table["pixels"] = [(image * (1 - moved)).ravel().astype(np.float32) for image in pixels]
    return table


def scan(random: np.random.Generator, site: str, finding: bool) -> np.ndarray:
    """An image: tissue, which is smooth, noise of the scanner, and a bright spot where there is a finding."""
    down, across = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    waves = random.uniform(1, 3, 2)
    phases = random.uniform(0, 2 * np.pi, 2)
    image = 0.45 + 0.08 * np.sin(2 * np.pi * waves[0] * down + phases[0])
    image += 0.08 * np.cos(2 * np.pi * waves[1] * across + phases[1])
    if finding:
        row, column = random.uniform(5, SIDE - 5, 2) / SIDE
        width = random.uniform(1.3, 2.3) / SIDE
        spot = np.exp(-((down - row) ** 2 + (across - column) ** 2) / (2 * width**2))
        image += random.uniform(0.25, 0.5) * spot
    darker, noise = (0.85, 0.06) if site == "b" else (1.0, 0.05)
    return np.clip(darker * image + random.normal(0, noise, image.shape), 0, 1)
