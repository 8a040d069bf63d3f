"""Read an archive of a stranger: nothing is ever unpacked to a name that the archive chose.

Members are looked up by their names and copied, counted, to where we say. Links, encrypted members and names that
lead out of the archive are left alone, each with a line for the receipt.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO, Final

from apps.core.disk import MEBI
from apps.datasets import limits
from apps.datasets.values import FormatProblem, Note, Odd, Remark
from ml.images.formats import SUFFIXES

_PLAIN: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 0x1
_CHUNK: Final = 1 << 16
_END: Final = b"PK\x05\x06"
_END64: Final = b"PK\x06\x06"
_LOCATOR64: Final = b"PK\x06\x07"
_ENTRY: Final = b"PK\x01\x02"
_FULL32: Final = 0xFFFFFFFF
_BROKEN: Final = "The archive is damaged or no ZIP file. Make it again, then try once more."
_ARCHIVES: Final = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst")
MASK_FOLDERS: Final = frozenset({"mask", "masks", "segmentationclass", "segmentationobject", "segmentations"})
_LITTER: Final = ("__MACOSX",)


class BadMember(Exception):  # noqa: N818 - read at the place that raises it
    """One member cannot be read; ``remark`` says why, ``message`` is its sentence."""

    def __init__(self, odd: Odd, message: str) -> None:
        super().__init__(message)
        self.odd = odd
        self.message = message


class Archive:
    """The members of an archive that may be read, by their names; see the module."""

    def __init__(self, opened: zipfile.ZipFile, note: Note) -> None:
        self._zip = opened
        self._read = 0
        self.members: Mapping[str, zipfile.ZipInfo] = _usable(opened.infolist(), note)

    def names(self, *suffixes: str) -> list[str]:
        """Return the names that end in one of these, in the archive's order."""
        return [name for name in self.members if PurePosixPath(name).suffix.lower() in suffixes]

    def pictures(self) -> list[str]:
        """Return the names of pictures, those in folders of masks left out."""
        return [name for name in self.names(*SUFFIXES) if not is_mask(name)]

    def size(self, name: str) -> int:
        """Return the length that the archive claims for a member."""
        return self.members[name].file_size

    def text(self, name: str, *, most: int = limits.TEXT_BYTES) -> str:
        """Return a member as text in UTF-8, without a byte-order mark.

        Raises:
            BadMember: it is too large, damaged, or not UTF-8.
        """
        try:
            return self.data(name, most=most).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise BadMember(
                Odd.UNREADABLE_FILE, "The file is not text in UTF-8. Save it in that encoding."
            ) from None

    def data(self, name: str, *, most: int) -> bytes:
        """Return a member whole. Raises as `copy`."""
        return b"".join(self._chunks(name, most))

    def copy(self, name: str, target: IO[bytes], *, most: int) -> None:
        """Copy a member to an open file, counting.

        Raises:
            BadMember: it is larger than ``most`` bytes, packed suspiciously well, or damaged.
            FormatProblem: the archive as a whole unpacks to more than a site bears.
        """
        for chunk in self._chunks(name, most):
            target.write(chunk)

    def _chunks(self, name: str, most: int) -> Iterator[bytes]:
        info = self.members[name]
        allowed = min(most, MEBI + limits.RATIO * info.compress_size)
        count = 0
        try:
            with self._zip.open(info) as stream:
                while chunk := stream.read(_CHUNK):
                    count += len(chunk)
                    self._read += len(chunk)
                    if count > most:
                        raise BadMember(
                            Odd.TOO_LARGE, f"The file is larger than {most // MEBI} MB, so it was not read."
                        )
                    if count > allowed:
                        raise BadMember(Odd.TOO_LARGE, "The file is packed like a bomb, so it was not read.")
                    if self._read > limits.UNPACKED_BYTES:
                        raise FormatProblem(
                            f"The archive unpacks to more than {limits.UNPACKED_BYTES // MEBI // 1024} GB. "
                            "Divide it."
                        )
                    yield chunk
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise BadMember(Odd.UNREADABLE_FILE, "The file is damaged inside the archive.") from error


def is_mask(name: str) -> bool:
    """Return whether a member lies in a folder of masks."""
    return any(part.lower() in MASK_FOLDERS for part in PurePosixPath(name).parts[:-1])


@contextmanager
def open_archive(stream: IO[bytes], note: Note) -> Iterator[Archive]:
    """Give the archive in a file that can be sought in.

    Raises:
        FormatProblem: it is none, or has more members than we take.
    """
    _refuse_crowds(stream)
    try:
        opened = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, struct.error, ValueError, OSError, NotImplementedError) as error:
        raise FormatProblem(_BROKEN) from error
    with opened:
        yield Archive(opened, note)


def _refuse_crowds(stream: IO[bytes]) -> None:
    """Walk the table of contents before it is read into memory: the count that it claims may be a lie."""
    start, length = _directory(stream)
    if length > limits.DIRECTORY_BYTES:
        raise _crowd()
    stream.seek(start)
    table = stream.read(length)
    count, at = 0, 0
    while table[at : at + 4] == _ENTRY and at + 46 <= len(table):
        count += 1
        if count > limits.ENTRIES:
            raise _crowd()
        name, extra, comment = struct.unpack_from("<HHH", table, at + 28)
        at += 46 + name + extra + comment


def _directory(stream: IO[bytes]) -> tuple[int, int]:
    """Return where the table of contents begins and how long it is, from the archive's last bytes."""
    size = stream.seek(0, 2)
    tail_at = max(0, size - 65_557 - 20)
    stream.seek(tail_at)
    tail = stream.read()
    found = tail.rfind(_END)
    if found < 0 or found + 22 > len(tail):
        raise FormatProblem(_BROKEN)
    length, start = struct.unpack_from("<II", tail, found + 12)
    end_at = tail_at + found
    if found >= 20 and tail[found - 20 : found - 16] == _LOCATOR64:
        # Where the standard library looks, whatever the locator says.
        end64 = end_at - 20 - 56
        if end64 < 0 or struct.unpack_from("<Q", tail, found - 12) != (end64,):
            raise FormatProblem(_BROKEN)
        stream.seek(end64)
        record = stream.read(56)
        if record[:4] != _END64:
            raise FormatProblem(_BROKEN)
        length, start = struct.unpack_from("<QQ", record, 40)
        end_at = end64
    elif _FULL32 in {length, start}:
        raise FormatProblem(_BROKEN)
    # Bytes may stand before the archive: its table ends where its end record begins.
    return max(0, end_at - length), length


def _crowd() -> FormatProblem:
    return FormatProblem(f"The archive holds more than {limits.ENTRIES:,} files. Divide it.")


def _usable(infos: list[zipfile.ZipInfo], note: Note) -> dict[str, zipfile.ZipInfo]:
    """Return the members that may be read, by cleaned names."""
    found: dict[str, zipfile.ZipInfo] = {}
    masks = 0
    for info in infos:
        if info.is_dir() or _is_litter(info.filename):
            continue
        name = _clean(info.filename)
        refused = _refusal(info, name)
        if refused is not None:
            note(refused)
        elif name in found:
            note(
                Remark(name, Odd.NOT_READ, "The archive holds two files of this name; the first one is read.")
            )
        else:
            found[name] = info
            masks += is_mask(name)
    if masks:
        note(Remark("", Odd.MASKS, f"{masks} files are masks; boxes are read, masks are not."))
    return found


def _refusal(info: zipfile.ZipInfo, name: str) -> Remark | None:
    if not name:
        return Remark(
            printable(info.filename),
            Odd.UNSAFE_NAME,
            "The name leads out of the archive, so it was not read.",
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        return Remark(name, Odd.LINK, "This is a link to another file; links are not followed.")
    if info.flag_bits & _ENCRYPTED:
        return Remark(name, Odd.ENCRYPTED, "The file is encrypted. Make the archive without a password.")
    if info.compress_type not in _PLAIN:
        return Remark(
            name, Odd.UNREADABLE_FILE, "The file is packed in a way that is not read here; use plain ZIP."
        )
    if name.lower().endswith(_ARCHIVES):
        return Remark(name, Odd.NOT_READ, "Archives inside an archive are not opened.")
    return None


def _is_litter(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any(part in _LITTER for part in parts) or (bool(parts) and parts[-1].startswith("."))


def _clean(name: str) -> str:
    """Return a member's name with slashes, or nothing when it leads out of the archive."""
    name = name.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in {"", "."}]
    drive = bool(parts) and len(parts[0]) == 2 and parts[0][1] == ":"
    if name.startswith("/") or drive or ".." in parts or not parts or len(name) > 1_000:
        return ""
    return printable("/".join(parts))


def printable(text: str) -> str:
    """Return text without control characters, at most 400 characters."""
    return "".join(character for character in text if character.isprintable())[:400]
