"""Two half moons: a small task that each recipe learns in a second."""

import numpy as np

TRAINING, VALIDATION = 256, 256
"""How many points there are to train on, and to rank trials by."""


def half_moons(points, *, seed):
    """Return points of two half moons, and the moon of each."""
    rng = np.random.default_rng(seed)
    angle = rng.uniform(0, np.pi, points)
    moon = rng.integers(0, 2, points)
    x = np.where(moon, 1 - np.cos(angle), np.cos(angle))
    y = np.where(moon, 0.5 - np.sin(angle), np.sin(angle))
    noise = rng.normal(scale=0.2, size=(points, 2))
    return (np.column_stack([x, y]) + noise).astype(np.float32), moon


def training_and_validation():
    """Return points and moons of both sets, the same in every process."""
    return half_moons(TRAINING, seed=0), half_moons(VALIDATION, seed=1)
