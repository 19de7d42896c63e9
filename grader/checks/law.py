"""How far values are from the uniform law that the noise must have."""

import torch
from torch import Tensor


def law_distance(values: Tensor) -> float:
    """Kolmogorov–Smirnov: greatest difference between the values' distribution and the uniform one on [0, 1]."""
    ordered = values.flatten().double().sort().values
    steps = torch.arange(len(ordered) + 1, dtype=torch.float64) / len(ordered)
    return float(torch.maximum((ordered - steps[:-1]).abs(), (ordered - steps[1:]).abs()).max())
