import sys

from frozen import run, same, true
from picture import count, png

EXPECTED = """\
translation: True
platform: offscreen style: fusion
saved: True pressed
"""
done = run(sys.argv[1], "window.png", environment={"QT_QPA_PLATFORM": "offscreen"})
same(done.stdout, EXPECTED)
colours = count(png("window.png"))
true(colours[(255, 0, 0)] > 2500, "there is no red square")
true(colours[(0, 0, 255)] > 5000, "there is no blue circle")
true(len(colours) > 20, "there is no text")
