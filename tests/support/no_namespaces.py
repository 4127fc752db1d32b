"""Runs a command as on a machine without namespaces: `python3 no_namespaces.py COMMAND…`.

A seccomp filter answers EPERM where clone(2) or unshare(2) are asked for a namespace. x86_64 alone.
"""
import ctypes
import os
import struct
import sys

# linux/filter.h, linux/seccomp.h, asm/unistd_64.h, linux/sched.h
LOAD, EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, EPERM = 0x7FFF0000, 0x00050001
CLONE, UNSHARE = 56, 272
NUMBER, FIRST_ARGUMENT = 0, 16
NAMESPACES = 0x00020000 | 0x10000000 | 0x20000000 | 0x40000000 | 0x08000000
NO_NEW_PRIVILEGES, SECCOMP, FILTER = 38, 22, 2


def instruction(code, value, yes=0, no=0):
    return struct.pack("HBBI", code, yes, no, value)


PROGRAM = [
    instruction(LOAD, NUMBER),
    instruction(EQUAL, UNSHARE, 1, 0),
    instruction(EQUAL, CLONE, 0, 3),
    instruction(LOAD, FIRST_ARGUMENT),
    instruction(ANY_BIT, NAMESPACES, 0, 1),
    instruction(RETURN, EPERM),
    instruction(RETURN, ALLOW),
]


class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("program", ctypes.c_void_p)]


def main():
    libc = ctypes.CDLL(None, use_errno=True)
    program = ctypes.create_string_buffer(b"".join(PROGRAM))
    seccomp = Filter(len(PROGRAM), ctypes.addressof(program))
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(SECCOMP, FILTER, ctypes.byref(seccomp)):
        raise OSError(ctypes.get_errno(), "no seccomp filter")
    os.execvp(sys.argv[1], sys.argv[1:])


main()
