"""Samples and films of a trained Texture Network: python sample_texturenet.py pebbles -o pebbles/

Runs from a command line, or cell by cell in Spyder, VS Code and Jupyter.
"""

# %% Arguments. In a notebook there are none: change the defaults here.
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from textures.any_size.large import TILE, sample_strips, write_png
from textures.images import save_image
from textures.movies import PATCH, displacement_frames, interpolation_frames, save_movie
from textures.noise import sample_noise
from textures.pictures.video_files import CODECS
from textures.speed.inference import FastTextureNet
from textures.texturenet import load_texturenet
from torchvision.utils import make_grid

from workbench.command_line import Parser, one_line_errors, positive, seed, tell
from workbench.devices import choose_device
from workbench.errors import InputError, unknown
from workbench.files import check_writable
from workbench.showing import draw
from workbench.terminal import bar

PIECES = ("samples", "film", "naive", "aligned", "subpixel")

one_line_errors()
parser = Parser(description=__doc__.splitlines()[0])
parser.add_argument("model", nargs="?", default="pebbles", help="a model file, or the name of one in models/")
parser.add_argument("--only", nargs="+", metavar="PIECE", default=PIECES, help=f"some of: {', '.join(PIECES)}")
parser.add_argument("--size", type=positive, default=256, help="side of samples and film, a multiple of 32; 256")
parser.add_argument("--wide", type=positive, default=512, help="side of the displacement films; 512")
parser.add_argument("--large", type=positive, metavar="SIDE", help="also one sample of this side, as large as you like")
parser.add_argument("--frames", type=positive, default=30, help="of each film; 30")
parser.add_argument("--fps", type=positive, default=12, help="frames per second; 12")
parser.add_argument("--format", default="mp4", help="of the films: mp4 (the default), webm or gif")
parser.add_argument("--device", default="auto", help="auto (the default), cpu, cuda or mps")
parser.add_argument("--seed", type=seed, default=0, help="of the noise; 0")
parser.add_argument("-o", "--output", metavar="FOLDER", help="where the files go; default: a folder named as the model")
args = parser.parse_args()
for piece in args.only:
    if piece not in PIECES:
        raise unknown("piece", piece, PIECES)
if f".{args.format}" not in CODECS:
    raise unknown("format", args.format, [suffix[1:] for suffix in CODECS])
if args.frames < 2:
    raise InputError(f"a film needs at least 2 frames, got --frames {args.frames}")
if args.wide <= PATCH:
    raise InputError(f"the films of a moving square of {PATCH} pixels need a larger --wide, got {args.wide}: try 256")
(
    sample_noise(1, args.size),
    sample_noise(1, args.wide),
    args.large and sample_noise(1, (args.large, 32)),
)  # refuse a wrong size, before anything is written

# %% The generator
device = choose_device(args.device)
net = FastTextureNet(load_texturenet(args.model)).to(device)
folder = Path(args.output or Path(args.model).stem)
check_writable(folder / "samples.png")


@contextmanager
def shown_as(label: str) -> Iterator[None]:
    """A bar that moves when the generator has made a frame."""
    with bar(label, args.frames, "frames") as progress:
        hook = net.register_forward_hook(lambda *_: progress.update() and None)
        try:
            yield
        finally:
            hook.remove()


def write(frames: torch.Tensor, name: str) -> None:
    save_movie(frames, folder / f"{name}.{args.format}", fps=args.fps)
    tell(f"wrote {folder / name}.{args.format}")


# %% Samples: each noise gives another texture
if "samples" in args.only:
    noise = sample_noise(6, args.size, generator=torch.Generator().manual_seed(args.seed))
    sheet = make_grid(net(noise), nrow=3, padding=4, pad_value=1)
    save_image(sheet, folder / "samples.png")
    draw(sheet)
    tell(f"wrote {folder / 'samples.png'}")

# %% One large sample, of which no more than a strip is ever in memory
if args.large:
    strips = sample_strips(net, args.large, args.large, args.seed)
    write_png(bar("large", -(-args.large // TILE), "strips", strips), args.large, args.large, folder / "large.png")
    tell(f"wrote {folder / 'large.png'}")

# %% The film between two noises, without and with redresse, and both as strips for the report
if "film" in args.only:
    strips = []
    for name, straighten in (("film_without_redresse", False), ("film", True)):
        with shown_as(name):
            frames = interpolation_frames(net, args.frames, args.size, straighten, args.seed)
        write(frames, name)
        strips.append(frames[torch.linspace(0, args.frames - 1, 5).round().long()])
    sheet = make_grid(torch.cat(strips), nrow=5, padding=4, pad_value=1)
    save_image(sheet, folder / "film_strips.png")
    draw(sheet)
    tell(f"wrote {folder / 'film_strips.png'}: above without redresse, below with it")

# %% A square of noise that moves, in three ways
for mode in PIECES[2:]:
    if mode in args.only:
        with shown_as(mode):
            frames = displacement_frames(net, args.frames, args.wide, mode, seed=args.seed)
        write(frames, f"displacement_{mode}")
        draw(make_grid(frames[:4], nrow=4, padding=4, pad_value=1))
