"""Task 2.1: ConvBlock, UpBlock, TextureNet: with weights of the examiner's, and the pyramid with plain blocks."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from judging.check import WrongError, check, expect, expect_number, expect_tensor, find_mistake, same
from workbench.files import lab_folder

from .probes import PlainBlock, PlainUp

COUNT = 116_835
# What one counts who leaves something out of the generator.
WRONG_COUNTS = {
    COUNT - 627: "parameters_no_bias",
    COUNT - 624: "parameters_no_bias",
    COUNT - 3: "parameters_no_last_bias",
    COUNT - 1488: "parameters_no_norm",
    COUNT - 1248: "parameters_no_norm",
    COUNT - 240: "parameters_no_up_norm",
    COUNT - 5 * 928: "parameters_shared_block",
    12_115: "parameters_added",
}
# With a join, an up or both for the coarsest scale too.
WRONG_COUNTS |= {COUNT + n + m: "parameters_coarsest" for n in (0, 1_288) for m in (0, 16, 96) if n or m}
# Without the blocks of read, of join, or of both, and without those of up.
WRONG_COUNTS |= {147 + n + m: "parameters_plain_list" for n in (0, 5_568, 110_880) for m in (0, 240)}

# Mistakes that no number of parameters shows: expected/ has a picture of each.
UNCOUNTED = (
    "texturenet_order",
    "convblock_activation_first",
    "convblock_one_norm",
    "convblock_no_norm",
    "convblock_relu",
    "convblock_last_activation",
)
# Of the pyramid of plain blocks: the first pixels, RGB by RGB, and those of who makes a mistake.
PYRAMID = (0.163, 0.0545, 0.1464, 0.1882, 0.3165, 0.4488, 0.424, 0.0907, 0.545, 0.5357, 0.5665, 0.4951)
OTHER_PYRAMIDS = {
    "texturenet_order": (
        (0.4888, 0.4827, 0.445, 0.5866, 0.6265, 0.4054, 0.6151, 0.6279, 0.7611, 0.7025, 0.7401, 0.8014),
    ),
    "texturenet_sigmoid": (
        (0.5406, 0.5136, 0.5365, 0.5469, 0.5785, 0.6103, 0.6044, 0.5227, 0.633, 0.6308, 0.6379, 0.6213),
        (0.163, 0.0545, 0.1464, 0.1882, 0.3165, 0.4488, 0.424, 0.0907, 0.545, 0.5357, 0.5665, 0.4951),
        (0.1615, 0.0545, 0.1453, 0.186, 0.3064, 0.4209, 0.4003, 0.0904, 0.4967, 0.4897, 0.5128, 0.4583),
        (0.5808, 0.5272, 0.5727, 0.593, 0.6532, 0.7104, 0.7001, 0.5452, 0.7484, 0.7449, 0.7564, 0.7291),
    ),
    "texturenet_last_join": (
        (0.5417, 0.5187, 0.6096, 0.3848, 0.1647, 0.5912, 0.2688, -0.0038, 0.8498, 0.5125, 0.8888, 0.7064),
    ),
    "texturenet_noise": (
        (0.265, 0.1567, 0.2486, 0.2896, 0.2214, 0.3539, 0.3288, -0.0043, 0.5623, 0.5523, 0.5838, 0.5124),
        (0.1893, 0.0811, 0.1727, 0.2144, 0.1988, 0.3309, 0.3057, -0.0255, 0.5246, 0.5153, 0.5461, 0.4746),
        (0.1567, 0.0482, 0.14, 0.1819, 0.3405, 0.4728, 0.4481, 0.1144, 0.5487, 0.5394, 0.5702, 0.4989),
        (0.1395, 0.0309, 0.1229, 0.1648, 0.4436, 0.576, 0.5516, 0.2162, 0.5688, 0.5593, 0.5902, 0.5191),
    ),
}


def random_noise(size: tuple[int, int], batch: int = 1, scales: int = 6, channels: int = 3, seed: int = 0) -> list:
    generator = torch.Generator().manual_seed(seed)
    height, width = size
    return [torch.rand(batch, channels, height >> k, width >> k, generator=generator) for k in range(scales)]


def norm(prefix: str, channels: int, draw: torch.Generator) -> dict[str, Tensor]:
    """The state of a batch norm in which every number counts."""
    numbers = torch.rand(4, channels, generator=draw)
    state = {"weight": 0.5 + numbers[0], "bias": numbers[1] - 0.5, "running_mean": numbers[2] - 0.5}
    state |= {"running_var": 0.3 + numbers[3], "num_batches_tracked": torch.tensor(7)}
    return {prefix + name: value for name, value in state.items()}


def block_state(channels: tuple[int, int], seed: int) -> dict[str, Tensor]:
    """Weights for a ConvBlock, under the documented names."""
    draw = torch.Generator().manual_seed(seed)
    inside, outside = channels
    state = {}
    for i, (width, kernel) in enumerate(((inside, 3), (outside, 3), (outside, 1)), start=1):
        weight = torch.rand(outside, width, kernel, kernel, generator=draw) - 0.5
        state |= {f"conv{i}.weight": weight, f"conv{i}.bias": torch.rand(outside, generator=draw) - 0.5}
        state |= norm(f"bn{i}.", outside, draw)
    return state


def expect_named(answer: dict, wanted: Mapping[str, list], what: str) -> None:
    """Raise `WrongError` unless the state has the documented names, and the shapes that go with them."""
    got = dict(zip(answer["names"], map(tuple, answer["shapes"]), strict=False))
    missing = [name for name in wanted if name not in got]
    hint = "names_running" if missing and all("running" in name or "num_" in name for name in missing) else "names"
    expect(not missing, "name_missing", hint, name=what, missing=", ".join(missing[:2]))
    added = [name for name in got if name not in wanted]
    expect(not added, "name_added", "names", name=what, added=", ".join(added[:2]))
    for name, shape in wanted.items():
        expect(got[name] == tuple(shape), "name_shape", "names_order", name=name, got=list(got[name]), want=list(shape))


def expect_count(
    answer: dict, want: int, what: str, wrong: Mapping[int, str], wanted: Mapping[str, list] | None = None
) -> None:
    """Raise `WrongError` unless the parameters are so many: with the hint for that number, or the first odd name."""
    count = expect_number(answer["count"], what)
    if count != want and int(count) not in wrong and wanted is not None:
        expect_named(answer, wanted, what)
    expect(count == want, "wrong_count", wrong.get(int(count)), name=what, got=int(count), want=want)


@check(part="2.1", points=1)
def test_convblock_parameters(student):
    """ConvBlock(3, 8): conv1, bn1, … bn3, with bias and statistics, 928 parameters; the size stays.
    ConvBlock(3, 8) : conv1, bn1, … bn3, avec biais et statistiques, 928 paramètres ; la taille reste.
    """
    x, state = random_noise((6, 10), batch=2)[0], block_state((3, 8), seed=1)
    answer = student.ask("block", kind="ConvBlock", channels=[3, 8], x=x, state=state)
    output = answer["output"]
    sizes = {tuple(output.shape): "convblock_size"} if isinstance(output, Tensor) and output.ndim == 4 else {}
    sizes |= {(2, 8, 2, 6): "convblock_no_padding"}
    output = expect_tensor(output, (2, 8, 6, 10), "ConvBlock(x)", sizes)
    wrong = {904: "parameters_no_bias", 880: "parameters_no_norm", 896: "parameters_shared_norm"}
    wrong |= {1440: "parameters_third_kernel", 912: "parameters_no_bias"}
    wanted = {name: value.shape for name, value in state.items()}
    expect_count(answer, 928, "ConvBlock(3, 8)", wrong, wanted)
    expect_named(answer, wanted, "ConvBlock")
    other = student.ask("block", kind="ConvBlock", channels=[3, 8], x=x, state=block_state((3, 8), seed=2), seed=2)[
        "output"
    ]
    expect(not same(expect_tensor(other, (2, 8, 6, 10), "ConvBlock(x)"), output, 1e-3), "weights_idle")


@check(part="2.1", points=1)
def test_convblock_circular(student):
    """The padding is circular: an input that is shifted around gives the same output, shifted around.
    Le bord est circulaire : une entrée décalée en boucle donne la même sortie, décalée en boucle.
    """
    x = random_noise((8, 12))[0]

    def ask(x: Tensor, seed: int) -> Tensor:
        state = block_state((3, 8), seed)
        answer = student.ask("block", kind="ConvBlock", channels=[3, 8], x=x, state=state, seed=seed)
        output, again = (expect_tensor(answer[name], (1, 8, 8, 12), "ConvBlock(x)") for name in ("output", "again"))
        expect(same(again, output, 1e-3), "not_repeatable", "not_repeatable", name="ConvBlock(x)")
        return output

    output = ask(x, 1)
    expect(not same(output, output.mean(dim=(2, 3), keepdim=True), 1e-3), "all_same", name="ConvBlock(x)")
    expect(not same(ask(x, 2), output, 1e-3), "weights_idle")
    expect(same(ask(x.roll((3, 5), (2, 3)), 1), output.roll((3, 5), (2, 3)), 1e-3), "not_circular", "convblock_padding")


@check(part="2.1", points=2)
def test_upblock(student):
    """UpBlock repeats each value on 2×2 pixels, then normalises, with the mean and variance of training in eval mode.
    UpBlock répète chaque valeur sur 2×2 pixels, puis normalise, avec moyenne et variance d'apprentissage en mode eval.
    """
    x = random_noise((4, 6), batch=2)[0]
    repeated = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
    state = norm("bn.", 3, torch.Generator().manual_seed(3))
    for train in (True, False):
        answer = student.ask("block", kind="UpBlock", channels=[3], x=x, state=state, train=train)
        value = expect_tensor(answer["output"], (2, 3, 8, 12), "UpBlock(x)")
        wanted = {name: value.shape for name, value in state.items()}
        expect_count(answer, 6, "UpBlock(3)", {0: "upblock_no_norm", 45: "upblock_learned"}, wanted)
        smooth = tuple(
            normalised(F.interpolate(x, scale_factor=2, mode=mode), state, "bn.", train)
            for mode in ("bilinear", "bicubic")
        )
        mistakes = {"upblock_no_norm": repeated, "upblock_smooth": smooth}
        if not train:
            mistakes["names_running"] = normalised(repeated, state, "bn.", train=True)
        if not same(value, normalised(repeated, state, "bn.", train), 1e-3):
            raise WrongError("upblock_values", find_mistake(value, mistakes, 1e-3) or "upblock_halves")


@check(part="2.1", points=2)
def test_texturenet_parameters(student):
    """TextureNet() keeps its parameters in read, up, join and last, as documented, and makes an image with them.
    TextureNet() a ses paramètres dans read, up, join et last, comme documenté, et en fait une image.
    """
    answer = student.ask("texturenet", settings={}, noise=random_noise((64, 64), batch=2))
    expect_tensor(answer["image"], (2, 3, 64, 64), "TextureNet(z)")
    wanted = documented()
    kept = ("running_mean", "running_var", "num_batches_tracked")  # or not: which the blocks' own checks have seen
    wanted = {
        name: shape for name, shape in wanted.items() if name.rpartition(".")[2] not in kept or name in answer["names"]
    }
    expect_count(answer, COUNT, "TextureNet()", WRONG_COUNTS, wanted)
    expect_named(answer, wanted, "TextureNet")


def documented(inside: int = 3, step: int = 8, scales: int = 6) -> dict[str, list]:
    """Shapes of a generator's state by name."""
    shapes: dict[str, list] = {}

    def add(prefix: str, inside: int, outside: int) -> None:
        shapes.update(
            {f"{prefix}.{name}": list(value.shape) for name, value in block_state((inside, outside), 0).items()}
        )

    for k in range(scales):
        add(f"read.{k}", inside, step)
    for k in range(scales - 1):
        wide = (scales - k) * step
        shapes.update({name: list(v.shape) for name, v in norm(f"up.{k}.bn.", wide - step, torch.Generator()).items()})
        add(f"join.{k}", wide, wide)
    return shapes | {"last.weight": [3, scales * step, 1, 1], "last.bias": [3]}


@check(part="2.1", points=1)
def test_texturenet_shapes(student):
    """From noises of 64×96 pixels, images of 64×96 pixels: RGB, one per noise of the batch, beyond [0, 1] if need be.
    À partir de bruits de 64×96 pixels, des images de 64×96 pixels : RVB, une par bruit, hors de [0, 1] au besoin.
    """
    noise = random_noise((64, 96), batch=2)
    image, other, reborn = (
        expect_tensor(
            student.ask("texturenet", settings={}, noise=z, seed=seed)["image"], (2, 3, 64, 96), "TextureNet(z)"
        )
        for z, seed in ((noise, 0), ([1 - z for z in noise], 0), (noise, 1))
    )
    expect(not same(other, image, 1e-3), "all_same", name="TextureNet(z)")
    expect(not same(reborn, image, 1e-3), "weights_idle")
    expect(bool((image < 0).any()) or bool((image > 1).any()), "image_squashed", "texturenet_sigmoid")


@check(part="2.1", points=1)
def test_texturenet_known_image(student, lab, show):
    """With the weights of models/pebbles.safetensors, a known noise gives a known image.
    Avec les poids de models/pebbles.safetensors, un bruit connu donne une image connue.
    """
    state = lab.texturenet.read_model(lab.texturenet.find_model("pebbles"))
    answer = student.ask("texturenet", settings={}, noise=random_noise((64, 64)), state=state, train=False)
    if answer["fits"] is not True:
        expect_named(answer, documented(), "TextureNet")
    expect(answer["fits"] is True, "weights_do_not_fit", "names")
    folder = lab_folder("expected")
    right, *wrong = (lab.images.load_image(folder / f"generator_{name}.png") for name in ("right", *UNCOUNTED))
    pictures = dict(zip(UNCOUNTED, wrong, strict=True))
    image = expect_tensor(answer["image"], (1, 3, 64, 64), "TextureNet(z)").clamp(0, 1)
    show("generator", image=image, expected=right)
    if not same(image, right.double(), 0.02):  # of a picture file, with 256 levels
        raise WrongError("texturenet_values", find_mistake(image, pictures, 0.02) or "texturenet_computes")
    shifted = [z.roll(len(z[0, 0]) // 2, 2) for z in random_noise((64, 64))]
    other = student.ask("texturenet", settings={}, noise=shifted, state=state, train=False)["image"]
    other = expect_tensor(other, (1, 3, 64, 64), "TextureNet(z)").clamp(0, 1)
    expect(same(other, image.roll(32, 2), 0.02), "texturenet_values")


@check(part="2.1", points=2)
def test_texturenet_pyramid(student):
    """With plain blocks in the place of ConvBlock and UpBlock, three scales give the image that they should.
    Avec de simples blocs à la place de ConvBlock et UpBlock, trois échelles donnent l'image qu'elles doivent.
    """
    answer = ask_pyramid(student, random_noise((8, 8), scales=3, channels=2), step=4, scales=3, seed=0, by_index=False)
    image = expect_tensor(answer["image"], (1, 3, 8, 8), "TextureNet(z)")
    found = image[0, :, :2, :2].flatten()
    if not same(found, torch.tensor(PYRAMID).double(), 1e-3):
        mistakes = {hint: tuple(torch.tensor(some) for some in all_) for hint, all_ in OTHER_PYRAMIDS.items()}
        raise WrongError("texturenet_values", find_mistake(found, mistakes, 1e-3) or "texturenet_way")
    flipped = [
        z.flip(2, 3) for z in random_noise((8, 8), scales=3, channels=2)
    ]  # these blocks do pixel by pixel what they do
    other = ask_pyramid(student, flipped, step=4, scales=3, seed=0, by_index=False)["image"]
    expect(same(expect_tensor(other, (1, 3, 8, 8), "TextureNet(z)").flip(2, 3), image, 1e-3), "texturenet_values")


def ask_pyramid(student: object, noise: list, step: int, scales: int, seed: int, by_index: bool) -> dict:
    weight, bias = last_of(step * scales, seed)
    settings = {"in_channels": noise[0].shape[1], "step": step, "scales": scales}
    return student.ask("pyramid", settings=settings, noise=noise, weight=weight, bias=bias, by_index=by_index)


def last_of(channels: int, seed: int) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    return 4 * torch.rand(3, channels, 1, 1, generator=draw) - 2, torch.rand(3, generator=draw)


def normalised(x: Tensor, state: dict[str, Tensor], prefix: str, train: bool) -> Tensor:
    """Batch norm with this state: in training mode by the batch's own mean and variance."""
    variance, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0)
    if not train:
        variance, mean = state[f"{prefix}running_var"], state[f"{prefix}running_mean"]
    weight, bias = state[f"{prefix}weight"] / (variance + 1e-5).sqrt(), state[f"{prefix}bias"]
    return (x - mean[:, None, None]) * weight[:, None, None] + bias[:, None, None]


### BEGIN HIDDEN TESTS
@check(part="2.1", points=2, hidden=True)
def test_convblock_values(student, seed):
    """ConvBlock computes convolution, batch norm, leaky ReLU, three times, in this order, in both modes.
    ConvBlock calcule convolution, batch norm, leaky ReLU, trois fois, dans cet ordre, dans les deux modes.
    """
    x, state = random_noise((8, 12), batch=2, seed=seed)[0], block_state((3, 5), seed)
    for train in (True, False):
        answer = student.ask("block", kind="ConvBlock", channels=[3, 5], x=x, state=state, train=train)
        value = expect_tensor(answer["output"], (2, 5, 8, 12), "ConvBlock(x)")
        if "conv1.bias" not in answer["names"] and "conv1.weight" in answer["names"]:  # which its names have shown
            state = state | {f"conv{i}.bias": torch.zeros(5) for i in (1, 2, 3)}
        borders = ("circular", "constant", "reflect", "replicate")  # which has been judged by itself
        if any(same(value, through(x, state, train, mode=mode).double(), 2e-3) for mode in borders):
            continue
        mistakes = {
            "convblock_relu": through(x, state, train, slope=0.0),
            "convblock_slope": tuple(through(x, state, train, slope=slope) for slope in (0.1, 0.2, 0.001, 0.3)),
            "convblock_no_activation": through(x, state, train, slope=1.0),
            "convblock_activation_first": through(x, state, train, norm_last=True),
            "convblock_last_activation": through(x, state, train, active=2),
            "convblock_one_activation": through(x, state, train, active=1),
            "convblock_no_norm": through(x, state, train, norms=()),
            "convblock_some_norms": tuple(
                through(x, state, train, norms=some) for some in ((1,), (3,), (1, 2), (1, 3), (2, 3))
            ),
            "convblock_one_norm": tuple(through(x, state, train, shared=i) for i in (1, 2, 3)),
        }
        if not train:
            mistakes["names_running"] = through(x, state, train=True)
        raise WrongError("convblock_values", find_mistake(value, mistakes, 2e-3))


def through(
    x: Tensor,
    state: dict[str, Tensor],
    train: bool,
    slope: float = 0.01,
    mode: str = "circular",
    norms: tuple = (1, 2, 3),
    norm_last: bool = False,
    active: int = 3,
    shared: int = 0,
) -> Tensor:
    """A ConvBlock with this state, in double precision."""
    x, state = x.double(), {name: value.double() for name, value in state.items()}
    for i in (1, 2, 3):
        weight = state[f"conv{i}.weight"]
        x = F.conv2d(F.pad(x, [weight.shape[-1] // 2] * 4, mode=mode), weight, state[f"conv{i}.bias"])
        if norm_last and i <= active:
            x = F.leaky_relu(x, slope)
        if i in norms:
            x = normalised(x, state, f"bn{shared or i}.", train)
        if not norm_last and i <= active:
            x = F.leaky_relu(x, slope)
    return x


@check(part="2.1", points=1, hidden=True)
def test_texturenet_settings(student, lab):
    """Other numbers of channels and of scales give the shapes of our own generator.
    D'autres nombres de canaux et d'échelles donnent les tailles de notre générateur.
    """
    for settings in ({"step": 4, "scales": 4}, {"in_channels": 1, "step": 6, "scales": 3}):
        want = sorted(tuple(p.shape) for p in lab.texturenet.TextureNet(**settings).parameters())
        words = ", ".join(f"{name}={value}" for name, value in settings.items())
        answer = student.ask("texturenet", settings=settings)
        count = sum(torch.Size(shape).numel() for shape in want)
        expect_count(
            answer,
            count,
            f"TextureNet({words})",
            {COUNT: "texturenet_settings", ours_with(lab, 3, settings): "texturenet_in_channels"},
        )
        got = sorted(map(tuple, answer["parameters"]))
        expect(got == want, "other_shapes", name=f"TextureNet({words})")
        noise = random_noise((32, 16), scales=settings["scales"], channels=settings.get("in_channels", 3))
        image = student.ask("texturenet", settings=settings, noise=noise)["image"]
        expect_tensor(image, (1, 3, 32, 16), f"TextureNet({words})")


def ours_with(lab: object, in_channels: int, settings: dict) -> int:
    """How many parameters our own generator has with so many channels of noise."""
    net = lab.texturenet.TextureNet(**settings | {"in_channels": in_channels})
    return sum(p.numel() for p in net.parameters())


@check(part="2.1", points=1, hidden=True)
def test_texturenet_uses_everything(student, lab, seed):
    """Every convolution learns.
    Chaque convolution apprend.
    """
    noise = random_noise((64, 64), seed=seed)
    answer = student.ask("texturenet", settings={}, noise=noise, learn=True)
    expect_tensor(answer["image"], (1, 3, 64, 64), "TextureNet(z)")
    learning, want = answer.get("learning", 0), 3 * 6 + 3 * 5 + 1
    expect(learning >= want, "parameters_idle", "texturenet_detached", learning=learning, tensors=want)


@check(part="2.1", points=2, hidden=True)
def test_texturenet_order(student, seed):
    """The pyramid goes up from the coarsest noise, with read[k], up[k] and join[k] at scale k, and puts up[k] first.
    La pyramide monte depuis le bruit le plus grossier, avec read[k], up[k], join[k] à l'échelle k, et up[k] d'abord.
    """
    noise = random_noise((64, 32), batch=2, scales=5, seed=seed)
    answer = ask_pyramid(student, noise, step=2, scales=5, seed=seed, by_index=True)
    image = expect_tensor(answer["image"], (2, 3, 64, 32), "TextureNet(z)")
    last = last_of(10, seed)
    indexed = answer["indexed"] is True  # names have been judged by themselves
    if not same(image, pyramid(noise, 2, last, indexed).double(), 1e-4):
        raise WrongError("texturenet_values", find_mistake(image, other_pyramids(noise, 2, last, indexed), 1e-4))


def pyramid(
    noise: list, step: int, last: tuple, indexed: bool, *, swapped: bool = False, back: tuple = (), final: bool = True
) -> Tensor:
    """The image of a generator of plain blocks, and of one with a mistake: see `PlainBlock` and `PlainUp`.

    Args:
        indexed: whether blocks differ by their k; `back`, the lists that begin with the coarsest.
        swapped: whether the noise comes first; `final`, whether the last block is used.
    """
    scales, inside = len(noise), noise[0].shape[1]

    def phase(name: str, k: int) -> int:
        count = scales if name == "read" else scales - 1
        return (count - 1 - k if name in back else k) if indexed else 0

    read = [PlainBlock(inside, step, phase("read", k))(noise[k]) for k in range(scales)]
    x = read[-1]
    for k in reversed(range(scales - 1)):
        up = PlainUp(x.shape[1], phase("up", k))(x)
        x = torch.cat([read[k], up] if swapped else [up, read[k]], dim=1)
        if k or final:
            x = PlainBlock(x.shape[1], x.shape[1], phase("join", k))(x)
    return F.conv2d(x, *last)


def other_pyramids(noise: list, step: int, last: tuple, indexed: bool) -> dict[str, tuple]:
    """The images of who makes a mistake, by hint."""
    right = pyramid(noise, step, last, indexed)
    subsampled = [noise[0][..., :: 2**k, :: 2**k] for k in range(len(noise))]
    blind = [
        [z * 0 + value if j == k else z for j, z in enumerate(noise)]
        for k in range(len(noise))
        for value in (0, 0.5, 1)
    ]
    return {
        "texturenet_order": (pyramid(noise, step, last, indexed, swapped=True),),
        "texturenet_coarsest_first": (pyramid(noise, step, last, indexed, back=("read", "up", "join")),),
        "texturenet_read_reversed": (pyramid(noise, step, last, indexed, back=("read",)),),
        "texturenet_sigmoid": (right.sigmoid(), right.clamp(0, 1), right.tanh(), (right.tanh() + 1) / 2),
        "texturenet_noise": tuple(pyramid(some, step, last, indexed) for some in (subsampled, *blind)),
        "texturenet_last_join": (pyramid(noise, step, last, indexed, final=False),),
    }


### END HIDDEN TESTS
