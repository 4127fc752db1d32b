"""The program in a terminal; once of a kind that few systems have a description of."""

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

from frozen import holds, true


class Terminal:
    """A terminal, and the program in it."""

    def __init__(self, program, **environment):
        self.process, self.file = pty.fork()
        if not self.process:
            os.execve(program, [program], {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **environment})
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.seen = ""

    def read_until(self, *words):
        """Reads what the program shows, until that has all words or the program ends."""
        end = time.monotonic() + 60
        while not all(word in self.seen for word in words) and time.monotonic() < end:
            if not select.select([self.file], [], [], 1)[0]:
                continue
            try:
                self.seen += os.read(self.file, 65536).decode(errors="replace")
            except OSError:
                break
        holds(self.seen, *words)

    def write(self, keys):
        os.write(self.file, keys)

    def end(self):
        true(os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1]) == 0, f"it did not exit with 0: {self.seen!r}")


for environment in ({"TERM": "xterm-256color"}, {"TERM": "foot"}):
    terminal = Terminal(sys.argv[1], **environment)
    terminal.read_until("> ")
    # The first key completes `sc`; `ö` and backspace leave nothing.
    terminal.write("ö\x7fsc\t".encode())
    terminal.read_until("screen")
    terminal.write(b"\r")
    terminal.read_until("command: screen screen 1", "256 colours: ä€", "panel")
    terminal.write(b"q")
    terminal.read_until("bye")
    terminal.end()
