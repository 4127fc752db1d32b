import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

from frozen import holds, true

CONTROL = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|[\]P_^].*?(\x1b\\|\x07)|[@-_=>])", re.S)


class Screen:
    """A terminal, and the program in it."""

    def __init__(self, program):
        self.process, self.terminal = pty.fork()
        if not self.process:
            os.execve(program, [program], {"TERM": "xterm-256color", "LANG": "C.UTF-8"})
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.seen = ""

    def read_until(self, word):
        """Reads what the program shows, until that has a word or the program ends."""
        end = time.monotonic() + 60
        while word not in self.seen and time.monotonic() < end:
            if not select.select([self.terminal], [], [], 1)[0]:
                continue
            try:
                self.seen += CONTROL.sub("", os.read(self.terminal, 65536).decode(errors="replace"))
            except OSError:
                break
        holds(self.seen, word)

    def write(self, keys):
        os.write(self.terminal, keys)


screen = Screen(sys.argv[1])
screen.read_until("Things to do")
screen.read_until("next")
# The border that the style sheet says.
screen.read_until("╔")
screen.write(b"milk\r")
screen.read_until("1. milk")
screen.write(b"\x11")
screen.read_until("bye")
true(os.waitstatus_to_exitcode(os.waitpid(screen.process, 0)[1]) == 0, "it did not exit with 0")
