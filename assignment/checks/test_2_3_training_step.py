"""Task 2.3: training_step. The generator is one of ours, with a batch norm; what it learns is computed again."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from judging.check import WrongError, check, expect, expect_equal, expect_number, expect_tensor, find_mistake, same

from .probes import Generator, plain
from .texture import narrow, texture_distance

SCALES = 2
RATE = 0.005
"""At which all losses descend."""
Loss = Callable[[Generator, list[Tensor]], Tensor]


def noises(steps: int, batch: int = 2, seed: int = 0) -> list:
    generator = torch.Generator().manual_seed(seed)
    return [[torch.rand(batch, 3, 32 >> k, 32 >> k, generator=generator) for k in range(SCALES)] for _ in range(steps)]


def plain_color(lab: object) -> tuple[Tensor, dict[str, Tensor]]:
    """An exemplar of a single colour, and its Gram matrices: where the maps F are constant, G_ij is F_i F_j."""
    exemplar = torch.tensor([0.8, 0.4, 0.2])[None, :, None, None].expand(1, 3, 32, 32).clone()
    with torch.no_grad():
        maps = narrow(lab)(exemplar, ["color1", "color2"], periodic=True)
    return exemplar, {name: torch.outer(x[0, :, 0, 0], x[0, :, 0, 0])[None] for name, x in maps.items()}


def losses(targets: dict[str, Tensor], lab: object) -> dict[str, Loss]:
    """The loss of a step, "right", and those of who makes a slip in it, by hint."""
    extractor = narrow(lab)

    def loss(images: Tensor, layers: list[str] | None = None, weighted: bool = True, periodic: bool = True) -> Tensor:
        wanted = {name: targets[name] for name in layers or targets}
        found = extractor(images, list(wanted), periodic=periodic)
        grams = {name: lab.gram.gram_matrix(maps) for name, maps in found.items()}
        return lab.gram.gram_loss(grams, wanted, lab.gram.relative_weights(wanted) if weighted else None)

    def one_by_one(net: Generator, noise: list) -> Tensor:
        batch = range(len(noise[0]))
        return sum(loss(net([z[i : i + 1] for z in noise])) for i in batch) / len(batch)

    return {
        "right": lambda net, noise: loss(net(noise)),
        "training_no_weights": lambda net, noise: loss(net(noise), weighted=False),
        "training_batch_summed": lambda net, noise: len(noise[0]) * loss(net(noise)),
        "training_first_layer": lambda net, noise: loss(net(noise), list(targets)[:1]),
        "training_last_layer": lambda net, noise: loss(net(noise), list(targets)[-1:]),
        "training_layers_summed": lambda net, noise: len(targets) * loss(net(noise)),
        "training_eval_mode": lambda net, noise: loss(net.eval()(noise)),
        "training_image_by_image": one_by_one,
        "training_one_image": lambda net, noise: loss(net(noise)[:1]),
        "training_clamped": lambda net, noise: loss(net(noise).clamp(0, 1)),
        "training_squashed": lambda net, noise: loss(net(noise).sigmoid()),
        "training_square_root": lambda net, noise: loss(net(noise)).sqrt(),
        "training_divided_by_batch": lambda net, noise: loss(net(noise)) / len(noise[0]),
        "training_halved": lambda net, noise: loss(net(noise)) / 2,
        "training_periodic": lambda net, noise: loss(net(noise), periodic=False),
    }


def trained(loss: Loss, steps: list, learning_rate: float, adam: bool = False, kept: bool = False) -> Tensor:
    """The parameters after a step for each of the noises, gradients `kept` from step to step or not."""
    net = generator()
    optimizer = plain(torch.optim.Adam if adam else torch.optim.SGD)(net.parameters(), lr=learning_rate)
    for noise in steps:
        if not kept:
            optimizer.zero_grad()
        loss(net, noise).backward()
        optimizer.step()
    return flat(net)


def flat(net: nn.Module) -> Tensor:
    return nn.utils.parameters_to_vector(net.parameters()).detach()


def generator(parameters: Tensor | None = None) -> Generator:
    """The generator of the probe, in training mode; with other parameters, if they are given."""
    net = Generator(0, SCALES)
    if parameters is not None:
        nn.utils.vector_to_parameters(parameters.float(), net.parameters())
    return net


def of_first_step(values: list) -> object:
    """What a list has of the first step; None where it has nothing, which no probe answers, but who forges may."""
    return values[0] if values else None


@check(part="2.3", points=1)
def test_training_number(student, lab):
    """A step returns its loss, as a plain number.
    Un pas renvoie sa perte, un simple nombre.
    """
    still = set(lab.once(plain_losses, 1.0))  # what it may be the loss of; no constant is near to the same one twice
    for scale in (1.0, 0.1, 10.0):  # the exemplar much darker, much brighter
        scaled, noise = darker(lab, scale), noises(1)
        value = student.ask("training_steps", targets=scaled, noises=noise, learning_rate=0.0)["losses"]
        value = of_first_step(value)
        expect(not isinstance(value, Tensor), "loss_is_tensor", "training_item")
        value = expect_number(value, "training_step")
        known = lab.once(plain_losses, scale)
        still &= {name for name, truth in known.items() if truth / 1.5 < value < 1.5 * truth}
        hint = "training_targets" if abs(value) < 1e-9 else None
        expect(still, "loss_is_none", hint, got=value, want=known["right"])


def darker(lab: object, scale: float) -> dict[str, Tensor]:
    """The Gram matrices of the plain colour, times a number."""
    return {name: scale * target for name, target in lab.once(plain_color)[1].items()}


def plain_losses(lab: object, scale: float) -> dict[str, float]:
    """The first step's losses there, "right" and by hint."""
    noise = noises(1)[0]
    return {name: float(loss(generator(), noise).detach()) for name, loss in losses(darker(lab, scale), lab).items()}


@check(part="2.3", points=3)
def test_training_improves(student, lab):
    """After 20 steps a tiny generator paints a plain colour better, by a measure of our own.
    Après 20 pas, un tout petit générateur peint mieux une couleur unie, selon notre propre mesure.
    """
    exemplar, targets = lab.once(plain_color)
    first = flat(generator())

    def distances(some: Tensor) -> list[float]:
        """Of the images, as they are and as they are seen with a slip that has cost what it costs in their loss."""
        nets = (generator(some), generator(some).eval())
        with torch.no_grad():
            made = [net(noises(1, seed=1)[0]) for net in nets]
        seen = (*made, made[0].clamp(0, 1), made[0].sigmoid())
        return [texture_distance(view, exemplar, lab, list(targets)) for view in seen]

    starts = distances(first)
    for seed in (0, 2):  # steps at random are sometimes lucky, but not twice
        answer = student.ask("training_steps", targets=targets, noises=noises(20, seed=seed), **BY_ADAM)
        parameters = expect_tensor(answer["parameters"], tuple(first.shape), "parameters")
        best, ends = distances(lab.once(trained_by_adam, seed))[0], distances(parameters)
        if any(end < (start * best) ** 0.5 for start, end in zip(starts, ends, strict=True)):
            continue
        hint = "training_stands_still" if same(parameters, first.double(), 1e-6) else None
        if same(parameters, lab.once(trained_by_adam, seed, True), 0.02):
            hint = "training_gradients_kept"
        raise WrongError("generator_no_better", hint, before=starts[0], after=ends[0])


BY_ADAM = {"learning_rate": 0.02, "adam": True}
"""For which a loss may be of any size."""


def trained_by_adam(lab: object, seed: int, kept: bool = False) -> Tensor:
    """The parameters after 20 right steps towards the plain colour; with gradients `kept` from step to step, or not."""
    loss = losses(lab.once(plain_color)[1], lab)["right"]
    return trained(loss, noises(20, seed=seed), **BY_ADAM, kept=kept)


@check(part="2.3", points=2)
def test_training_uses_optimizer(student, lab):
    """The optimiser is used once per step, and moves the generator; the extractor stays as it was.
    L'optimiseur sert une fois par pas, et change le générateur ; l'extracteur reste tel quel.
    """
    targets = lab.once(plain_color)[1]
    answer = student.ask("training_steps", targets=targets, noises=noises(3), learning_rate=0.01)
    first, used = flat(generator()), answer["used"]
    path = [first.double(), *(expect_tensor(p, tuple(first.shape), "parameters") for p in answer["path"])]
    if used == 0:
        moved = not torch.equal(expect_tensor(answer["parameters"], tuple(first.shape), "parameters"), path[0])
        raise WrongError("optimizer_used", "training_by_hand" if moved else "training_no_step", got=0, want=3)
    expect(used == 3, "optimizer_used", "training_many_steps" if used > 3 else None, got=used, want=3)
    expect(len(path) == 4, "optimizer_used", got=len(path) - 1, want=3)
    moves = all(not torch.equal(before, after) for before, after in pairwise(path))
    expect(moves, "optimizer_idle", "training_stands_still")
    ways = lab.once(first_ways)
    turned = [float(torch.cosine_similarity(path[1] - path[0], way.double(), dim=0)) for way in ways]
    expect(max(turned) > 0.6, "wrong_steps", "training_ascends" if min(turned) < -0.9 else None)
    expect(answer["extractor_changed"] is False, "extractor_changed")


def first_ways(lab: object) -> list[Tensor]:
    """Where a first step leads, of the right loss and of those of who makes a slip."""
    every = losses(lab.once(plain_color)[1], lab).values()
    return [trained(loss, noises(1), 0.01) - flat(generator()) for loss in every]


@check(part="2.3", points=2)
def test_training_loss_value(student, lab, rng):
    """The loss returned is that of the images before the step: the mean over the batch, with relative weights.
    La perte renvoyée est celle des images avant le pas : la moyenne sur le lot, avec les poids relatifs.
    """
    targets = matrices(lab)
    seed = int(torch.randint(1 << 30, (), generator=rng))
    for noise in map(uneven, noises(2, batch=3, seed=seed)):  # a rounded loss may be right by chance, once
        answer = student.ask("training_steps", targets=targets, noises=[noise], learning_rate=0.05)
        value = torch.tensor([expect_number(of_first_step(answer["losses"]), "training_step")])
        known = {hint: loss(generator(), noise).detach()[None] for hint, loss in losses(targets, lab).items()}
        truth = known.pop("right")
        first, parameters = flat(generator()), answer["parameters"]
        once = answer["used"] == 1 and isinstance(parameters, Tensor) and parameters.shape == first.shape
        if once and not torch.equal(parameters, first):
            known["training_loss_after"] = losses(targets, lab)["right"](generator(parameters), noise).detach()[None]
        otherwise = "training_loss_of_what" if answer["used"] <= 1 else None
        if same(value, truth, 0.02):
            otherwise = "training_rounded"
        expect_equal(value, truth, "training_step", known, otherwise=otherwise, tolerance=2e-4)


def uneven(noise: list[Tensor]) -> list[Tensor]:
    """Darker than any noise drawn anew, and each image of the batch in its own way, which batch norm sees."""
    shares = torch.linspace(0.2, 1, len(noise[0]))[:, None, None, None]
    return [shares * z**2 for z in noise]


def matrices(lab: object) -> dict[str, Tensor]:
    """Symmetric matrices, about as large as the Gram matrices of an exemplar: a loss asks for no more."""
    generator, extractor = torch.Generator().manual_seed(3), narrow(lab)
    targets = {}
    for name, size in (("color1", 0.02), ("relu2_2", 1e-4)):
        channels = extractor(torch.zeros(1, 3, 32, 32), [name])[name].shape[1]
        half = torch.rand(1, channels, channels, generator=generator)
        targets[name] = size * (half + half.mT)
    return targets
