"""From tensors to the bytes of pictures."""

import numpy as np
from torch import Tensor


def to_pixels(images: Tensor) -> np.ndarray:
    """(N, 3, H, W) in [0, 1] → (N, H, W, 3) bytes, rounded to the nearest level."""
    return (images.detach().float().clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
