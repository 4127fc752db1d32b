"""Pictures as rows of pixels (red, green, blue): PNG files, and the memory of an X server (XWD)."""

import struct
import zlib
from collections import Counter
from pathlib import Path

# Bytes of a pixel by the PNG's type of colour; eight bits of each channel.
CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}


def png(path):
    """Reads a PNG of eight bits a channel, not interlaced, without a palette."""
    data = Path(path).read_bytes()
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError(f"{path} is no PNG")
    at, compressed = 8, b""
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            compressed += body
        at += 12 + size
    if depth != 8 or colour not in CHANNELS or interlaced:
        raise ValueError(f"{path} is a PNG of a kind that is not read here")
    step = CHANNELS[colour]
    return [pixels(row, step) for row in unfiltered(zlib.decompress(compressed), width * step, height, step)]


def unfiltered(data, stride, height, step):
    """Yields the rows of a PNG's data, each freed of its filter."""
    above = bytearray(stride)
    for start in range(0, (stride + 1) * height, stride + 1):
        kind, row = data[start], bytearray(data[start + 1 : start + 1 + stride])
        for at in range(stride):
            left, corner = (row[at - step], above[at - step]) if at >= step else (0, 0)
            row[at] = (row[at] + guess(kind, left, above[at], corner)) & 255
        yield row
        above = row


def guess(kind, left, above, corner):
    """What a filter of PNG takes off a byte."""
    if kind == 4:
        return min((left, above, corner), key=lambda byte: abs(left + above - corner - byte))
    return (0, left, above, (left + above) // 2)[kind]


def pixels(row, step):
    """The pixels of a row, without their transparency."""
    if step < 3:
        return [(row[at],) * 3 for at in range(0, len(row), step)]
    return [tuple(row[at : at + 3]) for at in range(0, len(row), step)]


def xwd(path):
    """Reads what Xvfb keeps of a screen of 24 bits a pixel."""
    data = Path(path).read_bytes()
    header = struct.unpack_from(">25I", data)
    start = header[0] + 12 * header[19]
    width, height, stride = header[4], header[5], header[12]
    rows = (data[start + line * stride : start + line * stride + 4 * width] for line in range(height))
    return [[(row[at + 2], row[at + 1], row[at]) for at in range(0, len(row), 4)] for row in rows]


def count(picture):
    """How many pixels of each colour a picture has."""
    return Counter(pixel for row in picture for pixel in row)
