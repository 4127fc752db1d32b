"""Draws a line and its title into the PNG, SVG or PDF file that is named."""

import sys

import matplotlib.pyplot as plt


def main():
    figure, axes = plt.subplots(figsize=(4, 3), dpi=100)
    axes.plot([0, 1, 2, 3], [0, 1, 4, 9], color="red", linewidth=5)
    axes.set_title(r"$y = x^2$ …")
    axes.set_facecolor("#00ff00")
    figure.savefig(sys.argv[1])
    print("backend:", plt.get_backend())
