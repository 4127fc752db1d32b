# Modules of packages, which are not there when a spec is evaluated: a spec may import them and ask where their files are.
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys

# The folder that packages seem to be in. A path below it that ends in an option names its package.
PACKAGES = "/permafreeze/site-packages"
# Modules of the standard library that this Python, which is static, has no extension for.
LACKING = {"ctypes": "_ctypes", "curses": "_curses", "sqlite3": "_sqlite3", "ssl": "_ssl", "tkinter": "_tkinter"}
# The folder of this Python's own modules, which know what to do without an optional one.
STANDARD_LIBRARY = os.path.dirname(os.__file__)


class Unknown(str):
    """What a package's code would give: it can be asked for everything, and is a path below its package as a text."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Unknown(f"{self}.{name}")

    def __call__(self, *_, **__):
        return Unknown(f"{self}()")

    def __getitem__(self, _):
        return Unknown(f"{self}[]")

    def __fspath__(self):
        return str(self)

    def __truediv__(self, other):
        return Unknown(os.path.join(self, str(other)))

    def __iter__(self):
        return iter([Unknown(f"{self}[]")])

    def __add__(self, other):
        return Unknown(str.__add__(self, other)) if isinstance(other, str) else [self, *other]

    def __radd__(self, other):
        return other + str(self) if isinstance(other, str) else [*other, self]

    def __bool__(self):
        return True

    def __lt__(self, _):
        return False

    __gt__ = __le__ = __ge__ = __instancecheck__ = __subclasscheck__ = __lt__

    def __mro_entries__(self, _):
        return ()

    def __or__(self, _):
        return self

    __ror__ = __and__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __floordiv__ = __or__

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


def module_path(name):
    return os.path.join(PACKAGES, *name.split("."))


class Loader(importlib.abc.Loader):
    def create_module(self, spec):
        return None

    def exec_module(self, module):
        folder = module_path(module.__name__)
        module.__file__ = os.path.join(folder, "__init__.py")
        module.__path__ = [folder]
        module.__version__ = "0"

        def __getattr__(name):
            if name.startswith("__"):
                raise AttributeError(name)
            return Unknown(f"{folder}/{name}")

        module.__getattr__ = __getattr__


class Lacking(importlib.abc.MetaPathFinder):
    """Comes before all others."""

    def find_spec(self, name, path=None, target=None):
        extension = LACKING.get(name.partition(".")[0])
        if extension is None or is_of_the_standard_library(importer()) or importlib.util.find_spec(extension):
            return None
        return importlib.machinery.ModuleSpec(name, Loader(), is_package=True)


class Finder(importlib.abc.MetaPathFinder):
    def __init__(self, tape):
        self.tape = tape

    def find_spec(self, name, path=None, target=None):
        if is_of_the_standard_library(importer()):
            return None
        # A module of the project that is not there is a fault of the spec.
        parent = sys.modules.get(name.rpartition(".")[0])
        if parent is not None and not isinstance(getattr(parent.__spec__, "loader", None), Loader):
            if not parent.__name__.startswith("PyInstaller"):
                return None
        self.tape.phantoms.add(name.partition(".")[0])
        return importlib.machinery.ModuleSpec(name, Loader(), is_package=True)


def importer():
    """Returns the file of the code that imports."""
    frame = sys._getframe(2)
    while frame is not None and "importlib" in frame.f_code.co_filename:
        frame = frame.f_back
    return frame.f_code.co_filename if frame else ""


def is_of_the_standard_library(file):
    return file.startswith((STANDARD_LIBRARY + os.sep, "<frozen"))


def install(tape):
    sys.meta_path.insert(0, Lacking())
    sys.meta_path.append(Finder(tape))
