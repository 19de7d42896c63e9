"""Texture synthesis by optimising pixels (Gatys et al. 2015): python gatys.py pebbles -o pebbles.png

Runs from a command line, or cell by cell in Spyder, VS Code and Jupyter.
"""

# %% Arguments. In a notebook there are none: change the defaults here.
import math
from pathlib import Path

import torch
from textures.adam import synthesize_adam
from textures.any_size.large import TILE, write_png
from textures.any_size.tiles import count_tiles, synthesize_tiles
from textures.features import load_extractor
from textures.gatys import synthesize
from textures.images import SUFFIXES, check_texture, find_image, load_image, resize, save_image
from textures.multiscale import synthesize_multiscale
from textures.pictures.figures import save_figure, synthesis_panel

from workbench.command_line import Parser, one_line_errors, positive, seed, tell
from workbench.errors import InputError, unknown
from workbench.files import check_writable
from workbench.interruption import between_steps
from workbench.showing import BestSoFar, draw
from workbench.terminal import bar

METHODS = {"lbfgs": synthesize, "adam": synthesize_adam}
STARTS = ("spectrum", "noise")

one_line_errors()
parser = Parser(description=__doc__.splitlines()[0])
parser.add_argument("image", nargs="?", default="pebbles", help="a picture, or the name of one in images/")
parser.add_argument("--extractor", default="learned", help="learned (the default), random or vgg19 (a download)")
parser.add_argument(
    "--weights", metavar="FILE", help="for vgg19: torchvision's .pth, vgg_conv.pth or vgg19.npy; for learned"
)
parser.add_argument("--pooling", default="max", help="for vgg19: max (the default) or avg")
parser.add_argument("--layers", nargs="+", metavar="LAYER", help="the layers to match; see --list-layers")
parser.add_argument("--list-layers", action="store_true", help="print the layers of the extractor, and stop")
parser.add_argument("--size", type=positive, default=256, help="shorter side of exemplar and result in pixels; 256")
parser.add_argument("--large", type=positive, metavar="SIDE", help="a square of this side, as large as you like")
parser.add_argument("--iterations", type=positive, default=150, help="evaluations of the loss at each scale; 150")
parser.add_argument("--scales", type=positive, help="sizes from coarse to fine; default: down to 64 pixels")
parser.add_argument("--init", default="spectrum", help="start: spectrum (noise like the exemplar's) or noise (white)")
parser.add_argument("--optimizer", default="lbfgs", help="lbfgs (the default) or adam")
parser.add_argument("--device", default="auto", help="auto (the default), cpu, cuda or mps")
parser.add_argument("--seed", type=seed, default=0, help="of the noise; 0")
parser.add_argument("--panel", action="store_true", help="also write a figure: exemplar, result, loss curve")
parser.add_argument("-o", "--output", metavar="OUT", help="the picture to write; default: IMAGE_gatys.png")
args = parser.parse_args()
if args.optimizer not in METHODS:
    raise unknown("optimizer", args.optimizer, METHODS)
if args.init not in STARTS:
    raise unknown("start", args.init, STARTS)
if args.large and (args.panel or args.init != "spectrum"):
    raise InputError("a --large picture starts from --init spectrum, and has no --panel")

# %% Extractor and exemplar
extractor = load_extractor(args.extractor, weights=args.weights, pooling=args.pooling, device=args.device)
if args.list_layers:
    for name in extractor.layer_names:
        tell(f"{name}  (default)" if name in extractor.default_layers else name)
    raise SystemExit
output = check_writable(args.output or f"{find_image(args.image).stem}_gatys.png", [".png"] if args.large else SUFFIXES)
device = next(extractor.buffers()).device
exemplar = check_texture(load_image(args.image, args.size)).to(device)
draw(exemplar)

# %% A large picture is made tile by tile. Interrupt it when you like: it is written as it stands.
if args.large:
    picture, fault = None, None
    count = count_tiles(exemplar, extractor, args.large, args.scales)
    with between_steps() as stop_if_asked, bar("large", count * args.iterations, "evaluations") as progress:
        try:
            for state in synthesize_tiles(
                exemplar,
                extractor,
                args.layers,
                side=args.large,
                iterations=args.iterations,
                scales=args.scales,
                seed=args.seed,
                callback=lambda *_: (progress.update(), stop_if_asked()),
                method=METHODS[args.optimizer],
            ):
                picture = state
        except KeyboardInterrupt:
            if picture is None:
                raise
            tell(f"interrupted: keeping the picture as it stands, {len(picture)}×{len(picture)} pixels")
        except InputError as error:  # of one tile: hours may lie in the others
            if picture is None:
                raise
            fault = error
    write_png((picture[top : top + TILE] for top in range(0, len(picture), TILE)), *picture.shape[:2], output)
    if fault:
        raise InputError(f"{fault}; {output} has what was made before, {len(picture)}×{len(picture)} pixels")
    tell(f"wrote {output}")
    raise SystemExit

# %% Synthesis. Interrupt it when you like: the best image so far is kept.
init = None
if args.init == "noise":
    init = torch.rand(exemplar.shape, generator=torch.Generator().manual_seed(args.seed))
with between_steps() as stop_if_asked:
    best = BestSoFar(args.iterations, Path(args.image).stem, stop_if_asked)
    try:
        image, losses = synthesize_multiscale(
            exemplar,
            extractor,
            args.layers,
            iterations=args.iterations,
            scales=args.scales,
            init=init,
            seed=args.seed,
            callback=best,
            method=METHODS[args.optimizer],
        )
    except KeyboardInterrupt:
        if best.image is None:
            raise
        tell("interrupted: keeping the best image so far")
        image, losses = resize(best.image, exemplar.shape[-2:]), torch.stack(best.losses).tolist()
best.close()
finite = [loss for loss in losses if math.isfinite(loss)]
if not finite:
    raise InputError(f"the loss of {args.image} is not finite, and nothing is written: try other --layers")
if not image.isfinite().all():
    tell("the loss left the finite numbers: keeping the best image before that")
    image, losses = best.image.clamp(0, 1), finite

# %% The result
save_image(image, output)
tell(f"wrote {output}")
figure = synthesis_panel(exemplar, image, losses)
draw(figure)
if args.panel:
    panel = output.with_name(f"{output.stem}_panel.png")
    save_figure(figure, panel)
    tell(f"wrote {panel}")
