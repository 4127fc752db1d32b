import sys

from frozen import run, same
from picture import count, png

EXPECTED = """\
PNG (60, 40) True
JPEG (60, 40) True
WEBP (60, 40) True
TIFF (60, 40) True
<ul><li>#ff0000</li><li>#0000ff</li></ul>
['#ff0000', '#0000ff'] ac
"""
same(run(sys.argv[1], "a.png", "a.jpg", "a.webp", "a.tiff").stdout, EXPECTED)
colours = count(png("a.png"))
same((colours[(255, 0, 0)], colours[(0, 0, 255)]), (400, 400))
