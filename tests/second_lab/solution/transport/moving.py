"""One cloud moved onto another, direction by direction (Rabin et al. 2011, sec. 3)."""

from torch import Tensor


def move(x: Tensor, y: Tensor, directions: Tensor) -> Tensor:
    """For one direction θ after the other, move each point of x along θ to where its rank is in y:

        x_i ← x_i + ( sort(⟨y, θ⟩)_{rank of x_i} − ⟨x_i, θ⟩ ) θ

    Args:
        x, y: two clouds of as many points, (N, D).
        directions: unit vectors, (K, D), taken in their order.

    Returns:
        The moved cloud, (N, D); x itself stays as it is.
    """
    # TODO 1.2: a loop over the directions; argsort gives the ranks.
    ### BEGIN SOLUTION
    for direction in directions:
        along = x @ direction
        step = along.new_empty(along.shape)
        order = along.argsort()
        step[order] = (y @ direction).sort().values - along[order]
        x = x + step[:, None] * direction
    return x
    ### END SOLUTION
