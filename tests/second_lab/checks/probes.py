"""What a judge of the second lab may ask of the student's code."""

from torch import Tensor

MADE = {
    "sliced_distance": {"gradient": Tensor | None},
    "move": {"x": Tensor},
}
"""What probes make themselves."""


def sliced_distance(x: Tensor, y: Tensor, directions: Tensor) -> dict:
    """The distance, and its gradient by x."""
    from transport.sliced import sliced_distance

    x = x.clone().requires_grad_()
    distance = sliced_distance(x, y, directions)
    answers = {"distance": distance}
    if isinstance(distance, Tensor) and distance.requires_grad and distance.numel() == 1:
        distance.backward()
        answers["gradient"] = x.grad
    return answers


def move(x: Tensor, y: Tensor, directions: Tensor) -> dict:
    """The moved cloud, and what the one that was given is afterwards."""
    from transport.moving import move

    x = x.clone()
    return {"moved": move(x, y, directions), "x": x}


def synthesize(exemplar: Tensor, iterations: int, seed: int) -> dict:
    """The image."""
    from transport.texture import synthesize

    return {"image": synthesize(exemplar, iterations, seed)}
