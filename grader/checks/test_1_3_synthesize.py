"""Task 1.3: synthesize. Each promise of its docstring is held by a check; slips of form cost the first one alone."""

import torch
from torch import Tensor

from judging.check import check, expect, expect_equal, expect_number, expect_numbers, expect_tensor, tensor
from workbench.files import lab_folder

from .law import law_distance
from .texture import BYTES_FROM, expect_synthesis, narrow, texture_distance, why_still

FEW = 20
"""Evaluations: enough for any optimiser that works to leave the noise behind."""
QUICK = ["color2", "relu2_2"]


def exemplar_of(name: str, lab: object) -> Tensor:
    """32×32 pixels: enough for three scales."""
    return lab.images.load_image(name, 32)


def first_image(answer: dict, shape: tuple[int, ...], shapes: dict | None = None) -> Tensor:
    """The first image whose features were computed with a gradient to follow."""
    expect(answer["start"] is not None, "never_evaluated", "synthesis_stands_still")
    return expect_tensor(answer["start"], shape, "x", shapes)


def loss_list(losses: object) -> list:
    """The losses, also if they came as one tensor."""
    return losses.flatten().tolist() if isinstance(losses, Tensor) else losses


@check(part="1.3", points=2)
def test_synthesis_result(student, lab):
    """A Synthesis: an image (1, 3, H, W) with values in [0, 1], and the losses as a list of numbers.
    Une Synthesis : une image (1, 3, H, W) aux valeurs dans [0, 1], et les pertes en liste de nombres.
    """
    exemplar = exemplar_of("pebbles", lab)
    answer = student.ask("synthesize", exemplar=exemplar, iterations=FEW, layers=QUICK)
    expect(answer["enough"] is not True, "too_many_evaluations", "synthesis_iterations", got=answer["evaluations"])
    expect_synthesis(answer, exemplar, lab, layers=QUICK, beyond_flat=True)
    shapes = {tuple(exemplar.shape[1:]): "synthesis_batch"}
    image = expect_tensor(answer["image"], tuple(exemplar.shape), "image", shapes)
    low, high = image.min().item(), image.max().item()
    hint = "image_of_bytes" if high > BYTES_FROM else "image_not_clamped"
    expect(low >= -1e-4 and high <= 1 + 1e-4, "image_range", hint, low=low, high=high)
    expect(answer["graphs"] is not True, "losses_not_numbers", "synthesis_losses_tensors")
    losses = expect_numbers(answer["losses"], "losses", "synthesis_losses")
    expect(answer["named"] is True, "not_a_synthesis", "synthesis_named")
    expect(min(losses) < losses[0], "losses_do_not_fall", before=losses[0], after=losses[-1])


@check(part="1.3", points=3)
def test_synthesis_matches(student, lab, show):
    """After 100 evaluations the image has the texture of grass, by a measure of our own.
    Après 100 évaluations, l'image a la texture de l'herbe, selon notre propre mesure.
    """
    exemplar = exemplar_of("grass", lab)
    answer = student.ask("synthesize", exemplar=exemplar, iterations=100)
    expected = lab.images.load_image(lab_folder("expected") / "synthesis.png")
    image = answer["image"]
    show("synthesis", row=[exemplar, image], losses=answer["losses"], image=image, expected=expected)
    image = expect_synthesis(answer, exemplar, lab)
    noise = torch.rand(exemplar.shape, generator=torch.Generator().manual_seed(0))
    start, end = (texture_distance(x, exemplar, lab) for x in (noise, image))
    if end < start / FALLS:
        return
    # Without weights the strongest layer comes first: they have cost what they cost in synthesis_first_loss.
    unweighted = [texture_distance(x, exemplar, lab, relative=False) for x in (noise, image)]
    bordered = any(
        texture_distance(image, exemplar, lab, periodic=periodic, seamless=seamless) < 0.5 * end
        for periodic, seamless in ((False, True), (True, False), (False, False))
    )
    hint = "synthesis_periodic" if bordered else why_slow(answer, image, 100)
    expect(unweighted[1] < unweighted[0] / FALLS_UNWEIGHTED, "texture_far", hint, factor=start / end, want=FALLS)


def why_slow(answer: dict, image: Tensor, iterations: int) -> str:
    """The hint for an image that is not as near as it should be."""
    count = answer["evaluations"]
    stops = isinstance(count, int) and count < iterations / 2
    return why_still(answer, image) or ("synthesis_stops" if stops else "synthesis_slow")


FALLS, FALLS_UNWEIGHTED = 11_000, 200_000
"""L-BFGS gets four times as far, Adam and gradient descent not a quarter of it: benchmarks/optimisers.md."""


@check(part="1.3", points=1)
def test_synthesis_size(student, lab):
    """The image may be of another size than the exemplar, given as (H, W) or as one number.
    L'image peut avoir une autre taille que l'exemplaire, donnée par (H, W) ou par un seul nombre.
    """
    exemplar = exemplar_of("pebbles", lab)
    for size, want in (([40, 48], (40, 48)), (40, (40, 40))):
        answer = student.ask("synthesize", exemplar=exemplar, iterations=FEW, size=size, layers=QUICK)
        expect_synthesis(answer, exemplar, lab, size=want, layers=QUICK)


@check(part="1.3", points=1)
def test_synthesis_seeds(student, lab):
    """It starts from white noise, uniform on [0, 1): the same seed gives the same image, another seed another one.
    Le départ est un bruit blanc, uniforme sur [0, 1) : même graine, même image ; autre graine, autre image.
    """
    exemplar = exemplar_of("pebbles", lab)
    answers = [
        student.ask("synthesize", exemplar=exemplar, iterations=FEW, seed=seed, layers=QUICK) for seed in (1, 1, 2)
    ]
    a, b, c = (expect_synthesis(answer, exemplar, lab, layers=QUICK) for answer in answers)
    expect((a - b).abs().max() < 0.05, "seed_not_obeyed", "synthesis_global_seed")
    expect((a - c).abs().mean() > 0.02, "seeds_alike", "synthesis_seed_unused")
    start = first_image(answers[0], tuple(exemplar.shape))
    expect(law_distance(start) < 0.05, "noise_law", "synthesis_noise", low=start.min().item(), high=start.max().item())
    centred = start - start.mean()
    neighbours = [centred.roll(1, dim) for dim in (1, 2, 3)]
    together = max(abs(float((centred * other).mean() / centred.square().mean())) for other in neighbours)
    expect(together < 0.1, "noise_not_white", "synthesis_noise")


@check(part="1.3", points=1)
def test_synthesis_init(student, lab):
    """Given an image to start from, it starts there, at that size, and leaves that image as it was.
    Avec une image de départ, il part d'elle, à sa taille, et la laisse telle quelle.
    """
    exemplar = exemplar_of("pebbles", lab)
    init = 0.3 + 0.5 * torch.rand(1, 3, 40, 36, generator=torch.Generator().manual_seed(8))
    answer = student.ask("synthesize", exemplar=exemplar, iterations=FEW, init=init, layers=QUICK)
    start = first_image(answer, tuple(init.shape), {tuple(exemplar.shape): "synthesis_init"})
    expect_equal(start, init, "x", otherwise="synthesis_init")
    expect_synthesis(answer, exemplar, lab, size=(40, 36), layers=QUICK, start=init)
    expect(
        torch.equal(expect_tensor(answer["init"], tuple(init.shape), "init").float(), init),
        "init_changed",
        "synthesis_init_changed",
    )


@check(part="1.3", points=1)
def test_synthesis_first_loss(student, lab):
    """Given an image to start from, the first loss is the one of that image: its layers, weights and borders are right.
    Avec une image de départ, la première perte est celle de cette image : couches, poids et bords sont justes.
    """
    exemplar = lab.images.load_image("pebbles", 64)[..., 3:43, 9:45]  # a piece, which does not go on at its border
    init = 0.2 + 0.6 * torch.rand(1, 3, 36, 40, generator=torch.Generator().manual_seed(9))
    answer = student.ask("synthesize", exemplar=exemplar, iterations=1, init=init, layers=QUICK)
    expect(answer["enough"] is not True, "too_many_evaluations", "synthesis_iterations", got=answer["evaluations"])
    losses = expect_numbers(loss_list(answer["losses"]), "losses", "synthesis_losses")
    right = loss_of(init, exemplar, lab, layers=QUICK)
    plain = loss_of(init, exemplar, lab, layers=QUICK, weighted=False)
    mistakes = {
        "synthesis_targets": (torch.zeros(()),),
        "synthesis_weights": (plain, plain / len(QUICK)),
        "synthesis_layers": (loss_of(init, exemplar, lab),),
        "synthesis_one_layer": tuple(loss_of(init, exemplar, lab, layers=[name]) / n for name in QUICK for n in (1, 2)),
        "synthesis_periodic": tuple(
            loss_of(init, exemplar, lab, layers=QUICK, periodic=periodic, wraps=wraps)
            for periodic, wraps in ((True, True), (True, False), (False, False))
        ),
    }
    if others := [start for start in seen(answer) if not torch.equal(start, init)]:  # then nothing else is known
        mistakes = {"synthesis_init": tuple(loss_of(start, exemplar, lab, layers=QUICK) for start in others)}
    mistakes = {hint: tuple(value.reshape(1) for value in values) for hint, values in mistakes.items()}
    expect_equal(
        tensor(losses[:1]),
        right.reshape(1),
        "losses[0]",
        mistakes,
        otherwise="synthesis_first_loss",
        tolerance=1e-3,
    )


def seen(answer: dict) -> list[Tensor]:
    """The first image whose features were computed with a gradient to follow, if that was one."""
    start = answer["start"]
    fits = isinstance(start, Tensor) and start.dim() == 4 and start.shape[1] == 3 and min(start.shape[2:]) >= 28
    return [start.float()] if fits else []


@check(part="1.3", points=1)
def test_synthesis_leaves_alone(student, lab):
    """Exemplar and extractor are left as they were.
    L'exemplaire et l'extracteur restent tels quels.
    """
    exemplar = exemplar_of("pebbles", lab)
    answer = student.ask("synthesize", exemplar=exemplar, iterations=FEW, layers=QUICK)
    given = expect_tensor(answer["exemplar"], tuple(exemplar.shape), "exemplar").float()
    expect(torch.equal(given, exemplar), "exemplar_changed", "exemplar_overwritten")
    expect_synthesis(answer, exemplar, lab, layers=QUICK, beyond_flat=True)
    expect(answer["extractor_changed"] is False, "extractor_changed", "synthesis_extractor")


@check(part="1.3", points=0.5)
def test_synthesis_callback(student, lab):
    """The callback hears of each evaluation: an image (1, 3, H, W), and a scalar tensor.
    callback est prévenu de chaque évaluation : une image (1, 3, H, W) et un tenseur scalaire.
    """
    exemplar = exemplar_of("pebbles", lab)
    answer = student.ask("synthesize", exemplar=exemplar, iterations=FEW, layers=QUICK, listen=True)
    expect_synthesis(answer, exemplar, lab, layers=QUICK)
    heard = answer["heard"] if isinstance(answer["heard"], list) else []
    count = expect_number(answer["evaluations"], "evaluations")
    expect(
        heard and abs(len(heard) - count) <= 2, "callback_calls", "synthesis_callback", got=len(heard), want=int(count)
    )
    shapes = {tuple(exemplar.shape[1:]): "synthesis_batch", (): "synthesis_callback"}  # a loss in its place
    expect_tensor(answer["heard_image"], tuple(exemplar.shape), "callback: image", shapes)
    expect(
        all(loss is not None for loss in heard), "not_a_tensor", "synthesis_callback", name="callback: loss", got=None
    )
    told = [expect_number(loss, "callback: loss") for loss in heard]
    expect(answer["heard_plain"] is not True, "not_a_tensor", "callback_tensor", name="callback: loss", got=told[-1])
    expect(min(told) < told[0], "losses_do_not_fall", before=told[0], after=told[-1])


def loss_of(
    image: Tensor,
    exemplar: Tensor,
    lab: object,
    *,
    layers: list | None = None,
    periodic: bool | None = None,
    wraps: bool = True,
    weighted: bool = True,
) -> Tensor:
    """Our own loss of an image; `periodic` and `wraps`: whether exemplar and image go on at the opposite border."""
    extractor = narrow(lab)
    periodic = lab.images.is_seamless(exemplar) if periodic is None else periodic
    with torch.no_grad():
        maps = extractor(exemplar, layers, periodic=periodic)
        targets = {name: lab.gram.gram_matrix(own) for name, own in maps.items()}
        grams = {name: lab.gram.gram_matrix(own) for name, own in extractor(image, layers, periodic=wraps).items()}
        return lab.gram.gram_loss(grams, targets, lab.gram.relative_weights(targets) if weighted else None)


### BEGIN HIDDEN TESTS
PROMISES = {
    "until its Gram matrices are those of the exemplar": ("synthesis_matches", "no backward in the closure"),
    "w = relative_weights(G(e))": ("synthesis_first_loss", "weights all equal to one"),
    "L-BFGS": ("synthesis_loss", "Adam"),
    "white noise, uniform on [0, 1)": ("synthesis_seeds", "Gaussian noise"),
    "RGB in [0, 1]; is not changed": ("synthesis_leaves_alone", "the exemplar itself is overwritten"),
    "its parameters are not changed": ("synthesis_leaves_alone", "the extractor in float64"),
    "Maps of x are periodic, those of e if it `is_seamless`": ("synthesis_first_loss", "the exemplar always periodic"),
    "names of the layers l": ("synthesis_layers", "layers ignored"),
    "`extractor.default_layers` when left out": ("synthesis_objective", "the first layer only"),
    "(H, W) of the image made": ("synthesis_size", "size ignored"),
    "one number for a square": ("synthesis_size", "a size that is one number is refused"),
    "how many times loss and gradient are evaluated": ("synthesis_iterations", "iterations ignored"),
    "an image to start from in place of noise": ("synthesis_init", "init ignored"),
    "in place of noise; is not changed": ("synthesis_init", "init overwritten"),
    "seed: of the noise": ("synthesis_seeds", "seed ignored"),
    "called after each evaluation": ("synthesis_callback", "callback never called"),
    "with x (1, 3, H, W) and a scalar tensor": ("synthesis_callback", "callback with a float"),
    "`Synthesis`": ("synthesis_result", "a plain tuple"),
    "clamped to [0, 1]": ("synthesis_result", "not clamped"),
    '"""(1, 3, H, W), RGB in [0, 1]."""': ("synthesis_result", "image without its batch"),
    "losses: list[float]": ("synthesis_result", "losses as tensors"),
    "The loss at every evaluation, in order.": ("synthesis_iterations", "every tenth loss"),
}
"""Sentence of the docstrings → the check that holds it, and the variant that breaks it alone."""


@check(part="1.3", points=1.5, hidden=True)
def test_synthesis_loss(student, lab):
    """On another exemplar, the loss falls about as far as it does in our own synthesis.
    Sur une autre image, la perte descend à peu près aussi bas que dans notre synthèse.
    """
    exemplar = exemplar_of("leopard", lab)
    answer = student.ask("synthesize", exemplar=exemplar, layers=COARSE, **LONG)
    image = expect_synthesis(answer, exemplar, lab, layers=COARSE)
    noise = torch.rand(exemplar.shape, generator=torch.Generator().manual_seed(LONG["seed"]))
    start, end, ours = (
        float(loss_of(x, exemplar, lab, layers=COARSE)) for x in (noise, image, lab.once(our_synthesis))
    )
    want = NOT_MORE * ours
    bordered = any(
        float(loss_of(image, exemplar, lab, layers=COARSE, wraps=wraps, periodic=periodic)) < 0.5 * end
        for wraps, periodic in ((False, True), (True, False), (False, False))
    )
    hint = "synthesis_periodic" if bordered else why_slow(answer, image, LONG["iterations"])
    expect(end < want, "loss_falls_too_little", hint, factor=start / end, want=start / want)


COARSE, LONG = ["color1", "relu2_2"], {"iterations": 120, "seed": 5}
NOT_MORE = 160
"""Times our loss: the slowest L-BFGS ends with a third, Adam with three times as much: benchmarks/optimisers.md."""


def our_synthesis(lab: object) -> Tensor:
    """The same synthesis by our code."""
    return lab.gatys.synthesize(exemplar_of("leopard", lab), narrow(lab), COARSE, **LONG).image


@check(part="1.3", points=0.5, hidden=True)
def test_synthesis_objective(student, lab, seed):
    """The first loss is that of the first image: over the default layers, with relative weights.
    La première perte est celle de la première image : sur les couches par défaut, avec les poids relatifs.
    """
    exemplar = exemplar_of("bricks", lab)
    answer = student.ask("synthesize", exemplar=exemplar, iterations=FEW, seed=seed % 1000)
    expect(answer["enough"] is not True, "too_many_evaluations", "synthesis_iterations", got=answer["evaluations"])
    expect_synthesis(answer, exemplar, lab)
    losses = loss_list(answer["losses"])
    expect(isinstance(losses, list) and losses, "not_a_list", "synthesis_losses", name="losses", got="–")
    start = first_image(answer, tuple(exemplar.shape)).float()
    first = expect_number(losses[0], "losses[0]")
    truths = [loss_of(start, exemplar, lab, periodic=periodic) for periodic in (True, False)]
    if any(abs(first - float(truth)) < 1e-3 * float(truth) for truth in truths):  # borders are synthesis_first_loss's
        return
    periodic = lab.images.is_seamless(exemplar)
    one = tuple(loss_of(start, exemplar, lab, layers=[n]) for n in narrow(lab).default_layers)
    mistakes = {"synthesis_weights": loss_of(start, exemplar, lab, weighted=False), "synthesis_one_layer": one}
    expect_equal(tensor([first]), loss_of(start, exemplar, lab, periodic=periodic).reshape(1), "losses[0]", mistakes)


@check(part="1.3", points=1, hidden=True)
def test_synthesis_layers(student, lab, seed):
    """Only the layers asked for are matched.
    Seules les couches demandées sont imitées.
    """
    exemplar = exemplar_of("pebbles", lab)
    answer = student.ask("synthesize", exemplar=exemplar, iterations=25, layers=["color1"], seed=seed)
    image = expect_synthesis(answer, exemplar, lab, layers=["color1"])
    noise = torch.rand(exemplar.shape, generator=torch.Generator().manual_seed(0))
    start, end = (texture_distance(x, exemplar, lab, ["color1"]) for x in (noise, image))
    others = texture_distance(image, exemplar, lab, [f"relu{s}_2" for s in (1, 2, 3)]) <= 0.05
    expect(end < 0.1 * start, "layers_not_matched", "synthesis_layers" if others else why_slow(answer, image, 25))
    expect(not others, "other_layers_matched", "synthesis_layers")


@check(part="1.3", points=0.5, hidden=True)
def test_synthesis_iterations(student, lab):
    """Loss and gradient are evaluated about as often as asked, and the losses are those of all evaluations.
    Perte et gradient sont évalués à peu près autant de fois que demandé, et les pertes sont celles de toutes.
    """
    exemplar, counts = exemplar_of("pebbles", lab), []
    asked = {n: student.ask("synthesize", exemplar=exemplar, iterations=n, layers=QUICK) for n in (8, 60)}
    for answer in asked.values():
        expect(answer["enough"] is not True, "too_many_evaluations", "synthesis_iterations", got=answer["evaluations"])
    expect_synthesis(answer, exemplar, lab, layers=QUICK)
    for n, answer in asked.items():
        counts.append(expect_number(answer["evaluations"], "evaluations"))
        expect(counts[-1] <= 1.5 * n + 25, "evaluations_differ", "synthesis_iterations", got=counts[-1], want=n)
        expect(counts[-1] >= n / 2, "evaluations_differ", "synthesis_stops", got=counts[-1], want=n)
    expect(counts[1] >= 2 * counts[0], "evaluations_differ", "synthesis_iterations", got=counts[0], want=8)
    losses = loss_list(answer["losses"])
    length = len(losses) if isinstance(losses, list) else 0
    expect(abs(length - counts[1]) <= 2, "losses_missing", "synthesis_losses", got=length, want=int(counts[1]))


### END HIDDEN TESTS
