import sys
from pathlib import Path

from frozen import holds, run, same, true
from picture import count, png

same(run(sys.argv[1], "line.png").stdout, "backend: agg")
picture = png("line.png")
same((len(picture[0]), len(picture)), (400, 300))
colours = count(picture)
true(colours[(0, 255, 0)] > 20000, "the axes are not green")
true(colours[(255, 0, 0)] > 500, "there is no red line")
title = [pixel for row in picture[:35] for pixel in row if pixel == (0, 0, 0)]
true(len(title) > 20, "there is no title")
run(sys.argv[1], "line.svg")
holds(Path("line.svg").read_text(encoding="utf-8"), "<svg", "#ff0000")
run(sys.argv[1], "line.pdf")
true(Path("line.pdf").read_bytes().startswith(b"%PDF"), "line.pdf is no PDF")
