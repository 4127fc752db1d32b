"""importlib.metadata over the distributions that are linked, instead of those of this interpreter."""
import collections
import importlib
import importlib.metadata as real
import inspect
import pathlib
import sys

from .rpc import ask

PackageNotFoundError = real.PackageNotFoundError
Distribution = real.Distribution
EntryPoint = real.EntryPoint
EntryPoints = real.EntryPoints
PackagePath = real.PackagePath


class PathDistribution(real.PathDistribution):
    """A linked distribution. Its files are those of its object: on disk they are only when somebody looks."""

    @property
    def files(self):
        rows = ask("files", path=str(self._path))
        return super().files if rows is None else [self._file(*row) for row in rows]

    def _file(self, path, size):
        file = PackagePath(path)
        file.hash, file.size, file.dist = None, size, self
        return file

    def locate_file(self, path):
        path = super().locate_file(path)
        ask("materialise", path=str(path))
        return path


def distribution(name):
    path = ask("distribution", distribution=name)
    if path is None:
        raise PackageNotFoundError(name)
    return PathDistribution(pathlib.Path(path))


def distributions(name=None, **_):
    if name is not None:
        path = ask("distribution", distribution=name)
        return iter([] if path is None else [PathDistribution(pathlib.Path(path))])
    return iter([PathDistribution(pathlib.Path(path)) for path in ask("distributions")])


def version(name):
    return distribution(name).version


def metadata(name):
    return distribution(name).metadata


def requires(name):
    return distribution(name).requires


def files(name):
    return distribution(name).files


def entry_points(**selection):
    return EntryPoints(point for found in distributions() for point in found.entry_points).select(**selection)


def packages_distributions():
    owners = collections.defaultdict(list)
    for found in distributions():
        names = (found.read_text("top_level.txt") or "").split() or {
            file.parts[0] if len(file.parts) > 1 else inspect.getmodulename(file) for file in found.files or ()
        }
        for name in sorted(name for name in names if name and "." not in name):
            owners[name].append(found.metadata["Name"])
    return dict(owners)


def __getattr__(name):
    """What asks nothing of distributions."""
    return getattr(real, name)


def install():
    """Whoever imports it gets this one: hooks of the wheels, and what they import."""
    sys.modules["importlib.metadata"] = sys.modules["importlib_metadata"] = sys.modules[__name__]
    importlib.metadata = sys.modules[__name__]
