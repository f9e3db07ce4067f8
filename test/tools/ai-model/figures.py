"""Pairs of samples in buckets, and how far they are apart according to SciPy. Prints JSON.

The figures come from the samples and from SciPy's functions, not from the formulas of the rules.
"""

import json
import sys

import numpy as np
from scipy.spatial.distance import jensenshannon
from scipy.special import rel_entr
from scipy.stats import ks_2samp

# what the rules put in the place of an empty bucket, for the population stability index only
LEAST_SHARE = 1e-4


def bounds_of(random, scale, count):
    points = np.unique(np.round(random.normal(0, scale, count), random.integers(0, 4)))
    return points if len(points) else np.array([0.0])


def samples(random, index):
    """Samples of training and of requests, and the bounds of their buckets."""
    scale = 10.0 ** random.integers(-3, 8)
    size, other = random.integers(300, 5000, 2)
    base = random.normal(0, scale, size)
    bounds = bounds_of(random, scale, random.integers(1, 20))
    kind = ["equal", "disjoint", "shifted", "wider", "binary", "narrow", "one bucket", "random"][index % 8]
    if kind == "equal":
        return kind, bounds, base, np.repeat(base, 2)
    if kind == "disjoint":
        middle = bounds[len(bounds) // 2]
        return kind, bounds, middle - np.abs(base), middle + scale + np.abs(random.normal(0, scale, other))
    if kind == "shifted":
        return kind, bounds, base, random.normal(scale * random.uniform(0, 2), scale, other)
    if kind == "wider":
        return kind, bounds, base, random.standard_t(2, other) * scale
    if kind == "binary":
        return kind, np.array([0.0, 1.0]), random.binomial(1, 0.3, size) * 1.0, random.binomial(1, 0.6, other) * 1.0
    if kind == "narrow":
        return kind, bounds, base, random.normal(bounds[0], scale / 1000, other)
    if kind == "one bucket":
        return kind, bounds, np.full(size, bounds[0]), np.full(other, bounds[-1] + scale)
    weights = random.dirichlet(np.ones(len(bounds) + 1) / 2, 2)
    inside = np.append(bounds, bounds[-1] + scale)
    return kind, bounds, random.choice(inside, size, p=weights[0]), random.choice(inside, other, p=weights[1])


def main(pairs, seed):
    random = np.random.default_rng(seed)
    found = []
    for index in range(pairs):
        kind, bounds, base, asked = samples(random, index)
        in_base, in_asked = (np.searchsorted(bounds, values, side="left") for values in (base, asked))
        counts = [np.bincount(buckets, minlength=len(bounds) + 1) for buckets in (in_base, in_asked)]
        p, q = (count / count.sum() for count in counts)
        p_full, q_full = np.maximum(p, LEAST_SHARE), np.maximum(q, LEAST_SHARE)
        found.append(
            {
                "name": f"{index} {kind}",
                "bounds": bounds.tolist(),
                "baseline": counts[0].tolist(),
                "observed": counts[1].tolist(),
                "figures": {
                    "kolmogorov-smirnov": float(ks_2samp(in_base, in_asked).statistic),
                    "population-stability-index": float(
                        (rel_entr(q_full, p_full) + rel_entr(p_full, q_full)).sum()
                    ),
                    # SciPy has the distance, which is the root of the divergence
                    "jensen-shannon": float(np.nan_to_num(jensenshannon(p, q, base=2)) ** 2),
                },
            }
        )
    print(json.dumps(found))


main(int(sys.argv[1]), int(sys.argv[2]))
