"""What a judge may ask of the student's code. Probes run beside that code, and are not secret; they judge nothing.

Each imports what it needs when it runs, so that one broken file costs its own tasks only. Inputs are tensors, numbers,
words and lists or dicts of those; answers are dicts of the same, without dicts inside.
"""

import inspect

import torch
from torch import Tensor, nn

NARROW = {"scales": 3, "widths": (16, 24), "colors": 12}
"""Settings of the extractor that the checks use: with few channels an evaluation is quick, and a good optimiser gets
much farther than a poor one. Images have 28 pixels at least."""


class EnoughError(Exception):
    """The student's code was stopped by the probe."""


class ShowScale(nn.Module):
    """Not a generator but a window: its image is scale k of the noise that it is given, enlarged."""

    def __init__(self, k: int):
        super().__init__()
        self.in_channels, self.step, self.scales = 3, 8, 6
        self.k, self.one = k, nn.Parameter(torch.ones(()))

    def forward(self, noise: list[Tensor]) -> Tensor:
        return self.one * nn.functional.interpolate(noise[self.k], noise[0].shape[-2:])


def can_backward(value: object) -> bool:
    """Whether a real gradient may be asked of it."""
    return isinstance(value, Tensor) and value.requires_grad and value.is_floating_point()


class Generator(nn.Module):
    """A generator with all that a TextureNet has, but small: each pixel of its image is a function of the noises there.

    That function is not linear: mixtures of images are not images of mixtures.
    """

    def __init__(self, seed: int, scales: int = 6):
        super().__init__()
        self.in_channels, self.step, self.scales = 3, 8, scales
        self.read = nn.Conv2d(3 * scales, 8, 1)
        self.norm = nn.BatchNorm2d(8)
        self.last = nn.Conv2d(8, 3, 1)
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(torch.rand(parameter.shape, generator=generator) - 0.5)
            self.norm.weight.mul_(0.3).add_(1)
            self.norm.running_var.fill_(scales / 12)
            self.last.bias.add_(0.5).mul_(0.1).add_(0.45)
            self.last.weight.mul_(0.3)
        self.seen: list[list[Tensor]] = []
        self.made: list[Tensor] = []

    def forward(self, noise: list[Tensor]) -> Tensor:
        self.seen.append([z.detach().clone() for z in noise])
        size = noise[0].shape[-2:]
        x = self.read(torch.cat([nn.functional.interpolate(z, size) for z in noise], 1))
        image = self.last(nn.functional.leaky_relu(self.norm(x), 0.1))
        self.made.append(image.detach().clone())
        return image


def gram_matrix(features: Tensor, channels_last: bool = False, cotangent: Tensor | None = None) -> dict:
    """Its Gram matrix; what the features are afterwards; the gradient of Σ cotangent · G, if one is given."""
    from textures.gram import gram_matrix

    features = features.clone(memory_format=torch.channels_last if channels_last else torch.contiguous_format)
    features.requires_grad_(cotangent is not None)
    gram = gram_matrix(features)
    answers = {"gram": gram, "features": features}
    if cotangent is not None and can_backward(gram) and gram.numel() == cotangent.numel():
        (gram.reshape(cotangent.shape) * cotangent).sum().backward()
        answers["gradient"] = features.grad
    return answers


def gram_loss(grams: dict, targets: dict, weights: dict | None = None) -> dict:
    """The loss, and its gradient by each of the Gram matrices, as "gradient NAME"."""
    from textures.gram import gram_loss

    grams = {name: gram.clone().requires_grad_() for name, gram in grams.items()}
    loss = gram_loss(grams, targets) if weights is None else gram_loss(grams, targets, weights)
    answers = {"loss": loss}
    if can_backward(loss) and loss.numel() == 1:
        loss.backward()
        answers |= {f"gradient {name}": gram.grad for name, gram in grams.items()}
    return answers


def synthesize(
    exemplar: Tensor,
    iterations: int,
    seed: int = 0,
    layers: list | None = None,
    size: list | int | None = None,
    init: Tensor | None = None,
    listen: bool = False,
) -> dict:
    """The image, the losses, how often features were computed of an image that changes, and what was changed.

    "start" is the first such image; "heard" the losses that the callback was told, and "heard_image" its last image.
    Ends, with "enough" for an answer, after five times as many evaluations as were asked for; then with the image
    as it is.
    """
    from textures.features import RandomFeatures
    from textures.gatys import synthesize

    extractor = RandomFeatures(**NARROW)
    before = {name: value.clone() for name, value in extractor.state_dict().items()}
    changing, heard, last = [], [], []

    def look(module: nn.Module, args: tuple) -> None:
        if args[0].requires_grad:
            changing.append(None if changing else args[0].detach().clone())
        if len(changing) > 5 * iterations + 20:
            last.append(args[0].detach().clone())
            raise EnoughError

    extractor.register_forward_pre_hook(look)
    given, first = exemplar.clone(), None if init is None else init.clone()
    settings = {"size": tuple(size) if isinstance(size, list) else size, "iterations": iterations, "seed": seed}
    if first is not None:
        settings["init"] = first
    if listen:
        settings["callback"] = lambda *args: heard.append(args)
    made, enough = None, False
    try:
        made = synthesize(given, extractor, layers, **settings)
    except EnoughError:
        made, enough = last[0], True
    after = extractor.state_dict()
    pair = isinstance(made, (tuple, list)) and len(made) == 2
    losses = getattr(made, "losses", made[1] if pair else None)
    return {
        "named": hasattr(made, "image") and hasattr(made, "losses"),
        "image": getattr(made, "image", made[0] if pair else made),
        "losses": losses,
        "graphs": isinstance(losses, (list, tuple)) and any(can_backward(loss) for loss in losses),
        "evaluations": len(changing),
        "enough": enough,
        "start": changing[0] if changing else None,
        "heard": [args[1] if len(args) > 1 else None for args in heard],
        "heard_plain": any(len(args) > 1 and not isinstance(args[1], Tensor) for args in heard),
        "heard_image": heard[-1][0] if heard and heard[-1] else None,
        "exemplar": given,
        "init": first,
        "extractor_changed": any(
            value.dtype != after[name].dtype or not torch.equal(value, after[name]) for name, value in before.items()
        ),
    }


def count_parameters(kind: str) -> dict:
    """The count of a module whose number is known, twice: "linear", "two", "frozen", "batchnorm" or "shared"."""
    from textures.texturenet import count_parameters

    module = nn.Linear(3, 4)
    if kind in ("two", "frozen"):
        module = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 5))
        module[0].requires_grad_(kind == "two")
    if kind == "batchnorm":
        module = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8))
    if kind == "shared":
        module = nn.Sequential(module, nn.ReLU(), module)
    return {"count": count_parameters(module), "again": count_parameters(module)}


class PlainBlock(nn.Module):
    """Stands in the place of a ConvBlock: of its shapes, but pixel by pixel. Two of another `phase` differ."""

    def __init__(self, in_channels: int, out_channels: int, phase: int = 0, **_: object):
        super().__init__()
        self.channels, self.phase = (in_channels, out_channels), phase

    def forward(self, x: Tensor) -> Tensor:
        inside, outside = self.channels
        if x.shape[1] != inside:
            raise ValueError(f"a ConvBlock({inside}, {outside}) was given {x.shape[1]} channels")
        weight = torch.cos(torch.arange(outside)[:, None] * 2 + torch.arange(inside) + 1 + self.phase)
        return torch.tanh(torch.einsum("oi,bihw->bohw", weight / inside**0.5, x - 0.3))


class PlainUp(nn.Module):
    """Stands in the place of an UpBlock."""

    def __init__(self, channels: int, phase: int = 0, **_: object):
        super().__init__()
        self.channels, self.phase = channels, phase

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[1] != self.channels:
            raise ValueError(f"an UpBlock({self.channels}) was given {x.shape[1]} channels")
        return (0.9 - 0.1 * self.phase) * x.repeat_interleave(2, 2).repeat_interleave(2, 3) + 0.05


def pyramid(settings: dict, noise: list, weight: Tensor, bias: Tensor, by_index: bool) -> dict:
    """The image of a TextureNet whose blocks are plain ones, and whose last convolution has these weights.

    Where blocks have the documented names, they get their k for a phase `by_index`; "indexed" tells whether they have.
    """
    from textures import texturenet

    own = texturenet.ConvBlock, texturenet.UpBlock
    texturenet.ConvBlock, texturenet.UpBlock = PlainBlock, PlainUp
    try:
        net = texturenet.TextureNet(**settings).eval()
    finally:
        texturenet.ConvBlock, texturenet.UpBlock = own
    blocks = {name: module for name, module in net.named_modules() if isinstance(module, (PlainBlock, PlainUp))}
    indexed = all(name.split(".")[0] in ("read", "up", "join") and name.count(".") == 1 for name in blocks)
    for name, block in blocks.items() if indexed and by_index else ():
        block.phase = int(name.rpartition(".")[2])
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, nn.Conv2d):
                _fill(module, {"weight": weight, "bias": bias}, "")
        return {"image": net([z.clone() for z in noise]), "indexed": indexed}


def block(kind: str, channels: list, x: Tensor, state: dict, train: bool = True, seed: int = 0) -> dict:
    """What a ConvBlock or an UpBlock makes of x with this state, and the names and shapes of its own.

    Where its names are others, the weights go to its convolutions and batch norms in the order in which they are made;
    what fits nowhere stays as it was drawn from `seed`.
    """
    from textures import texturenet

    torch.manual_seed(seed)
    module = getattr(texturenet, kind)(*channels).train(train)
    own = module.state_dict()
    answers = {"names": list(own), "shapes": [list(value.shape) for value in own.values()]}
    answers["count"] = sum(p.numel() for p in module.parameters())
    try:
        module.load_state_dict(state)
    except RuntimeError:
        for layer, name in ((nn.Conv2d, "conv"), (nn.BatchNorm2d, "bn")):
            layers = [one for one in module.modules() if isinstance(one, layer)]
            numbers = [""] if kind == "UpBlock" else ["1", "2", "3"]
            for one, number in zip(layers, numbers, strict=False):
                _fill(one, state, f"{name}{number}.")
    with torch.no_grad():
        answers |= {"output": module(x), "again": module(x)}
    return answers


def _fill(layer: nn.Module, state: dict, prefix: str) -> None:
    """Put into a layer what the state has for it, as far as it has the same shape."""
    with torch.no_grad():
        for name, value in layer.state_dict().items():
            if prefix + name in state and state[prefix + name].shape == value.shape:
                value.copy_(state[prefix + name])


def texturenet(
    settings: dict,
    noise: list | None = None,
    seed: int = 0,
    state: dict | None = None,
    train: bool = True,
    learn: bool = False,
) -> dict:
    """TextureNet with first weights drawn from `seed`, or with `state`: names and shapes, and its image.

    "fits" tells whether `state` could be loaded, "learning" (with `learn`) how many filters have a gradient.
    """
    from textures.texturenet import TextureNet

    torch.manual_seed(seed)
    net = TextureNet(**settings).train(train)
    own, parameters = net.state_dict(), list(net.parameters())
    answers = {"names": list(own), "shapes": [list(value.shape) for value in own.values()]}
    answers |= {"count": sum(p.numel() for p in parameters), "parameters": [list(p.shape) for p in parameters]}
    if state is not None:
        answers["fits"] = True
        try:
            net.load_state_dict(state)
        except RuntimeError:
            answers["fits"] = False
    if noise is None:
        return answers
    image = net([z.clone() for z in noise])
    answers["image"] = image
    if learn and can_backward(image):
        (image * torch.linspace(-1, 1, image.numel()).reshape(image.shape)).sum().backward()
        answers["learning"] = sum(p.ndim == 4 and p.grad is not None and bool(p.grad.any()) for p in parameters)
    return answers


def plain(kind: type[torch.optim.Optimizer]) -> type[torch.optim.Optimizer]:
    """PyTorch's optimiser of that kind, with a step that does not import the compiler: a student would wait for it."""
    return type(kind.__name__, (kind,), {"step": torch.no_grad()(inspect.unwrap(kind.step))})


def training_steps(targets: dict, noises: list, learning_rate: float, adam: bool = False) -> dict:
    """As many steps on `Generator(0)` as there are noises: losses, parameters, how often the optimiser was used.

    The layers of the targets are the extractor's own, as they are when a generator is trained.
    """
    from textures.features import RandomFeatures
    from textures.training import training_step

    extractor = RandomFeatures(**NARROW)
    extractor.default_layers = tuple(targets)
    before = {name: value.clone() for name, value in extractor.state_dict().items()}
    net = Generator(0, len(noises[0]))
    optimizer = plain(torch.optim.Adam if adam else torch.optim.SGD)(net.parameters(), lr=learning_rate)
    path = []
    optimizer.register_step_post_hook(lambda *_: path.append(nn.utils.parameters_to_vector(net.parameters())))
    losses = [training_step(net, extractor, targets, noise, optimizer) for noise in noises]
    after = extractor.state_dict()
    return {
        "losses": losses,
        "parameters": nn.utils.parameters_to_vector(net.parameters()),
        "used": len(path),
        "path": path[: len(noises)],
        "extractor_changed": any(not torch.equal(value, after[name]) for name, value in before.items()),
    }


def interpolate_noise(z0: list, z1: list, lam: float) -> dict:
    """The interpolated noise, and what the two noises are afterwards."""
    from textures.noise import interpolate_noise

    z0, z1 = [z.clone() for z in z0], [z.clone() for z in z1]
    return {"noise": interpolate_noise(z0, z1, lam), "z0": z0, "z1": z1}


def redresse(z: Tensor, lam: float) -> dict:
    """The straightened noise, and what the noise is afterwards."""
    from textures.noise import redresse

    z = z.clone()
    return {"straightened": redresse(z, lam), "z": z}


def interpolation_frames(n_frames: int, size: int, straighten: bool, seed: int) -> dict:
    """The film of `Generator(0)`, and what that one has seen and made."""
    from textures.movies import interpolation_frames

    net = Generator(0).eval()
    return _film(net, interpolation_frames(net, n_frames, size=size, straighten=straighten, seed=seed))


def displacement_frames(n_frames: int, size: int, mode: str, step: int, seed: int, scale: int) -> dict:
    """The displacement film of a generator whose images are one scale of its noise."""
    from textures.movies import displacement_frames

    net = ShowScale(scale).eval()
    return {"frames": displacement_frames(net, n_frames, size=size, mode=mode, step=step, seed=seed)}


def _film(net: Generator, frames: object) -> dict:
    """A film; "seen": the noises of all calls, by scale; "made": all images; "form": what kind of thing the film is."""
    form = type(frames).__name__
    if form == "ndarray":
        frames = torch.from_numpy(frames)
    answers = {"frames": frames, "form": form, "seen": [], "made": []}
    if net.seen:
        answers |= {"seen": [torch.cat(scale) for scale in zip(*net.seen, strict=False)], "made": torch.cat(net.made)}
    return answers


# --- What the grader must know of probes ------------------------------------------------------------------------------

MADE = {
    "gram_matrix": {"features": Tensor, "gradient": Tensor | None},
    "synthesize": {
        **dict.fromkeys(["named", "graphs", "enough", "heard_plain", "extractor_changed"], bool),
        **{"evaluations": int, "heard": list, "start": Tensor | None, "exemplar": Tensor, "init": Tensor | None},
    },
    "pyramid": {"indexed": bool},
    "block": {"names": list[str], "shapes": list[list[int]], "count": int},
    "texturenet": {
        **{"names": list[str], "shapes": list[list[int]], "count": int, "parameters": list[list[int]]},
        **{"fits": bool | None, "learning": int | None},
    },
    "training_steps": {
        **{"losses": list, "parameters": Tensor, "used": int, "path": list[Tensor], "extractor_changed": bool}
    },
    "interpolate_noise": {"z0": list, "z1": list},
    "redresse": {"z": Tensor},
    "interpolation_frames": {"form": str, "seen": list[Tensor], "made": Tensor | list},
}
"""What probes make themselves, by probe and name: another kind of value there is forged. All else is the student's."""


def asked(inputs: dict) -> int:
    """How many numbers a question asks for: those of a film, which may have its default sides, whatever the size."""
    return inputs["n_frames"] * 3 * max(inputs["size"], 256) ** 2 if "n_frames" in inputs else 0


def warm_up() -> None:
    """One step of each kind of work: what PyTorch imports at its first use takes it a second, once per host."""
    from textures.features import RandomFeatures

    image = torch.rand(1, 3, 64, 64, requires_grad=True)
    optimizer = torch.optim.LBFGS([image], max_iter=1, line_search_fn="strong_wolfe")
    extractor = RandomFeatures()

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = sum(maps.square().mean() for maps in extractor(image).values())
        loss.backward()
        return loss

    optimizer.step(closure)
