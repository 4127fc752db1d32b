from importlib.resources import files


def of(count):
    one, many = files("tools").joinpath("units.txt").read_text(encoding="utf-8").split()
    return one if count == 1 else many
