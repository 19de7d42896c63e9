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


def normalised(x: Tensor) -> Tensor:
    """Batch norm in training mode, before anything is learned: mean 0 and variance 1 per channel."""
    variance, mean = torch.var_mean(x, dim=(0, 2, 3), keepdim=True, correction=0)
    return (x - mean) / (variance + 1e-5).sqrt()
