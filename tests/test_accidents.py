"""Has the accident of somebody who works elsewhere, in Colab or on a GPU, a hint that is true of it?"""

import importlib.util
import os
import sys

import pytest

from judging.messages import LANGUAGES, say
from judging.plugin import explain
from judging.student import StudentError, describe

CODE = {
    "!pip install torch": "error_jupyter",
    "def f():\n    %matplotlib inline": "error_jupyter",
    "%%time\nx = 1": "error_jupyter",
    "get_ipython().run_line_magic('matplotlib', 'inline')": "error_jupyter",
    "display(1)": "error_jupyter",
    "from google.colab import drive": "error_colab",
    "import google.colab.files": "error_colab",
    "import cv2": "error_module",
    "from sklearn.decomposition import PCA": "error_module",
    "from mes_outils import f": "error_module",
    "<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> alice": "error_conflict",
    "def f():\n    x = 1\n=======\n    return x": "error_conflict",
    "if True:\n<<<<<<< HEAD\n    x = 1": "error_conflict",
    "x = 1\n>>>>>>> 2f3a9c1 (loss)": "error_conflict",
    "print 'done'": "error_python2",
    "def f(x):\n    print x": "error_python2",
    "exec 'x = 1'": "error_python2",
    "try:\n    x = 1\nexcept KeyError, error:\n    x = 2": "error_python2",
    "if 1 <> 2:\n    x = 1": "error_python2",
    "for i in xrange(3): pass": "error_python2",
    "{}.iteritems()": "error_python2",
    "{}.has_key('a')": "error_python2",
    "import cPickle": "error_python2",
    "input('λ? ')": "error_keyboard",
    "open('/home/alice/tp3/pebbles.png')": "error_path",
    "open(r'C:\\Users\\alice\\pebbles.png')": "error_path",
    "open('~/pebbles.png')": "error_path",
    "import torch; torch.load('D:/tp3/net.pt')": "error_path",
    "from PIL import Image; Image.open('/content/drive/pebbles.png')": "error_path",
    "from textures.images import load_image; load_image('/content/pebbles.png')": "error_path",
    "from workbench.devices import choose_device; choose_device('cuda:99')": "error_device",
    "import torch\nif torch.ones(2): pass": "error_truth",
    "import torch\nx = torch.ones(2) or 1": "error_truth",
    "import torch\nassert torch.ones(2) in [torch.zeros(2)]": "error_truth",
    "import torch\nfloat(torch.ones(2))": "error_truth",
    "import torch\ntorch.ones(2).item()": "error_truth",
    "import numpy\nwhile numpy.ones(2) < 2: pass": "error_truth",
    "def f(x):\n    return f(x)\nf(1)": "error_recursion",
    "class A:\n    def __getattr__(self, name):\n        return self.net\nA().x": "error_recursion",
    "import torch\ntorch.rand(1, 3, 4 / 2, 2)": "error_division",
    "import torch\ntorch.zeros(3)[6 / 2]": "error_division",
    "import torch\nx = torch.zeros(3)[: 3 / 2]": "error_division",
    "import torch\ntorch.nn.Conv2d(3, 4 / 2, 3)": "error_division",
    "import torch\ntorch.nn.functional.interpolate(torch.rand(1, 1, 4, 4), size=(8 / 2, 4))": "error_division",
    "for i in range(4 / 2): pass": "error_division",
    "import numpy, torch\ntorch.nn.Conv2d(3, 4, 3)(torch.from_numpy(numpy.ones((1, 3, 8, 8))))": "error_dtype",
    "import torch\ntorch.nn.Conv2d(3, 4, 3)(torch.ones(1, 3, 8, 8, dtype=torch.uint8))": "error_dtype",
    "import torch\ntorch.ones(2, dtype=torch.uint8).mean()": "error_dtype",
    "import torch\ntorch.ones(2, 2) @ torch.ones(2, 2).double()": "error_dtype",
    "import torch\ntorch.ones(2, dtype=torch.int).requires_grad_()": "error_dtype",
    "def f(a):\n    if a:\n        b = 1\n    return b\nf(0)": "error_unassigned",
    "def f(a):\n    for b in a:\n        c = b\n    return c\nf([])": "error_unassigned",
    "def f(a, b): pass\nf(1)": "error_call",
    "def f(a, b): pass\nf(1, 2, 3)": "error_call",
    "def f(a, *, b): pass\nf(1)": "error_call",
    "def f(a): pass\nf(1, size=2)": "error_call",
    # What looks like one of them, and is none: nothing is said that might be untrue.
    "x = (1": None,
    "def f(:\n    pass": None,
    "x = 1 +": None,
    "open('pebbles.jpeg')": None,
    "from textures.images import load_image; load_image('pebble')": None,
    "name": None,
    "{}.items": None,
    "raise ValueError('device')": None,
    "raise ValueError('float')": None,
    "import torch\ntorch.ones(3)[3]": None,
    "import torch\ntorch.stack([1, 2])": None,
    "int('a')": None,
    "raise FileNotFoundError(2, 'No such file or directory', 'images/x.png')": None,
    "from textures.gram import gram_matrices": None,
}
SAID = {
    "Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU": "error_device",
    "Torch not compiled with CUDA enabled": "error_device",
    "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False.": "error_device",
    "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!": "error_device",
    "EOF when reading a line": "error_keyboard",
    "[Errno 13] Permission denied: '/data/net.pt'": "error_path",
    "Parent directory /home/alice does not exist.": "error_path",
}
"""What is said on machines of other kinds than this one."""


def hint_of(error: BaseException) -> str | None:
    """The hint of an exception of a student's, as it comes out of the sandbox."""
    return explain(StudentError(describe(error)), "1.1")[3]


@pytest.mark.parametrize("code", CODE)
def test_an_accident_has_the_hint_that_is_true_of_it(tmp_path, code):
    (tmp_path / "accident.py").write_text(code, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("accident", tmp_path / "accident.py")
    try:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
        hint = None
    except Exception as error:
        hint = hint_of(error)
    assert hint == CODE[code]


@pytest.mark.parametrize("said", SAID)
def test_what_other_machines_say_has_it_too(said):
    assert hint_of(RuntimeError(said)) == SAID[said]


def test_input_has_it_in_the_sandbox_too(monkeypatch):
    with open(os.devnull, encoding="utf-8") as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        with pytest.raises(EOFError) as error:
            input()
    assert hint_of(error.value) == "error_keyboard"


@pytest.mark.parametrize("hint", sorted({*filter(None, CODE.values()), *SAID.values()}))
def test_it_is_said_in_both_languages(hint):
    assert len({say("hint", hint, language) for language in LANGUAGES}) == len(LANGUAGES)
