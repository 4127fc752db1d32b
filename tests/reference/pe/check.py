"""Executables for Windows as pefile, LIEF and PyInstaller read them: headers, resources, checksum, archive.

usage: check.py EXECUTABLE…

Prints a line per executable; exits with 1 if a reader finds something wrong.
"""

import sys

import lief
import pefile
from PyInstaller.archive.readers import CArchiveReader
from PyInstaller.utils.win32 import winmanifest

STAMP = 315532800  # 1980-01-01
ICON, GROUP_ICON, VERSION, MANIFEST = 3, 14, 16, 24
CONSOLE, WINDOWED = 3, 2
ASLR_DEP_CFG = 0x4140


def resources(pe):
    """{kind: {number: {language: bytes}}}"""

    def leaf(entry):
        data = entry.data.struct
        return pe.get_data(data.OffsetToData, data.Size)

    return {
        kind.id: {
            number.id: {language.id: leaf(language) for language in number.directory.entries}
            for number in kind.directory.entries
        }
        for kind in pe.DIRECTORY_ENTRY_RESOURCE.entries
    }


def check_headers(pe, archive):
    assert pe.verify_checksum(), "the checksum"
    assert pe.FILE_HEADER.TimeDateStamp == STAMP, "the time stamp"
    assert all(entry.struct.TimeDateStamp in (0, STAMP) for entry in pe.DIRECTORY_ENTRY_DEBUG), (
        "stamps of debug entries"
    )
    assert pe.OPTIONAL_HEADER.DllCharacteristics & ASLR_DEP_CFG == ASLR_DEP_CFG, "protection"
    assert pe.OPTIONAL_HEADER.Subsystem in (CONSOLE, WINDOWED), "the subsystem"
    assert pe.get_overlay_data_start_offset() == archive._start_offset, "the archive is not the overlay"
    last = pe.sections[-1]
    assert last.Name == b".rsrc\0\0\0" and last.Misc_VirtualSize == pe.OPTIONAL_HEADER.DATA_DIRECTORY[2].Size, (
        "the section"
    )


def check_resources(pe):
    found = resources(pe)
    assert set(found) - {VERSION} == {ICON, GROUP_ICON, MANIFEST}, f"kinds {sorted(found)}"
    assert all(set(languages) == {0} for numbers in found.values() for languages in numbers.values()), "languages"
    group = found[GROUP_ICON][1][0]
    rows = [group[at : at + 14] for at in range(6, len(group), 14)]
    sizes = {int.from_bytes(row[12:14], "little"): int.from_bytes(row[8:12], "little") for row in rows}
    assert sizes == {number: len(image[0]) for number, image in found[ICON].items()}, "the icon's group"
    plain = [winmanifest.create_application_manifest(None, administrator) for administrator in (False, True)]
    own = found[MANIFEST][1][0]
    assert own in plain or b"<assembly" in own, "the manifest"
    if VERSION in found:
        fixed = pe.VS_FIXEDFILEINFO[0]
        assert (fixed.Signature, fixed.FileType) == (0xFEEF04BD, 1), "the version's fixed part"
        texts = {
            key: value
            for info in pe.FileInfo[0]
            if info.Key == b"StringFileInfo"
            for table in info.StringTable
            for key, value in table.entries.items()
        }
        assert {b"FileVersion", b"ProductName", b"OriginalFilename"} <= set(texts), (
            f"the version's texts {sorted(texts)}"
        )
    return [
        "own" if own not in plain else "plain",
        f"{len(found[ICON])} images",
        "version" if VERSION in found else "no version",
    ]


def check(path):
    archive = CArchiveReader(path)
    with pefile.PE(path) as pe:
        check_headers(pe, archive)
        seen = check_resources(pe)
    names = [name for name, entry in archive.toc.items() if entry[4] in "bx"]
    assert not any("/" in name for name in names), "separators"
    assert len({name.lower() for name in names}) == len(names), "names that differ in case only"
    assert archive.open_embedded_archive("PYZ.pyz").toc, "the PYZ"
    other = lief.PE.parse(path)
    good, problem = lief.PE.check_layout(other)
    assert good, f"LIEF: {problem}"
    assert other.compute_checksum() == other.optional_header.checksum, "LIEF: the checksum"
    assert other.resources_manager.has_manifest and len(list(other.resources_manager.icons)) > 0, "LIEF: resources"
    return f"{len(archive.toc)} entries, manifest: {', '.join(seen)}"


def main(paths):
    failed = 0
    for path in paths:
        try:
            print(f"{path}: {check(path)}")
        except AssertionError as error:
            print(f"{path}: not as expected: {error}")
            failed += 1
    print(f"{len(paths) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
