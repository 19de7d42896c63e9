"""The three scripts as people run them: what they write, what they say, and how they refuse."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import jupytext
import nbformat
import numpy as np
import pytest
import torch
from conftest import ROOT
from nbclient import NotebookClient
from PIL import Image
from textures.images import load_image
from textures.texturenet import TextureNet, save_texturenet

from workbench import command_line

QUICK = ("--size", 32, "--iterations", 2, "--layers", "relu1_1", "pool1")


def files(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_gatys_writes_the_picture_and_the_panel_and_shows_the_loss(run_script, tmp_path):
    done = run_script("gatys", "pebbles", *QUICK, "--panel", "-o", "out/x.png")
    assert done.returncode == 0, done.stderr
    assert files(tmp_path / "out") == ["x.png", "x_panel.png"]
    assert load_image(tmp_path / "out" / "x.png").shape == (1, 3, 32, 32)
    assert "loss=" in done.stderr and "pebbles 32×32" in done.stderr
    assert done.stdout.split() == ["wrote", "out/x.png", "wrote", "out/x_panel.png"]


def test_gatys_is_the_same_for_the_same_seed_and_differs_by_seed_start_and_optimizer(run_here, tmp_path):
    def made(*words):
        run_here("gatys", "pebbles", *QUICK, *words, "-o", "x.png")
        return (tmp_path / "x.png").read_bytes()

    first = made()
    assert made() == first
    assert len({first, made("--seed", 1), made("--init", "noise"), made("--optimizer", "adam")}) == 4


def test_gatys_keeps_the_proportions_of_a_photograph(run_script, tmp_path):
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 90, 3), dtype=np.uint8)).save(tmp_path / "été 1.jpg")
    done = run_script("gatys", "été 1.jpg", *QUICK)
    assert done.returncode == 0, done.stderr
    assert load_image(tmp_path / "été 1_gatys.png").shape == (1, 3, 32, 48)


def test_gatys_lists_the_layers_of_the_extractor(run_script, tmp_path):
    done = run_script("gatys", "--list-layers")
    assert "relu2_1  (default)" in done.stdout.splitlines()
    state = {"conv1_1.weight": torch.zeros(4, 3, 3, 3), "conv1_1.bias": torch.zeros(4)}
    torch.save(state, tmp_path / "w.pth")
    done = run_script("gatys", "--extractor", "vgg19", "--weights", "w.pth", "--list-layers")
    assert done.stdout.splitlines() == ["conv1_1  (default)", "relu1_1"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["peblles"], "unknown image 'peblles': did you mean 'pebbles'?"),
        (["nowhere/x.png"], "no image file"),
        (["."], "is a folder"),
        (["text.png"], "is not a picture"),
        (["flat.png"], "all of one colour"),
        (["pebbles", "--layers", "relu9_1"], "unknown layer 'relu9_1': did you mean"),
        (["pebbles", "--extractor", "vgg16"], "did you mean 'vgg19'?"),
        (["pebbles", "--extractor", "vgg19", "--weights", "nowhere.pth"], "no weights file nowhere.pth"),
        (["pebbles", "--extractor", "vgg19", "--weights", "text.png"], "text.png"),
        (["pebbles", "--extractor", "random", "--weights", "w.pth"], "takes no weights"),
        (["pebbles", "--optimizer", "adm"], "did you mean 'adam'?"),
        (["pebbles", "--init", "nois"], "did you mean 'noise'?"),
        (["pebbles", "--size", "4"], "too small"),
        (["pebbles", "--size", "0"], "must be a whole number, at least 1, got 0"),
        (["pebbles", "--size", "big"], "must be a whole number, at least 1, got big"),
        (["pebbles", "--iterations", "0"], "must be a whole number, at least 1, got 0"),
        (["pebbles", "--scales", "12"], "scales"),
        (["pebbles", "--device", "cuda:99"], "device 'cuda:99' is not available"),
        (["pebbles", "--device", "gpu"], "device 'gpu' is not available"),
        (["pebbles", "-o", "text.png/x.png"], "cannot write"),
        (["pebbles", "-o", "x.doc"], "must end in"),
        (["pebbles", "--sise", "64"], "unrecognized arguments: --sise"),
    ],
)
def test_gatys_refuses_in_one_line_and_writes_nothing(complaint, tmp_path, words, message):
    (tmp_path / "text.png").write_text("hello")
    Image.new("RGB", (64, 64), "grey").save(tmp_path / "flat.png")
    assert message in complaint("gatys", *words)
    assert files(tmp_path) == ["flat.png", "text.png"]


def test_a_mistake_ends_in_one_line_and_exit_code_2_without_a_traceback(run_script, tmp_path):
    for name in ("gatys", "train_texturenet", "sample_texturenet"):
        done = run_script(name, "peblles.doc")
        assert done.returncode == 2
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
        assert done.stderr.startswith(f"{name}.py: ") and "peblles.doc" in done.stderr
        assert done.stdout == "" and files(tmp_path) == []


def test_gatys_interrupted_keeps_the_best_image_so_far(tmp_path):
    command = [sys.executable, ROOT / "solution" / "gatys.py", "pebbles", "--size", "64", "--iterations", "100000"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    seen = ""
    while "loss=" not in seen:  # it works
        seen += process.stderr.read(1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert "keeping the best image so far" in out
    assert files(tmp_path) == ["pebbles_gatys.png"]
    assert load_image(tmp_path / "pebbles_gatys.png").shape == (1, 3, 64, 64)


TRAINING = (
    "pebbles",
    "--steps",
    4,
    "--batch",
    8,
    "--size",
    32,
    "--exemplar-size",
    64,
    "--layers",
    "relu1_1",
    "relu2_1",
    "--every",
    2,
    "-o",
    "x.safetensors",
)


def test_training_writes_a_model_that_sampling_reads(run_script, tmp_path):
    done = run_script("train_texturenet", *TRAINING)
    assert done.returncode == 0, done.stderr
    assert files(tmp_path) == ["x.json", "x.png", "x.safetensors"]
    card = json.loads((tmp_path / "x.json").read_text())
    assert card["exemplar"] == "pebbles.png" and card["steps"] == 4
    assert sorted(card["command"].split()) == sorted(
        ["python", "train_texturenet.py", *map(str, TRAINING[:-2]), "--output", TRAINING[-1]]
    )
    done = run_script("sample_texturenet", "x.safetensors", "--size", 64, "--wide", 128, "--frames", 3, "-o", "out")
    assert done.returncode == 0, done.stderr
    films = ["film.mp4", "film_without_redresse.mp4"]
    displacements = [f"displacement_{mode}.mp4" for mode in ("aligned", "naive", "subpixel")]
    assert files(tmp_path / "out") == [*displacements, *films[:1], "film_strips.png", *films[1:], "samples.png"]
    assert load_image(tmp_path / "out" / "samples.png").shape == (1, 3, 2 * 64 + 3 * 4, 3 * 64 + 4 * 4)  # with gaps


def test_training_killed_without_mercy_goes_on_to_the_same_model(run_script, tmp_path):
    words = [*map(str, TRAINING)]
    words[words.index("4")], words[words.index("2")] = "8", "4"
    undisturbed = run_script("train_texturenet", *words)
    assert undisturbed.returncode == 0, undisturbed.stderr
    expected = (tmp_path / "x.safetensors").read_bytes()
    (tmp_path / "x.safetensors").unlink()
    process = subprocess.Popen(
        [sys.executable, ROOT / "solution" / "train_texturenet.py", *words], cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    while not (tmp_path / "x.checkpoint").exists() and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert not (tmp_path / "x.safetensors").exists()
    resumed = run_script("train_texturenet", *words)
    assert resumed.returncode == 0, resumed.stderr
    assert (tmp_path / "x.safetensors").read_bytes() == expected
    assert not (tmp_path / "x.checkpoint").exists()


@pytest.mark.slow
def test_making_the_models_killed_goes_on_and_leaves_what_is_there(tmp_path):
    shutil.copytree(ROOT / "solution", tmp_path / "solution", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("images", "workbench"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "models").mkdir()
    for name in ("make_models.py", "pebbles.json", "pebbles.safetensors"):
        shutil.copy(ROOT / "models" / name, tmp_path / "models")
    there = [(tmp_path / "models" / f"pebbles.{kind}").stat().st_mtime_ns for kind in ("safetensors", "json")]
    tiny = [str(word) for word in TRAINING[1 : TRAINING.index("-o")]]
    tiny[tiny.index("4")] = "10"
    command = [sys.executable, tmp_path / "models" / "make_models.py", "pebbles", "rust", *tiny]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, start_new_session=True, **quiet)
    while not (tmp_path / "build" / "models" / "rust.checkpoint").exists() and process.poll() is None:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "models" / "rust.safetensors").exists()
    assert subprocess.run(command, **quiet).returncode == 0
    assert files(tmp_path / "build" / "models") == ["rust.png"]
    assert 400_000 < (tmp_path / "models" / "rust.safetensors").stat().st_size < 600_000
    card = json.loads((tmp_path / "models" / "rust.json").read_text())
    assert card["command"].split()[:3] == ["python", "train_texturenet.py", "rust"]
    assert card["steps"] == 10 and str(tmp_path) not in card["command"]
    assert there == [(tmp_path / "models" / f"pebbles.{kind}").stat().st_mtime_ns for kind in ("safetensors", "json")]
    wrong = subprocess.run([*command[:2], "pebles"], capture_output=True, encoding="utf-8")
    assert wrong.returncode == 2 and wrong.stderr.startswith("make_models.py: no exemplar pebles: bricks, ")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["pebbles", "--size", "100"], "size must be a multiple of 32, got 100: try 96"),
        (["pebbles", "--steps", "0"], "at least 1, got 0"),
        (["pebbles", "--learning-rate", "-1"], "--learning-rate must be between 0 and 1, got -1.0"),
        (["pebbles", "--seed", "99999999999999999999"], "from 0 to 2^63 − 1, got 99999999999999999999"),
        (["pebbles", "-o", "x.pth"], "must end in .safetensors"),
        (["pebbles", "-o", "."], "is a folder"),
        (["pebbles", "--layers", "nonsense"], "unknown layer 'nonsense'"),
        (["pebbles", "--batch", "4", "--size", "32"], "use --batch 8"),
    ],
)
def test_training_refuses_in_one_line_and_writes_nothing(complaint, tmp_path, words, message):
    assert message in complaint("train_texturenet", *words)
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nobody"], "unknown model 'nobody'"),
        (["x.safetensors", "--size", "100"], "size must be a multiple of 32, got 100: try 96"),
        (["x.safetensors", "--frames", "1"], "at least 2 frames"),
        (["x.safetensors", "--only", "flim"], "did you mean 'film'?"),
        (["x.safetensors", "--format", "mp5"], "did you mean 'mp4'?"),
        (["half.safetensors"], "half.safetensors"),
        (["x.safetensors", "-o", "x.json"], "cannot write"),
        (["x.safetensors", "--device", "cuda:99"], "not available"),
        (["x.safetensors", "--wide", "96", "--only", "naive"], "need a larger --wide, got 96"),
    ],
)
def test_sampling_refuses_in_one_line_and_writes_nothing(complaint, tmp_path, words, message):
    save_texturenet(TextureNet(), tmp_path / "x.safetensors", {})
    content = (tmp_path / "x.safetensors").read_bytes()
    (tmp_path / "half.safetensors").write_bytes(content[: len(content) // 2])
    before = files(tmp_path)
    assert message in complaint("sample_texturenet", *words)
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ([], "pebbles"),
        (["/home/ada/my photo.jpg", "--steps", "2"], "'my photo.jpg' --steps 2"),
        ([r"C:\Users\ada\x.png", "--output=/tmp/ada/x.safetensors", "--whole"], "x.png --whole --output x.safetensors"),
        (["rust", "--lang", "en", "--layers", "a", "b", "-o", "../x"], "rust --layers a b --output ../x"),
    ],
)
@pytest.mark.parametrize("in_a_kernel", [False, True])
def test_a_kept_command_says_what_to_type_and_no_folder_of_the_machine(words, kept, in_a_kernel, monkeypatch):
    """Also where cells run, in a kernel whose own command line has a file of the machine, and arguments set by hand."""
    monkeypatch.setattr(command_line, "_runs_in_a_kernel", lambda: in_a_kernel)

    def parse(words):
        monkeypatch.setattr(sys, "argv", ["/opt/launcher.py", *words])
        parser = command_line.Parser("Train", prog="train.py")
        parser.add_argument("image", nargs="?", default="pebbles", help="")
        parser.add_argument("--steps", type=int, default=9, help="")
        parser.add_argument("--layers", nargs="+", help="")
        parser.add_argument("--whole", action="store_true", help="")
        parser.add_argument("-o", "--output", help="")
        return parser, parser.parse_args()

    if in_a_kernel:
        by_hand = super(command_line.Parser, parse([])[0]).parse_args(words)
        parser, args = parse(["-f", "/home/ada/.local/share/jupyter/runtime/kernel-1.json"])
        vars(args).update(vars(by_hand))
        args.lang = parser.get_default("lang")
    else:
        parser, args = parse(words)
    assert parser.command("train.py", args) == f"python train.py {kept}"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_rights_is_refused_before_any_work(complaint, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    assert "cannot write" in complaint("gatys", "pebbles", "-o", "locked/x.png")


def test_the_cells_run_in_a_notebook_whose_arguments_are_not_theirs(tmp_path):
    """A kernel's own arguments stay out, the defaults stand; `%run` takes the words that it is given."""
    script = ROOT / "solution" / "gatys.py"
    shutil.copy(script, tmp_path / "mine.py")
    first = "# %%".join(script.read_text(encoding="utf-8").split("# %%")[:2])
    cells = [f"import sys; sys.path.insert(0, {str(script.parent)!r})", first, "print(args.image, args.size)"]
    cells += ["%run mine.py nobody.png --size 64"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, allow_errors=True, resources={"metadata": {"path": tmp_path}}).execute()
    assert notebook.cells[2].outputs[0].text.split() == ["pebbles", "256"]
    assert any("no image file nobody.png" in output.get("evalue", "") for output in notebook.cells[3].outputs)


DRAWN = {
    "gatys": ("args.size, args.iterations, args.layers = 32, 2, ['relu1_1']", {"Extractor": 1, "The result": 1}),
    "train_texturenet": ("args.exemplar_size = args.size = 64; args.steps = 2", {"Extractor": 1, "The model": 1}),
    "sample_texturenet": (
        "args.size, args.wide, args.frames = 64, 128, 2",
        {"Samples": 1, "The film": 1, "A square of noise": 3},
    ),
}
"""What makes a script's work small, and how many pictures its cells draw, by the first words of their titles."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if "train" in name else ()) for name in DRAWN]
)
def test_run_cell_by_cell_a_script_draws_its_results(name, tmp_path):
    folder, (smaller, drawn) = ROOT / "solution", DRAWN[name]
    cells = jupytext.read(folder / f"{name}.py").cells
    cells.insert(2, nbformat.v4.new_code_cell(smaller))
    start = nbformat.v4.new_code_cell(f"import sys; sys.path.insert(0, {str(folder)!r})")
    notebook = nbformat.v4.new_notebook(cells=[start, *cells])
    NotebookClient(notebook, resources={"metadata": {"path": tmp_path}}).execute()
    pictures = {
        cell.metadata.get("title", ""): sum("image/png" in output.get("data", {}) for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    }
    found = {title: count for title, count in pictures.items() if count}
    assert len(found) == len(drawn)
    assert {words: count for words in drawn for title, count in found.items() if title.startswith(words)} == drawn


@pytest.mark.parametrize("name", ["my_gatys.py", "gatys (1).py"])
def test_a_renamed_script_still_reads_its_arguments(tmp_path, name):
    shutil.copy(ROOT / "solution" / "gatys.py", tmp_path / name)
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "solution")}
    command = [sys.executable, name, "peblles"]
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (2, f"{name}: unknown image 'peblles': did you mean 'pebbles'?\n")
