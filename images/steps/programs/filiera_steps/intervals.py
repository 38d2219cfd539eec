"""Confidence intervals of metrics: scipy's where it has them, DeLong's for the area under the ROC curve."""

import math

import numpy as np
from scipy import stats

Interval = tuple[float, float]


def of_proportion(hits: int, count: int, confidence: float) -> Interval:
    """Wilson's interval of a share."""
    found = stats.binomtest(hits, count).proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)


def of_f1(true_positives: int, errors: int, confidence: float) -> Interval:
    """F1 is 2p / (1 + p) of the share p of true positives among those and all errors, and so are its bounds."""
    low, high = of_proportion(true_positives, true_positives + errors, confidence)
    return 2 * low / (1 + low), 2 * high / (1 + high)


def of_mean(values: np.ndarray, confidence: float) -> Interval:
    """Student's interval of a mean."""
    deviation = float(stats.sem(values))
    mean = float(np.mean(values))
    if deviation == 0:
        return mean, mean
    low, high = stats.t.interval(confidence, len(values) - 1, loc=mean, scale=deviation)
    return float(low), float(high)


def of_clustered_mean(values: np.ndarray, clusters: list[np.ndarray], confidence: float) -> Interval | None:
    """The interval of a mean whose values go together within each cluster of one or two ways, such as items and days.

    Cameron, Gelbach and Miller, Journal of Business & Economic Statistics 29 (2011), with Student's t of as many as the
    fewest clusters. None where one way has a single cluster: nothing tells how they differ.
    """
    apart = values - np.mean(values)
    labels = [np.unique(each, return_inverse=True)[1] for each in clusters]
    fewest = min(int(each.max()) + 1 for each in labels)
    if fewest < 2:
        return None

    def squares(of: np.ndarray) -> float:
        sums = np.bincount(of, weights=apart)
        return float(np.sum(sums**2)) * len(sums) / (len(sums) - 1)

    both = labels[0] * (int(labels[-1].max()) + 1) + labels[-1]
    ways = [squares(each) for each in labels]
    # what is in both ways was counted twice; rounding apart, the sum is no less than either
    total = max(sum(ways) - squares(np.unique(both, return_inverse=True)[1]), *ways) if len(ways) == 2 else ways[0]
    reach = float(stats.t.ppf((1 + confidence) / 2, fewest - 1)) * math.sqrt(total) / len(values)
    return float(np.mean(values)) - reach, float(np.mean(values)) + reach


def placements(labels: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each positive the share of negatives below it, for each negative the share of positives above it; ties are
    a half. DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988)."""
    positive, negative = np.sort(score[labels]), np.sort(score[~labels])

    def share_below(of: np.ndarray, among: np.ndarray) -> np.ndarray:
        return (np.searchsorted(among, of, "left") + np.searchsorted(among, of, "right")) / 2 / len(among)

    return share_below(score[labels], negative), 1 - share_below(score[~labels], positive)


def variance(places: tuple[np.ndarray, np.ndarray]) -> float:
    """The variance of the area whose placements they are."""
    return sum(float(np.var(each, ddof=1)) / len(each) if len(each) > 1 else math.inf for each in places)


def of_auc(labels: np.ndarray, score: np.ndarray, confidence: float) -> Interval:
    """DeLong's interval on the scale of the logit, which keeps it within 0 and 1.

    Where the classes are wholly apart DeLong knows no variance: then Wilson's, of as many as the smaller class has.
    """
    places = placements(labels, score)
    area = float(np.mean(places[0]))
    deviation = math.sqrt(variance(places))
    if not math.isfinite(deviation):
        return 0.0, 1.0
    if area in (0.0, 1.0) or deviation == 0:
        smaller = min(map(len, places))
        return of_proportion(round(area * smaller), smaller, confidence)
    centre = math.log(area / (1 - area))
    reach = stats.norm.ppf((1 + confidence) / 2) * deviation / (area * (1 - area))
    return expit(centre - reach), expit(centre + reach)


def of_auc_difference(labels: np.ndarray, score: np.ndarray, other: np.ndarray, confidence: float) -> Interval:
    """DeLong's interval of how much larger the area of `score` is than that of `other`, on the same rows."""
    one, two = placements(labels, score), placements(labels, other)
    apart = (one[0] - two[0], one[1] - two[1])
    difference = float(np.mean(apart[0]))
    reach = float(stats.norm.ppf((1 + confidence) / 2)) * math.sqrt(variance(apart))
    return difference - reach, difference + reach


def expit(value: float) -> float:
    """The inverse of the logit."""
    return 1 / (1 + math.exp(-value)) if value > -700 else 0.0
