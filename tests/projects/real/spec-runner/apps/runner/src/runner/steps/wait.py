"""Waits as long as the clock of the tools says."""

from tools import clock


def run(seconds):
    return clock.wait(seconds)
