"""Train a Texture Network on one exemplar (Ulyanov et al. 2016): python train_texturenet.py pebbles

Stop it when you like: the same command goes on where it stopped. Runs from a command line, or cell by cell.
"""

# %% Arguments. In a notebook there are none: change the defaults here.
import hashlib
import platform
import time

import torch
from textures.features import load_extractor
from textures.images import check_texture, find_image, load_image, save_image
from textures.noise import sample_noise
from textures.texturenet import TextureNet, save_texturenet
from textures.training import train_texturenet
from torchvision.utils import make_grid

from workbench.command_line import Parser, one_line_errors, positive, seed, tell
from workbench.devices import device_name
from workbench.errors import InputError
from workbench.files import check_writable
from workbench.showing import draw

one_line_errors()
parser = Parser(description=__doc__.splitlines()[0])
parser.add_argument("image", nargs="?", default="pebbles", help="a picture, or the name of one in images/")
parser.add_argument("--extractor", default="learned", help="learned (the default), random or vgg19")
parser.add_argument(
    "--weights", metavar="FILE", help="for vgg19: torchvision's .pth, vgg_conv.pth or vgg19.npy; for learned"
)
parser.add_argument("--pooling", default="max", help="for vgg19: max (the default) or avg")
parser.add_argument("--layers", nargs="+", metavar="LAYER", help="the layers to match; python gatys.py --list-layers")
parser.add_argument("--exemplar-size", type=positive, default=256, help="shorter side of the exemplar in pixels; 256")
parser.add_argument("--size", type=positive, default=128, help="side of the images trained on, a multiple of 32; 128")
parser.add_argument("--batch", type=positive, default=4, help="images per step at the end, four times those before; 4")
parser.add_argument("--steps", type=positive, default=3000, help="how many; 3000")
parser.add_argument("--learning-rate", type=float, default=0.02, help="the highest; 0.02")
parser.add_argument("--every", type=positive, default=100, help="steps between checkpoints and sample sheets; 100")
parser.add_argument("--device", default="auto", help="auto (the default), cpu, cuda or mps")
parser.add_argument("--seed", type=seed, default=0, help="of the first weights and the noise; 0")
parser.add_argument("-o", "--output", metavar="OUT", help="the model to write; default: IMAGE.safetensors")
args = parser.parse_args()
if not 0 < args.learning_rate < 1:
    raise InputError(f"--learning-rate must be between 0 and 1, got {args.learning_rate}: try 0.02")

# %% Extractor and exemplar
source = find_image(args.image)
output = check_writable(args.output or f"{source.stem}.safetensors", [".safetensors"])
sample_noise(1, args.size)  # refuses a wrong size now, not after the weights are read
extractor = load_extractor(args.extractor, weights=args.weights, pooling=args.pooling, device=args.device)
device = next(extractor.buffers()).device
exemplar = check_texture(load_image(source, args.exemplar_size)).to(device)
draw(exemplar)


# %% Training
def write_sheet(step: int, net: TextureNet) -> torch.Tensor:
    """Six samples beside the model, to be looked at while it trains."""
    noise = sample_noise(6, 256, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        samples = net.eval()([z.to(device) for z in noise])
    net.train()
    sheet = make_grid(samples, nrow=3, padding=4, pad_value=1)
    save_image(sheet, output.with_suffix(".png"))
    return sheet


start = time.perf_counter()
try:
    net, losses = train_texturenet(
        exemplar,
        extractor,
        args.layers,
        steps=args.steps,
        batch=args.batch,
        size=args.size,
        learning_rate=args.learning_rate,
        seed=args.seed,
        checkpoint=output.with_suffix(".checkpoint"),
        every=args.every,
        callback=write_sheet,
    )
except KeyboardInterrupt:
    tell("stopped: the same command goes on from here")
    raise

# %% The model and its card
card = {
    "exemplar": source.name,
    "exemplar_sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
    "exemplar_size": args.exemplar_size,
    "extractor": args.extractor,
    "layers": args.layers or list(extractor.default_layers),
    "steps": args.steps,
    "batch": args.batch,
    "size": args.size,
    "learning_rate": args.learning_rate,
    "seed": args.seed,
    "loss": sum(losses[-50:]) / len(losses[-50:]),
    "seconds": round(time.perf_counter() - start),
    "device": device_name(device),
    "threads": torch.get_num_threads(),
    "versions": {"python": platform.python_version(), "torch": torch.__version__},
    "command": parser.command("train_texturenet.py", args),
}
save_texturenet(net, output, card)
draw(write_sheet(args.steps, net))
tell(f"wrote {output}, its card and {output.with_suffix('.png')}: python sample_texturenet.py {output} shows more")
