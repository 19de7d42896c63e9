"""A folder of static files to play with the generators in a browser: python web/make_site.py -o build/site

It opens from a web server or from a USB stick, and asks for nothing elsewhere. The generators run in ONNX Runtime Web.
A page opened as a file may not fetch its neighbours: what it loads is in scripts, gzipped and in base64.
"""

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "solution"))

import mistune
import torch
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from onnx import TensorProto, helper
from textures.images import load_image, save_image
from textures.noise import sample_noise
from textures.speed.inference import FastTextureNet
from textures.texturenet import load_texturenet
from textures.weights.model_files import model_names
from torch import Tensor

from workbench.command_line import Parser, one_line_errors
from workbench.errors import InputError

HERE = ROOT / "web"
THUMBNAIL = 160
RUNTIMES = {"wasm": "", "webgpu": ".asyncify"}  # of ONNX Runtime Web: its scripts, and its binaries' suffix


def vendor(name: str, cache: Path) -> Path:
    """The folder of an npm package, of the version in vendored.json and no other content; kept in `cache`.

    Raises:
        InputError: npm is missing or fails, or the package is not the one whose hash is written down.
    """
    pin = json.loads((HERE / "vendored.json").read_text(encoding="utf-8"))[name]
    folder = cache / f"{name}-{pin['version']}"
    if folder.exists():
        return folder / "package"
    cache.mkdir(parents=True, exist_ok=True)
    npm = shutil.which("npm")
    if npm is None:
        raise InputError(f"npm is needed to get {name} {pin['version']}, and is not there: install Node.js")
    command = [npm, "pack", "--silent", "--pack-destination", str(cache), f"{name}@{pin['version']}"]
    done = subprocess.run(command, cwd=cache, capture_output=True, encoding="utf-8")
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().splitlines()
        raise InputError(f"npm cannot get {name} {pin['version']}: {reason[0] if reason else 'no reason given'}")
    archive = cache / f"{name}-{pin['version']}.tgz"
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != pin["integrity"]:
        archive.unlink()
        raise InputError(f"{name} {pin['version']} is not the file that vendored.json describes: its hash is {found}")
    partial = cache / f"{name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    with tarfile.open(archive) as package:
        package.extractall(partial, filter="data")
    archive.unlink()
    partial.rename(folder)
    return folder / "package"


class Graph:
    """The graph of FastTextureNet, whose weights lie in a file beside: one graph serves all generators.

    Its inputs z0 … z5 are noises of any size with `margins[k]` pixels more at each side, so that nothing is padded.
    """

    def __init__(self, net: FastTextureNet):
        self.margins = [halo + 2 for halo in net.halo]
        self._nodes, self._weights, self._offset, self._net = [], [], 0, net
        x = None
        for k in reversed(range(net.scales)):
            y = self._conv(f"z{k}", f"read.{k}", 1)
            y = self._rest(y, f"read.{k}")
            if x is not None:
                # As in _FastJoin, whose padding depends on the halos alone.
                beyond = net.halo[k + 1] - (2 if k + 1 < net.scales - 1 else 0)
                pads = [2 * beyond - net.halo[k] + 2] * 4
                up = self._node("ConvTranspose", [x, self._weight(f"join.{k}.upsampling")], strides=[2, 2], pads=pads)
                y = self._rest(self._node("Add", [self._conv(y, f"join.{k}", 1), up]), f"join.{k}")
            x = y
        names = [self._weight("last_weight"), self._weight("last_bias")]
        self._nodes.append(helper.make_node("Conv", [x, *names], ["image"]))

    def _node(self, kind: str, inputs: list[str], **attributes: object) -> str:
        name = f"t{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def _conv(self, x: str, block: str, i: int) -> str:
        return self._node("Conv", [x, self._weight(f"{block}.weight{i}"), self._weight(f"{block}.bias{i}")])

    def _rest(self, x: str, block: str) -> str:
        for i in (2, 3):
            x = self._conv(self._node("LeakyRelu", [x], alpha=0.01), block, i)
        return self._node("LeakyRelu", [x], alpha=0.01)

    def _weight(self, name: str) -> str:
        shape = self._net.get_buffer(name).shape
        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=shape, data_location=TensorProto.EXTERNAL)
        place = {"location": "weights", "offset": self._offset, "length": 4 * shape.numel()}
        for key, value in place.items():
            tensor.external_data.add(key=key, value=str(value))
        self._weights.append(tensor)
        self._offset += 4 * shape.numel()
        return name

    def weights(self, net: FastTextureNet) -> bytes:
        """The weights of a generator in the order of the graph."""
        tensors: list[Tensor] = [net.get_buffer(weight.name) for weight in self._weights]
        return b"".join(tensor.contiguous().numpy().astype("<f4").tobytes() for tensor in tensors)

    def serialize(self) -> bytes:
        inputs = [
            helper.make_tensor_value_info(f"z{k}", TensorProto.FLOAT, [1, self._net.in_channels, f"h{k}", f"w{k}"])
            for k in range(self._net.scales)
        ]
        outputs = [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, "h", "w"])]
        graph = helper.make_graph(self._nodes, "TextureNet", inputs, outputs, self._weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        return model.SerializeToString(deterministic=True)


def write_data(folder: Path, name: str, content: bytes) -> None:
    """A script that hands `content` to the page."""
    packed = base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()
    (folder / "data" / f"{name}.js").write_text(f'lab.data("{name}", "{packed}");\n', encoding="utf-8")


def as_html(markdown: str, temml: Path) -> Markup:
    """The handout as HTML, its formulas as MathML, which browsers show by themselves."""
    page = mistune.create_markdown(escape=False, plugins=["table", "math", "strikethrough"])(markdown)
    page = re.sub(r"(?<=[ >])--?\w[\w-]*(?=[^<>]*</code>)", r"<span>\g<0></span>", page)  # an option, on one line
    formula = re.compile(
        r'(?s)<div class="math">\$\$(?P<block>.+?)\$\$</div>|<span class="math">\\\((?P<inline>.+?)\\\)</span>'
    )
    found = [match.groupdict() for match in formula.finditer(page)]
    tex = [[(f["block"] or f["inline"]).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"),
            bool(f["block"])] for f in found]  # fmt: skip
    program = (
        "const temml = require(process.argv[1]); const all = JSON.parse(require('fs').readFileSync(0));"
        "console.log(JSON.stringify(all.map(([tex, block]) =>"
        " temml.renderToString(tex, {displayMode: block, throwOnError: true}))))"
    )
    command = ["node", "-e", program, str(temml / "dist" / "temml.cjs")]
    done = subprocess.run(command, input=json.dumps(tex), capture_output=True, encoding="utf-8", check=True)
    formulas = iter(json.loads(done.stdout))
    page = formula.sub(lambda match: next(formulas), page)
    # What may be wider than a phone scrolls, also for those who have no pointer.
    return Markup(re.sub(r'<(pre|table|math display="block")(?=[ >])', r'<\1 tabindex="0"', page))


def make_site(folder: Path, cache: Path) -> None:
    """Write the site into `folder`, in the place of an older one.

    Raises:
        InputError: npm is missing, models/ is empty or holds a generator of another architecture, a file is damaged.
    """
    names = model_names()
    if not names:
        raise InputError("there is no trained model in models/: train_texturenet.py makes one")
    if shutil.which("node") is None and shutil.which("npm") is not None:
        raise InputError("npm is there but node is not: install Node.js")
    runtime, temml = (vendor(name, cache) for name in ("onnxruntime-web", "temml"))
    if folder.exists() and any(folder.iterdir()) and not (folder / "playground.js").exists():
        raise InputError(f"{folder} holds something else than a site: choose another with -o")
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    for name in ("data", "gallery"):
        (partial / name).mkdir(parents=True)

    graph = None
    for name in names:
        net = FastTextureNet(load_texturenet(name))
        graph = graph or Graph(net)
        if sum(b.numel() for b in net.buffers()) * 4 != graph._offset:
            raise InputError(f"models/{name}.safetensors has another architecture than models/{names[0]}.safetensors")
        write_data(partial, name, graph.weights(net))
        sample = net(sample_noise(1, THUMBNAIL * 2, generator=torch.Generator().manual_seed(0)))
        save_image(sample, partial / "gallery" / f"{name}.jpg")
        save_image(load_image(name, THUMBNAIL * 2), partial / "gallery" / f"{name}-exemplar.jpg")
    write_data(partial, "graph", graph.serialize())
    for kind, suffix in RUNTIMES.items():
        for part, file in (
            ("", f"ort.{kind}.min.js"),
            ("-glue", f"ort-wasm-simd-threaded{suffix}.mjs"),
            ("-binary", f"ort-wasm-simd-threaded{suffix}.wasm"),
        ):
            write_data(partial, f"ort-{kind}{part}", (runtime / "dist" / file).read_bytes())

    template = Environment(loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True).get_template("page.html")
    texts = tomllib.loads((HERE / "texts.toml").read_text(encoding="utf-8"))
    for lang, say in texts.items():
        other = texts[say["other_lang"]]
        words = {"models": names, "shape": {"margins": graph.margins}}
        words |= {key: say[key] for key in ("webgpu", "wasm", "failed")}
        handout = (ROOT / "assignment" / say["handout_page"]).with_suffix(".md").read_text(encoding="utf-8")
        common = {"lang": lang, "say": say, "models": names}
        inner = {
            "words": Markup(json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")),
            "worker": Markup((HERE / "worker.js").read_text(encoding="utf-8")),
        }
        pages = {
            say["home_page"]: {**inner, "title": say["title"], "twin": other["home_page"]},
            say["handout_page"]: {
                "title": f"{say['handout']} – {say['lab']}",
                "twin": other["handout_page"],
                "article": as_html(handout, temml),
            },
        }
        for file, values in pages.items():
            (partial / file).write_text(template.render(**common, **values), encoding="utf-8")
    for file in ("playground.js", "style.css"):
        shutil.copyfile(HERE / file, partial / file)
    shutil.copytree(ROOT / "expected", partial / "expected", ignore=shutil.ignore_patterns("*.py"))
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def main() -> None:
    one_line_errors()
    parser = Parser(prog="python web/make_site.py", description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "build" / "site", help="folder; build/site")
    args = parser.parse_args()
    make_site(args.output, ROOT / "build" / "vendor")
    size = sum(path.stat().st_size for path in args.output.rglob("*") if path.is_file())
    print(f"{args.output}: {size / 1e6:.1f} MB; open index.html, or put the folder behind a link")


if __name__ == "__main__":
    main()
