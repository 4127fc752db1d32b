"""importlib.metadata over the distributions that are linked, instead of those of this interpreter."""
import collections
import importlib.metadata as real
import pathlib

from .rpc import ask

PackageNotFoundError = real.PackageNotFoundError
Distribution = real.Distribution
PathDistribution = real.PathDistribution
EntryPoint = real.EntryPoint
EntryPoints = real.EntryPoints


def distribution(name):
    path = ask("distribution", distribution=name)
    if path is None:
        raise PackageNotFoundError(name)
    return PathDistribution(pathlib.Path(path))


def distributions(**_):
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
            file.parts[0] if len(file.parts) > 1 else file.stem
            for file in found.files or ()
            if file.suffix == ".py" or len(file.parts) > 1
        }
        for name in sorted(names):
            owners[name].append(found.metadata["Name"])
    return dict(owners)
