"""Task 2.1: ConvBlock, UpBlock, TextureNet."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from .check import WrongError, check, expect, expect_number, expect_tensor, find_mistake, same

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
# Mistakes that no number of parameters shows: expected/ has a picture of each.
UNCOUNTED = (
    "texturenet_order",
    "convblock_activation_first",
    "convblock_one_norm",
    "convblock_no_norm",
    "convblock_relu",
    "convblock_last_activation",
)
# Without the blocks of read, of join, or of both, and without those of up.
WRONG_COUNTS |= {147 + n + m: "parameters_plain_list" for n in (0, 5_568, 110_880) for m in (0, 240)}


def random_noise(size: tuple[int, int], batch: int = 1, scales: int = 6, channels: int = 3, seed: int = 0) -> list:
    generator = torch.Generator().manual_seed(seed)
    height, width = size
    return [torch.rand(batch, channels, height >> k, width >> k, generator=generator) for k in range(scales)]


def expect_count(got: object, want: int, what: str, wrong: Mapping[int, str] | None = None) -> None:
    count = expect_number(got, what)
    expect(count == want, "wrong_count", (wrong or {}).get(int(count)), name=what, got=int(count), want=want)


@check(part="2.1", points=2)
def test_convblock_parameters(student):
    """ConvBlock(3, 8): three convolutions with bias, three batch norms, 928 parameters; the size stays.
    ConvBlock(3, 8) : trois convolutions avec biais, trois batch norms, 928 paramètres ; la taille reste.
    """
    answer = student.ask("block", kind="ConvBlock", channels=[3, 8], x=random_noise((6, 10), batch=2)[0])
    expect_tensor(answer["output"], (2, 8, 6, 10), "ConvBlock(x)", {(2, 8, 2, 6): "convblock_no_padding"})
    count = sum(torch.Size(shape).numel() for shape in answer["shapes"])
    wrong = {904: "parameters_no_bias", 880: "parameters_no_norm", 896: "parameters_shared_norm"}
    wrong |= {1440: "parameters_third_kernel", 912: "parameters_no_bias"}
    expect_count(count, 928, "ConvBlock(3, 8)", wrong)


@check(part="2.1", points=2)
def test_convblock_circular(student):
    """The padding is circular: an input that is shifted around gives the same output, shifted around.
    Le bord est circulaire : une entrée décalée en boucle donne la même sortie, décalée en boucle.
    """
    x = random_noise((8, 12))[0]
    output, shifted = (
        student.ask("block", kind="ConvBlock", channels=[3, 8], x=y)["output"] for y in (x, x.roll((3, 5), (2, 3)))
    )
    output = expect_tensor(output, (1, 8, 8, 12), "ConvBlock(x)")
    shifted = expect_tensor(shifted, (1, 8, 8, 12), "ConvBlock(x)")
    expect(not same(output, output.mean(dim=(2, 3), keepdim=True), 1e-3), "all_same", name="ConvBlock(x)")
    expect(same(shifted, output.roll((3, 5), (2, 3)), 1e-3), "not_circular", "convblock_padding")


@check(part="2.1", points=2)
def test_upblock(student):
    """UpBlock repeats each value on 2×2 pixels, then normalises.
    UpBlock répète chaque valeur sur 2×2 pixels, puis normalise.
    """
    x = random_noise((4, 6), batch=2)[0]
    answer = student.ask("block", kind="UpBlock", channels=[3], x=x)
    repeated = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
    smooth = tuple(normalised(F.interpolate(x, scale_factor=2, mode=mode)) for mode in ("bilinear", "bicubic"))
    mistakes = {"upblock_no_norm": repeated, "upblock_smooth": smooth}
    value = expect_tensor(answer["output"], (2, 3, 8, 12), "UpBlock(x)")
    count = sum(torch.Size(shape).numel() for shape in answer["shapes"])
    expect_count(count, 6, "UpBlock(3)", {0: "upblock_no_norm", 45: "upblock_learned"})
    if not same(value, normalised(repeated).double(), 1e-3):
        raise WrongError("upblock_values", find_mistake(value, mistakes, 1e-3))


@check(part="2.1", points=2)
def test_texturenet_parameters(student):
    """TextureNet() has 116,835 parameters.
    TextureNet() a 116 835 paramètres.
    """
    expect_count(student.ask("texturenet", settings={})["count"], COUNT, "TextureNet()", WRONG_COUNTS)


@check(part="2.1", points=1)
def test_texturenet_shapes(student):
    """From noises of 64×96 pixels, images of 64×96 pixels: RGB, one per noise of the batch.
    À partir de bruits de 64×96 pixels, des images de 64×96 pixels : RVB, une par bruit du lot.
    """
    answer = student.ask("texturenet", settings={}, noise=random_noise((64, 96), batch=2))
    image = expect_tensor(answer["image"], (2, 3, 64, 96), "TextureNet(z)")
    expect(bool((image < 0).any()) or bool((image > 1).any()), "image_squashed", "texturenet_sigmoid")


@check(part="2.1", points=1)
def test_texturenet_known_image(student, lab, show):
    """With the weights of models/pebbles.safetensors, a known noise gives a known image.
    Avec les poids de models/pebbles.safetensors, un bruit connu donne une image connue.
    """
    state = lab.model_files.read_model(lab.model_files.find_model("pebbles"))
    answer = student.ask("texturenet", settings={}, noise=random_noise((64, 64)), state=state, train=False)
    if answer["fits"] is not True:  # a generator with names of its own is judged by its properties alone
        return
    folder = lab.files.lab_folder("expected")
    right, *wrong = (lab.images.load_image(folder / f"generator_{name}.png") for name in ("right", *UNCOUNTED))
    pictures = dict(zip(UNCOUNTED, wrong, strict=True))
    image = expect_tensor(answer["image"], (1, 3, 64, 64), "TextureNet(z)").clamp(0, 1)
    show("generator", image=image, expected=right)
    if not same(image, right.double(), 0.02):  # of a picture file, with 256 levels
        raise WrongError("texturenet_values", find_mistake(image, pictures, 0.02))


### BEGIN HIDDEN TESTS
@check(part="2.1", points=1, hidden=True)
def test_texturenet_settings(student, lab):
    """Other numbers of channels and of scales give the numbers of parameters of our own generator.
    D'autres nombres de canaux et d'échelles donnent les nombres de paramètres de notre générateur.
    """
    for settings in ({"step": 4, "scales": 4}, {"in_channels": 1, "step": 6, "scales": 3}):
        want = sum(p.numel() for p in lab.texturenet.TextureNet(**settings).parameters())
        words = ", ".join(f"{name}={value}" for name, value in settings.items())
        count = student.ask("texturenet", settings=settings)["count"]
        expect_count(count, want, f"TextureNet({words})", {COUNT: "texturenet_settings"})


@check(part="2.1", points=2, hidden=True)
def test_convblock_values(student, seed):
    """ConvBlock computes convolution, batch norm, leaky ReLU, three times, in this order.
    ConvBlock calcule convolution, batch norm, leaky ReLU, trois fois, dans cet ordre.
    """
    x = random_noise((8, 12), batch=2, seed=seed)[0]
    answer = student.ask("block", kind="ConvBlock", channels=[3, 5], x=x, seed=seed)
    weights = {tuple(p.shape): p.double() for p in answer["parameters"] if isinstance(p, Tensor) and p.ndim == 4}
    chain = [weights.get(shape) for shape in ((5, 3, 3, 3), (5, 5, 3, 3), (5, 5, 1, 1))]
    expect(all(w is not None for w in chain), "convblock_kernels", "convblock_kernels")
    mistakes = {
        "convblock_relu": through(x, chain, slope=0.0),
        "convblock_slope": (through(x, chain, slope=0.1), through(x, chain, slope=0.2)),
        "convblock_no_activation": through(x, chain, slope=1.0),
        "convblock_activation_first": through(x, chain, norm_last=True),
        "convblock_last_activation": through(x, chain, last_activation=False),
        "convblock_no_norm": through(x, chain, norm=False),
        "convblock_padding": tuple(through(x, chain, mode=mode) for mode in ("constant", "reflect", "replicate")),
    }
    value = expect_tensor(answer["output"], (2, 5, 8, 12), "ConvBlock(x)")
    if not same(value, through(x, chain), 2e-3):
        # Where biases come in, nothing can be computed again; but what was normalised last still shows it.
        unknown = "convblock_activation_first" if is_normalised(value) else None
        if not is_normalised(value) and not is_normalised(torch.where(value < 0, 100 * value, value)):
            unknown = "convblock_no_norm"
        raise WrongError("convblock_values", find_mistake(value, mistakes, 2e-3) or unknown)


def is_normalised(x: Tensor) -> bool:
    """Whether every channel has mean 0 and variance 1."""
    variance, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0)
    return bool(mean.abs().max() < 1e-3 and (variance - 1).abs().max() < 1e-2)


def through(
    x: Tensor,
    chain: list[Tensor],
    slope: float = 0.01,
    mode: str = "circular",
    norm: bool = True,
    norm_last: bool = False,
    last_activation: bool = True,
) -> Tensor:
    """A ConvBlock of given kernels in training mode, where biases change nothing."""
    x = x.double()
    for i, weight in enumerate(chain):
        border = weight.shape[-1] // 2
        x = F.conv2d(F.pad(x, [border] * 4, mode=mode), weight)
        if norm and not norm_last:
            x = normalised(x)
        if i < 2 or last_activation:
            x = F.leaky_relu(x, slope)
        if norm_last:
            x = normalised(x)
    return x


@check(part="2.1", points=1, hidden=True)
def test_texturenet_periodic(student, seed):
    """All noises shifted around by multiples of 32 pixels: the same image, shifted around.
    Tous les bruits décalés en boucle de multiples de 32 pixels : la même image, décalée en boucle.
    """
    noise = random_noise((96, 64), seed=seed)
    shifted = [z.roll((32 >> k, 32 >> k), (2, 3)) for k, z in enumerate(noise)]
    image, moved = (
        expect_tensor(student.ask("texturenet", settings={}, noise=z)["image"], (1, 3, 96, 64), "TextureNet(z)")
        for z in (noise, shifted)
    )
    expect(not same(image, image.mean(dim=(2, 3), keepdim=True), 1e-3), "all_same", name="TextureNet(z)")
    expect(same(moved, image.roll((32, 32), (2, 3)), 2e-3), "not_circular", "convblock_padding")


@check(part="2.1", points=1, hidden=True)
def test_texturenet_uses_everything(student, seed):
    """The noise of every scale matters, and every parameter learns.
    Le bruit de chaque échelle compte, et chaque paramètre apprend.
    """
    noise = random_noise((64, 64), seed=seed)
    answer = student.ask("texturenet", settings={}, noise=noise)
    image = expect_tensor(answer["image"], (1, 3, 64, 64), "TextureNet(z)")
    for k in range(6):
        other = [1 - z if j == k else z for j, z in enumerate(noise)]
        changed = student.ask("texturenet", settings={}, noise=other)["image"]
        expect(
            not same(expect_tensor(changed, (1, 3, 64, 64), "TextureNet(z)"), image),
            "noise_ignored",
            "texturenet_noise",
            k=k,
        )
    learning, tensors = answer.get("learning", 0), answer["tensors"]
    expect(learning > 0.6 * tensors, "parameters_idle", "texturenet_detached", learning=learning, tensors=tensors)


@check(part="2.1", points=1, hidden=True)
def test_texturenet_order(student, lab, seed):
    """With the weights of our generator under the documented names, the image is that of our generator.
    Avec les poids de notre générateur, sous les noms documentés, l'image est celle de notre générateur.
    """
    torch.manual_seed(seed)
    net = lab.texturenet.TextureNet(step=4, scales=4)
    noise = random_noise((32, 64), scales=4, seed=seed)
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    net(noise)  # batch-norm statistics with which every scale shows
    net.eval()
    answer = student.ask(
        "texturenet",
        settings={"step": 4, "scales": 4},
        noise=noise,
        state={name: value.clone() for name, value in net.state_dict().items()},
        train=False,
    )
    if answer["fits"] is True:  # a generator with names of its own is judged by its properties alone
        with torch.no_grad():
            truth, swapped = net(noise), upside_down(net, noise)
            for module in net.modules():
                if isinstance(module, torch.nn.Conv2d):
                    module.padding_mode = "zeros"
            mistakes = {"texturenet_order": swapped, "convblock_padding": net(noise)}
        image = expect_tensor(answer["image"], (1, 3, 32, 64), "TextureNet(z)")
        if not same(image, truth.double(), 1e-3):
            raise WrongError("texturenet_values", find_mistake(image, mistakes, 1e-3))


def upside_down(net: torch.nn.Module, noise: list) -> Tensor:
    """The image of our generator when the noise branch goes first into the concatenation."""
    x = net.read[-1](noise[-1])
    for k in reversed(range(net.scales - 1)):
        x = net.join[k](torch.cat([net.read[k](noise[k]), net.up[k](x)], dim=1))
    return net.last(x)


### END HIDDEN TESTS


def normalised(x: Tensor) -> Tensor:
    """Batch norm in training mode, before anything is learned: mean 0 and variance 1 per channel."""
    variance, mean = torch.var_mean(x, dim=(0, 2, 3), keepdim=True, correction=0)
    return (x - mean) / (variance + 1e-5).sqrt()
