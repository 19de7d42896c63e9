"""Films: their frames, and the files they become."""

import av
import pytest
import torch
from PIL import Image
from textures.movies import displacement_frames, interpolation_frames, save_movie
from textures.noise import sample_noise
from torch import nn

from workbench.errors import InputError


class FinestNoise(nn.Module):
    """A generator that shows its noise of scale k, enlarged: so that the tests see what the films feed it."""

    def __init__(self, k: int = 0):
        super().__init__()
        self.k = k
        self.seen = []

    def forward(self, noise):
        self.seen.append(noise)
        return noise[self.k].repeat_interleave(2**self.k, 2).repeat_interleave(2**self.k, 3)


def test_the_film_has_its_frames_in_order_and_ends_at_the_two_samples():
    net = FinestNoise()
    frames = interpolation_frames(net, 5, size=64, seed=7)
    generator = torch.Generator().manual_seed(7)
    z0, z1 = (sample_noise(1, 64, generator=generator) for _ in range(2))
    assert frames.shape == (5, 3, 64, 64)
    torch.testing.assert_close(frames[0], z0[0][0])
    torch.testing.assert_close(frames[-1], z1[0][0])
    distances = [(frame - frames[0]).abs().mean().item() for frame in frames]
    assert distances == sorted(distances)


@pytest.mark.parametrize("k", range(6))
def test_only_the_straightened_film_keeps_the_law_of_every_scale_in_its_middle(k):
    spread = {}
    for straighten in (False, True):
        net = FinestNoise(k)
        interpolation_frames(net, 3, size=512, straighten=straighten)
        spread[straighten] = net.seen[1][k].var().item()
    assert spread[True] == pytest.approx(1 / 12, rel=0.15)  # of a uniform law
    assert spread[False] == pytest.approx(1 / 24, rel=0.15)  # of the mean of two


def test_frames_need_no_gradient():
    with torch.enable_grad():
        frames = interpolation_frames(nn.Sequential(FinestNoise(), nn.Conv2d(3, 3, 1)), 2, size=32)
    assert not frames.requires_grad


@pytest.mark.parametrize("mode", ["naive", "aligned", "subpixel"])
def test_a_square_moves_over_a_fixed_background(mode):
    net = FinestNoise()
    frames = displacement_frames(net, 3, size=128, mode=mode, step=8)
    assert frames.shape == (3, 3, 128, 128)
    assert torch.equal(frames[0][:, 116:, 116:], frames[2][:, 116:, 116:])  # background, never touched
    torch.testing.assert_close(frames[1][:, 8:108, 8:108], frames[0][:, :100, :100])  # the square and its noise
    torch.testing.assert_close(frames[2][:, 16:116, 16:116], frames[0][:, :100, :100])


def test_naive_scales_are_the_finest_subsampled_and_the_others_are_drawn():
    for mode, same in (("naive", True), ("aligned", False)):
        net = FinestNoise()
        displacement_frames(net, 1, size=128, mode=mode)
        (noise,) = net.seen
        for k in range(1, 6):
            assert torch.equal(noise[k], noise[0][..., :: 2**k, :: 2**k]) is same


def test_coarse_noise_follows_the_square_better_from_naive_to_aligned_to_subpixel():
    """Scale 3 moves by half a pixel a frame. How much of a frame is not the one before, moved?"""

    def defect(mode):
        net = FinestNoise(3)
        frames = displacement_frames(net, 9, size=256, mode=mode, step=4)
        inside = slice(40, 88)
        moved = frames.roll((4, 4), dims=(2, 3))
        return (frames[1:] - moved[:-1])[..., inside, inside].abs().mean()

    assert defect("naive") > 1.2 * defect("aligned") > 1.2 * defect("subpixel")


def test_the_subpixel_noise_keeps_its_law():
    net = FinestNoise()
    displacement_frames(net, 2, size=512, mode="subpixel", step=4)
    for k in range(3, 5):  # moved by a half and a quarter of a pixel
        assert net.seen[1][k].var().item() == pytest.approx(1 / 12, rel=0.2)


def test_an_unknown_mode_suggests_the_nearest():
    with pytest.raises(InputError, match="did you mean 'aligned'"):
        displacement_frames(FinestNoise(), 2, mode="aligend")


@pytest.fixture
def frames() -> torch.Tensor:
    """Five frames that grow lighter: 0.1, 0.3, … 0.9."""
    return torch.linspace(0.1, 0.9, 5)[:, None, None, None].expand(5, 3, 32, 48)


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
@pytest.mark.parametrize("bounce", [True, False])
def test_a_video_decodes_to_the_frames_forth_and_back(tmp_path, frames, suffix, bounce):
    path = tmp_path / f"x{suffix}"
    save_movie(frames, path, fps=10, bounce=bounce)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == 10
        decoded = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
    expected = [0.1, 0.3, 0.5, 0.7, 0.9] + [0.7, 0.5, 0.3] * bounce
    assert [picture.mean() / 255 for picture in decoded] == pytest.approx(expected, abs=0.02)
    assert decoded[0].shape == (32, 48, 3)


def test_a_gif_loops_through_the_frames_forth_and_back(tmp_path, frames):
    save_movie(frames, tmp_path / "x.gif", fps=10)
    with Image.open(tmp_path / "x.gif") as gif:
        assert gif.n_frames == 8
        assert gif.info["duration"] == 100 and gif.info["loop"] == 0


def test_without_pyav_a_gif_is_still_written(tmp_path, monkeypatch, frames):
    monkeypatch.setattr("textures.pictures.video_files.av", None)
    with pytest.raises(InputError, match=r"PyAV, which writes \.mp4, is not installed here: choose \.gif"):
        save_movie(frames, tmp_path / "x.mp4")
    save_movie(frames, tmp_path / "x.gif")
    assert [path.name for path in tmp_path.iterdir()] == ["x.gif"]


@pytest.mark.parametrize(
    ("name", "shape", "fps", "message"),
    [
        ("x.avi", (2, 3, 32, 32), 12, "must end in .mp4, .webm, .gif"),
        ("x.mp4", (2, 3, 31, 32), 12, r"H and W even, got \(2, 3, 31, 32\)"),
        ("x.mp4", (0, 3, 32, 32), 12, "a film needs frames"),
        ("x.mp4", (2, 3, 32, 32), 0, "fps must be at least 1, got 0"),
        ("file/x.mp4", (2, 3, 32, 32), 12, "cannot write"),
    ],
)
def test_an_impossible_film_is_refused_and_nothing_is_left(tmp_path, name, shape, fps, message):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match=message):
        save_movie(torch.zeros(shape), tmp_path / name, fps=fps)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
