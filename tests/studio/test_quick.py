"""Gradio, imported quickly: the same Gradio, and nothing written into the installed package."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import gc, sys
from genrelens.studio.quick import load_gradio
hooks = list(sys.meta_path)
load_gradio()
assert gc.isenabled()
assert sys.meta_path == hooks
import gradio, gradio.component_meta as meta
assert meta.create_or_modify_pyi(object, "object", []) is None
with gradio.Blocks() as page:
    box = gradio.Textbox()
    box.change(lambda x: x, box, box)
load_gradio()
"""


def test_what_is_left_out_is_left_out_and_the_rest_works():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_importing_the_page_loads_no_gradio():
    code = "import sys, genrelens.studio, genrelens.studio.server; assert 'gradio' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
