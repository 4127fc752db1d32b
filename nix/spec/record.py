# Recorders: what stands for PyInstaller's classes and functions while a spec is evaluated, and writes down what it is given.
#
# A value is JSON as it is, or a table with `$`: `marker` (what a function would find: `call` in `calls`, `part`), `toc` (what
# an Analysis would collect: `object`, `part`), `object` (its number in `objects`), `dict` (`items`), `unknown` (`what`).
# A tuple is a list.
import ast
import os
import sys


class Tape:
    """What was recorded, and where in the spec."""

    def __init__(self, spec, tree):
        self.spec = spec
        self.objects = []
        self.calls = []
        self.touched = []
        self.phantoms = set()
        self.scripts = []
        # The first line of each text, and by line of a call those of its arguments.
        self.lines = {}
        self.arguments = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                self.lines[node.value] = min(node.lineno, self.lines.get(node.value, node.lineno))
            elif isinstance(node, ast.Call):
                of_call = self.arguments.setdefault(node.lineno, {})
                for keyword in node.keywords:
                    of_call.setdefault(keyword.arg, keyword.value.lineno)

    def line(self):
        """Returns the line of the spec that is being evaluated."""
        frame = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self.spec:
            frame = frame.f_back
        return frame.f_lineno if frame else None

    def is_called_by_spec(self):
        return sys._getframe(2).f_code.co_filename == self.spec

    def touch(self, what, how):
        entry = {"what": what, "how": how, "line": self.line()}
        if entry not in self.touched:
            self.touched.append(entry)

    def call(self, name, arguments, keywords):
        """Records the call of a function; returns its number."""
        line = self.line()
        call = {"name": name, "line": line, "arguments": encode(list(arguments)), "keywords": encode(keywords)["items"]}
        self.calls.append(call)
        return len(self.calls) - 1

    def object(self, kind, positional, keywords):
        """Records an object; returns its number."""
        line = self.line()
        lines = self.arguments.get(line, {})
        named = {name: {"line": lines.get(name, line), "value": encode(value)} for name, value in keywords.items()}
        self.objects.append({"kind": kind, "line": line, "positional": encode(list(positional)), "keywords": named})
        return len(self.objects) - 1


class Marker(str):
    """A text that stands for what a function would find."""

    def __new__(cls, text, mark):
        marker = super().__new__(cls, text)
        marker.mark = mark
        return marker


class Mark(tuple):
    """An entry of a list that stands for what a function, or an Analysis, would find."""

    def __new__(cls, parts, mark):
        entry = super().__new__(cls, [Marker(part, mark) for part in parts])
        entry.mark = mark
        return entry


class Recorder:
    """An object of PyInstaller's, as far as a spec sees it."""

    def __init__(self, tape, kind, positional, keywords):
        self.__dict__["_tape"] = tape
        self.__dict__["_keywords"] = keywords
        self.__dict__["number"] = tape.object(kind, positional, keywords)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self._keywords.get(name)


class Toc(list):
    """What an Analysis collects, and what a spec adds to it."""

    def __init__(self, entries=(), tape=None, name=""):
        super().__init__(entries)
        self.tape, self.name = tape, name

    def changed(self, how):
        if self.tape:
            self.tape.touch(self.name, how)

    def __iter__(self):
        if self.tape and self.tape.is_called_by_spec():
            self.changed("is read")
        return super().__iter__()

    def __iadd__(self, other):
        self.extend(other)
        return self

    def extend(self, other):
        super().extend([*other])

    def __add__(self, other):
        return Toc([*list.__iter__(self), *other], self.tape, self.name)

    def __radd__(self, other):
        return Toc([*other, *list.__iter__(self)], self.tape, self.name)

    def __sub__(self, other):
        self.changed("loses entries")
        return self

    __isub__ = __sub__

    def remove(self, entry):
        self.changed("loses entries")

    def pop(self, *_):
        self.changed("loses entries")
        return ("", "", "DATA")


class Analysis(Recorder):
    """`Analysis`: the lists of what it would collect have one mark each."""

    PARAMETERS = (
        "scripts pathex binaries datas hiddenimports hookspath hooksconfig excludes runtime_hooks cipher "
        "win_no_prefer_redirects win_private_assemblies noarchive module_collection_mode optimize"
    ).split()
    PARTS = "pure scripts binaries zipfiles zipped_data datas dependencies".split()

    def __init__(self, tape, positional, keywords):
        keywords = dict(zip(self.PARAMETERS, positional)) | keywords
        super().__init__(tape, "Analysis", (), keywords)
        for part in self.PARTS:
            mark = {"$": "toc", "object": self.number, "part": part}
            self.__dict__[part] = Toc([Mark(("", "", ""), mark)], tape, f"{part}")

    def __setattr__(self, name, value):
        before = self.__dict__.get(name)
        if name in self.PARTS and before is not None and not isinstance(value, Toc):
            marks = [entry.mark for entry in list.__iter__(before) if isinstance(entry, Mark)]
            if not all(any(getattr(entry, "mark", None) == mark for entry in value) for mark in marks[:1]):
                self._tape.touch(name, "is replaced")
            value = Toc(value, self._tape, name)
        self.__dict__[name] = value


def encode(value):
    """Returns a value as JSON."""
    if isinstance(value, Mark):
        return value.mark
    if isinstance(value, Marker):
        return value.mark | {"text": str(value)}
    if isinstance(value, (bool, int, float, str)) or value is None:
        return value
    if isinstance(value, (list, tuple)):
        return (
            [encode(entry) for entry in list.__iter__(value)] if isinstance(value, list) else [encode(e) for e in value]
        )
    if isinstance(value, (set, frozenset)):
        return sorted((encode(entry) for entry in value), key=str)
    if isinstance(value, dict):
        return {"$": "dict", "items": {str(key): encode(item) for key, item in value.items()}}
    if isinstance(value, Recorder):
        return {"$": "object", "number": value.number}
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "__iter__"):
        return [encode(entry) for entry in value]
    return {"$": "unknown", "what": type(value).__name__}
