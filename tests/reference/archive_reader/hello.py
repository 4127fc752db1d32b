"""The application that is put together by hand: uses a bit of each kind of entry."""

import ctypes
import json
import os
import sys

import greeting.words
import greeting_namespace.part

folder = sys._MEIPASS
assert sys.frozen and os.path.dirname(ctypes.__file__) == os.path.join(folder, "ctypes")
assert greeting_namespace.part.VALUE == 42 and list(greeting_namespace.__path__)
with open(os.path.join(folder, "greeting", "data.json"), encoding="utf-8") as file:
    data = json.load(file)
link = os.path.join(folder, "link.json")
assert os.readlink(link) == "greeting/data.json" and os.path.samefile(link, file.name)
assert os.access(os.path.join(folder, "tool"), os.X_OK)
assert ctypes.CDLL(None).getpid() == os.getpid()
print(greeting.words.hello(data["name"]), sys.argv[1:], sorted(os.environ.keys() & {"HOME", "PATH"}))
