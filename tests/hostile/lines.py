"""Requests that lie on the line: lengths, parts, encodings, ends. Each gets an answer, and the server lives on."""

import random
from collections.abc import Iterator

from tests.hostile.good import good

BOUNDARY = b"x-boundary"


def _part(name: bytes, filename: bytes | None, body: bytes, extra: bytes = b"") -> bytes:
    disposition = b'Content-Disposition: form-data; name="' + name + b'"'
    if filename is not None:
        disposition += b'; filename="' + filename + b'"'
    return b"--" + BOUNDARY + b"\r\n" + disposition + b"\r\n" + extra + b"\r\n" + body + b"\r\n"


END = b"--" + BOUNDARY + b"--\r\n"
FORM = b"multipart/form-data; boundary=" + BOUNDARY


def bodies(rng: random.Random) -> Iterator[tuple[str, bytes, bytes, dict[str, str]]]:
    """Yield (what it is, content type, body as it goes over the line, further headers)."""
    picture = good(rng.choice(("png", "jpeg", "bmp one bit")))
    file = _part(b"file", b"a.png", picture)
    yield "no end", FORM, file, {}
    yield "no boundary", b"multipart/form-data", file + END, {}
    yield "another boundary", b"multipart/form-data; boundary=other", file + END, {}
    yield "a boundary of 4,000", b"multipart/form-data; boundary=" + b"x" * 4_000, file + END, {}
    yield "nothing", FORM, b"", {}
    yield "only the end", FORM, END, {}
    yield "a form of another kind", b"application/x-www-form-urlencoded", b"file=" + picture[:400], {}
    yield "JSON", b"application/json", b'{"file": "' + b"A" * 900 + b'"}', {}
    yield "no kind", b"", file + END, {}
    yield "two files", FORM, file + file + END, {}
    yield (
        "a thousand fields",
        FORM,
        b"".join(_part(b"f%d" % i, None, b"1") for i in range(1_000)) + file + END,
        {},
    )
    yield (
        "three thousand fields",
        FORM,
        b"".join(_part(b"f%d" % i, None, b"1") for i in range(3_000)) + END,
        {},
    )
    yield "a field of three megabytes", FORM, _part(b"file", None, b"A" * 3_000_000) + END, {}
    yield "another field", FORM, _part(b"other", b"a.png", picture) + END, {}
    yield (
        "base64",
        FORM,
        _part(b"file", b"a.png", b"AAAA", b"Content-Transfer-Encoding: base64\r\n") + END,
        {},
    )
    yield (
        "bad base64",
        FORM,
        _part(b"file", b"a.png", b"=A=A", b"Content-Transfer-Encoding: base64\r\n") + END,
        {},
    )
    yield "a name of 70,000", FORM, _part(b"file", b"a" * 70_000, picture) + END, {}
    yield "no name", FORM, _part(b"file", b"", picture) + END, {}
    yield "a quoted name", FORM, _part(b"file", rb"a\"; x=\"b", picture) + END, {}
    yield "a name in UTF-16", FORM, _part(b"file", "ä.png".encode("utf-16"), picture) + END, {}
    yield "a star name", FORM, file.replace(b'filename="a.png"', b"filename*=UTF-8''%00%2e%2e%2fa") + END, {}
    yield "headers without end", FORM, b"--" + BOUNDARY + b"\r\nX: " + b"a" * 200_000, {}
    yield (
        "nested parts",
        FORM,
        _part(b"file", b"a", file, b"Content-Type: multipart/mixed; boundary=y\r\n") + END,
        {},
    )
    yield "another language", FORM, file + END, {"Accept-Language": "x" * 3_000, "Accept": "*/*;q=nan"}
    yield "packed", FORM, file + END, {"Content-Encoding": "gzip"}


def lengths(rng: random.Random) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield (what it is, header that tells the length, body as it goes over the line)."""
    whole = _part(b"file", b"a.png", good("png")) + END
    yield "longer than sent", b"Content-Length: %d" % (len(whole) + 5_000), whole
    yield "shorter than sent", b"Content-Length: %d" % (len(whole) // 2), whole
    yield "a length below nothing", b"Content-Length: -1", whole
    yield "a length that is no number", b"Content-Length: 1e3", whole
    yield "two lengths", b"Content-Length: 5\r\nContent-Length: %d" % len(whole), whole
    yield "a length of terabytes", b"Content-Length: 99999999999999", whole[:2_000]
    yield "pieces", b"Transfer-Encoding: chunked", b"%x\r\n%s\r\n0\r\n\r\n" % (len(whole), whole)
    yield "pieces without end", b"Transfer-Encoding: chunked", b"%x\r\n%s\r\n" % (len(whole), whole)
    yield "a piece that lies", b"Transfer-Encoding: chunked", b"ffffffff\r\n" + whole
    yield "pieces that are no numbers", b"Transfer-Encoding: chunked", b"zz\r\n" + whole
    yield (
        "pieces and a length",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4",
        b"%x\r\n%s\r\n0\r\n\r\n" % (len(whole), whole),
    )
    yield "noise", b"Content-Length: %d" % len(whole), rng.randbytes(len(whole))
