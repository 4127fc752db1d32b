"""Draws what an XML file describes, and says as HTML what it drew."""

import sys

from lxml import etree, html
from PIL import Image, ImageDraw, ImageFont

SHAPES = b"""<picture width="60" height="40"><box x="5" y="5" fill="#ff0000"/><box x="35" y="15" fill="#0000ff"/></picture>"""
AS_LIST = b"""<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:template match="/picture"><ul><xsl:for-each select="box"><li><xsl:value-of select="@fill"/></li></xsl:for-each></ul>
</xsl:template></xsl:stylesheet>"""


def main():
    shapes = etree.fromstring(SHAPES)
    image = Image.new("RGB", (int(shapes.get("width")), int(shapes.get("height"))), "white")
    draw = ImageDraw.Draw(image)
    for box in shapes.xpath("//box"):
        x, y = int(box.get("x")), int(box.get("y"))
        draw.rectangle((x, y, x + 19, y + 19), fill=box.get("fill"))
    draw.text((2, 30), "drawn", font=ImageFont.load_default(8), fill="black")
    for path in sys.argv[1:]:
        image.save(path)
        with Image.open(path) as again:
            print(again.format, again.size, again.convert("RGB").getpixel((15, 15))[0] > 200)
    listed = etree.XSLT(etree.fromstring(AS_LIST))(shapes)
    print(etree.tostring(listed.getroot()).decode().strip())
    print(html.fromstring(str(listed)).xpath("//li/text()"), html.fromstring("<p>a<b>c").text_content())
