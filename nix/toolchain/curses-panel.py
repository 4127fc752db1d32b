"""Panels and windows share curses' state, so one library has both modules: this one is a part of `_curses`'s."""

import sys
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_loader

import _curses

loader = ExtensionFileLoader(__name__, _curses.__file__)
module = module_from_spec(spec_from_loader(__name__, loader, origin=_curses.__file__))
loader.exec_module(module)
sys.modules[__name__] = module
