"""Writes its arguments to stdout as one parcel."""

import sys

import cbor2


def main():
    sys.stdout.buffer.write(cbor2.dumps({"words": sys.argv[1:], "count": len(sys.argv) - 1}))
