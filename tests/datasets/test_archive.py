"""What an archive of a stranger may not do: lead out, link, hide, swell, or hold more than a site bears."""

import io
import stat
import struct
import zipfile

import pytest

from apps.datasets import archive as reading
from apps.datasets import limits
from apps.datasets.archive import BadMember
from apps.datasets.values import FormatProblem, Odd
from tests.datasets.archives import opened, picture, zipped


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "C:/windows/win.ini",
        "a/../../b.png",
        "..\\..\\b.png",
        "\\\\host\\a.png",
    ],
)
def test_a_name_that_leads_out_is_not_read(name: str) -> None:
    archive, remarks = opened(zipped({name: b"x", "good.png": picture()}))
    assert list(archive.members) == ["good.png"]
    assert [remark.odd for remark in remarks] == [Odd.UNSAFE_NAME]


def test_links_are_not_followed() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        link = zipfile.ZipInfo("link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
    archive, remarks = opened(out.getvalue())
    assert not archive.members
    assert [remark.odd for remark in remarks] == [Odd.LINK]


def test_encrypted_members_are_named() -> None:
    data = bytearray(zipped({"a.txt": b"secret"}))
    at = data.find(b"PK\x01\x02")
    struct.pack_into("<H", data, at + 8, struct.unpack_from("<H", data, at + 8)[0] | 1)
    archive, remarks = opened(bytes(data))
    assert not archive.members
    assert [remark.odd for remark in remarks] == [Odd.ENCRYPTED]


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_named(how: int) -> None:
    archive, remarks = opened(zipped({"a.txt": b"x" * 1000}, how=how))
    assert not archive.members
    assert [remark.odd for remark in remarks] == [Odd.UNREADABLE_FILE]


def test_archives_inside_are_not_opened() -> None:
    archive, remarks = opened(zipped({"inner.zip": zipped({"a.png": picture()})}))
    assert not archive.members
    assert [remark.odd for remark in remarks] == [Odd.NOT_READ]


def test_a_bomb_is_stopped_while_it_swells(monkeypatch: pytest.MonkeyPatch) -> None:
    archive, _ = opened(zipped({"bomb.txt": b"\0" * 30_000_000}))
    monkeypatch.setattr(limits, "RATIO", 10)
    with pytest.raises(BadMember) as caught:
        archive.text("bomb.txt")
    assert caught.value.odd == Odd.TOO_LARGE


def test_what_is_above_its_limit_is_not_read_whole() -> None:
    archive, _ = opened(zipped({"a.txt": b"x" * 3_000_000}, how=zipfile.ZIP_STORED))
    with pytest.raises(BadMember, match="larger than 1 MB"):
        archive.data("a.txt", most=1 << 20)


def test_all_members_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    archive, _ = opened(zipped({f"{n}.txt": b"x" * 1000 for n in range(10)}))
    monkeypatch.setattr(limits, "UNPACKED_BYTES", 5_000)
    with pytest.raises(FormatProblem, match="unpacks to more than"):
        list(map(archive.text, archive.members))


def test_too_many_members_are_refused_before_they_are_read_into_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "ENTRIES", 99)

    def never(*_: object, **__: object) -> None:
        pytest.fail("the table of contents was read into memory")

    crowd = _crowd(100)
    monkeypatch.setattr(reading.zipfile, "ZipFile", never)
    with (
        pytest.raises(FormatProblem, match="more than 99 files"),
        reading.open_archive(io.BytesIO(crowd), lambda _: None),
    ):
        pass


def _crowd(count: int) -> bytes:
    return zipped({f"{n}.txt": b"" for n in range(count)})


def test_the_count_that_an_archive_claims_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(_crowd(200))
    end = data.rfind(b"PK\x05\x06")
    struct.pack_into("<HH", data, end + 8, 1, 1)
    monkeypatch.setattr(limits, "ENTRIES", 100)
    with pytest.raises(FormatProblem, match="more than 100 files"):
        opened(bytes(data))


def test_a_hundred_thousand_members_pass() -> None:
    archive, _ = opened(_crowd(limits.ENTRIES))
    assert len(archive.members) == limits.ENTRIES


@pytest.mark.parametrize(
    "data",
    [b"", b"PK", b"no archive at all", zipped({"a": b"x"})[:-10], b"PK\x05\x06" + b"\xff" * 18],
    # An archive holds the time of its making, and a test's name must not.
    ids=["empty", "beginning", "text", "cut", "end"],
)
def test_what_is_no_archive_gets_a_sentence(data: bytes) -> None:
    with pytest.raises(FormatProblem, match="damaged or no ZIP"):
        opened(data)


def test_a_damaged_member_gets_a_sentence() -> None:
    data = bytearray(zipped({"a.txt": b"x" * 500}, how=zipfile.ZIP_STORED))
    data[100] ^= 0xFF
    archive, _ = opened(bytes(data))
    with pytest.raises(BadMember, match="damaged"):
        archive.text("a.txt")


def test_masks_are_one_line() -> None:
    archive, remarks = opened(
        zipped({f"set/masks/{n}.png": picture(n) for n in range(3)} | {"set/a.png": picture(9)})
    )
    assert archive.pictures() == ["set/a.png"]
    assert [(remark.odd, remark.message.split()[0]) for remark in remarks] == [(Odd.MASKS, "3")]


def test_litter_is_passed_over_and_two_of_one_name_are_told() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in ("__MACOSX/._a.png", ".DS_Store", "a.png", "./a.png"):
            made.writestr(name, name)
    archive, remarks = opened(out.getvalue())
    assert list(archive.members) == ["a.png"]
    assert archive.text("a.png") == "a.png"
    assert [remark.odd for remark in remarks] == [Odd.NOT_READ]
