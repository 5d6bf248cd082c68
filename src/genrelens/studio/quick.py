"""Gradio in about half the time.

While it is imported, Gradio writes a `.pyi` file beside each of its components: it parses every source
file twice and renders a template, each time, into the installed package. That is more than 40 % of its
import (measured on Gradio 6.31), is of use to editors only, and fails where the package may not be
written. Here that one function does nothing. Nothing else of Gradio is touched, and where a later
version has no such function, nothing happens.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Final

__all__ = ["load_gradio"]

_MODULE: Final = "gradio.component_meta"
_FUNCTION: Final = "create_or_modify_pyi"


def load_gradio() -> None:
    """Import `gradio` as quickly as it can be; `import gradio` then costs nothing."""
    if "gradio" in sys.modules:
        return
    collecting = gc.isenabled()
    gc.disable()  # an import makes many objects and no garbage worth a search
    sys.meta_path.insert(0, _WithoutStubs)
    try:
        import gradio  # noqa: F401
    finally:
        sys.meta_path.remove(_WithoutStubs)
        if collecting:
            gc.enable()


class _WithoutStubs(PathFinder):
    @classmethod
    def find_spec(
        cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if fullname == _MODULE else None
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_without(module: ModuleType) -> None:
                load(module)
                if hasattr(module, _FUNCTION):
                    setattr(module, _FUNCTION, lambda *_: None)

            spec.loader.exec_module = load_without  # type: ignore[method-assign]
        return spec
