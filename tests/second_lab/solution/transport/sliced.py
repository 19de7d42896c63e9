"""The sliced Wasserstein distance (Rabin et al. 2011): in one dimension optimal transport is a matter of sorting."""

from torch import Tensor


def sliced_distance(x: Tensor, y: Tensor, directions: Tensor) -> Tensor:
    """Mean over directions θ and ranks i of the squared differences of sorted projections (Heitz et al. 2021, eq. 3):

        1/(K N) Σ_θ Σ_i ( sort(⟨x, θ⟩)_i − sort(⟨y, θ⟩)_i )²

    Args:
        x, y: two clouds of as many points, (N, D).
        directions: unit vectors θ, (K, D).

    Returns:
        A scalar, differentiable with respect to `x`, in the square of the points' unit.
    """
    # TODO 1.1: project both clouds, sort along each direction, compare.
    ### BEGIN SOLUTION
    ours, theirs = (x @ directions.T).sort(dim=0).values, (y @ directions.T).sort(dim=0).values
    return (ours - theirs).square().mean()
    ### END SOLUTION
