# PyInstaller.utils.win32.versioninfo as a version file sees it: structures that keep what they are made of.


class Structure:
    """A structure of a version resource: positional and named values."""

    def __init__(self, *values, **named):
        self.values, self.named = values, named

    def find(self, kind):
        """Returns every structure of a kind in it."""
        found = [self] if type(self).__name__ == kind else []
        for value in [*self.values, *self.named.values()]:
            for part in value if isinstance(value, (list, tuple)) else [value]:
                if isinstance(part, Structure):
                    found += part.find(kind)
        return found


KINDS = "VSVersionInfo FixedFileInfo StringFileInfo StringTable StringStruct VarFileInfo VarStruct".split()
NAMES = {kind: type(kind, (Structure,), {}) for kind in KINDS}


def texts(info):
    """Returns the texts of a version resource by Windows' names of them, and the file's number as `filevers`."""
    found = {}
    for text in info.find("StringStruct"):
        name, value = (*text.values, *text.named.values(), "", "")[:2]
        found[str(name)] = str(value).rstrip("\0")
    for fixed in info.find("FixedFileInfo"):
        number = fixed.named.get("filevers")
        if number:
            found["filevers"] = ".".join(str(part) for part in number)
    return found
