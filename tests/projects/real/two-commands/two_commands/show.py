"""Shows the parcel of stdin."""

import sys

import cbor2


def main():
    parcel = cbor2.loads(sys.stdin.buffer.read())
    print(parcel["count"], *parcel["words"])
    print("send is part of this program:", "two_commands.send" in sys.modules)
