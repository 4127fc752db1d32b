import os
import shutil
import subprocess
import sys

from frozen import holds, skip, started, true, wait_for
from picture import count, xwd

if not shutil.which("Xvfb"):
    skip("there is no Xvfb")
ours, theirs = os.pipe()
options = ["-displayfd", str(theirs), "-screen", "0", "300x200x24", "-fbdir", ".", "-nolisten", "tcp"]
server = subprocess.Popen(["Xvfb", *options], pass_fds=[theirs], stderr=subprocess.DEVNULL)
try:
    display = os.read(ours, 16).decode().strip()
    environment = {"DISPLAY": f":{display}"}
    with open("output", "w") as output, started(sys.argv[1], environment=environment, stdout=output, stderr=output) as window:
        said = lambda: open("output").read()
        wait_for(lambda: "label:" in said() or window.poll() is not None, "the window")
        holds(said(), "label: pressed Tk 8.6")
        wait_for(lambda: count(xwd("Xvfb_screen0"))[(255, 0, 0)] == 12000 or window.poll() is not None, "a red area")
        colours = count(xwd("Xvfb_screen0"))
        true(colours[(255, 0, 0)] == 12000, f"the red area has {colours[(255, 0, 0)]} pixels")
        true(len(colours) > 8, "there is no text")
        true(window.wait(timeout=60) == 0, said())
finally:
    server.terminate()
    server.wait()
