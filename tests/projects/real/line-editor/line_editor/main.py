"""A prompt with completion and history, and after it a screen with a panel."""

import curses
import curses.panel
import readline
import sys
import uuid

COMMANDS = ["screen", "sum"]


def complete(text, state):
    found = [command for command in COMMANDS if command.startswith(text)]
    return found[state] if state < len(found) else None


def screen(window):
    curses.start_color()
    curses.init_pair(1, curses.COLOR_RED, curses.COLOR_BLACK)
    window.addstr(1, 1, f"{curses.COLORS} colours: ä€", curses.color_pair(1))
    window.refresh()
    box = curses.newwin(3, 20, 3, 3)
    box.box()
    box.addstr(1, 1, "panel")
    panel = curses.panel.new_panel(box)
    panel.top()
    curses.panel.update_panels()
    curses.doupdate()
    window.getch()


def main():
    readline.set_completer(complete)
    readline.parse_and_bind("bind ^I rl_complete" if readline.backend == "editline" else "tab: complete")
    command = input("> ")
    print("command:", command, readline.get_history_item(1), uuid.uuid1().version)
    if command == "screen":
        curses.wrapper(screen)
    print("bye", file=sys.stderr)
