"""What a file is taken for: by what is in it, whatever it is called."""

from __future__ import annotations

import io
import struct
import tracemalloc
from contextlib import suppress
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import settings as fuzzing
from hypothesis import strategies as st

from news import filetypes
from news.filetypes import Facts, Refused, recognised
from news.models import Kind
from tests.files import (
    LOCKED_PDF,
    PDF,
    SOUND,
    box,
    mp4,
    office,
    ole,
    track,
    types_of,
    zipped,
)
from tests.helpers import picture_bytes

pytestmark = pytest.mark.once

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
MACROS = "application/vnd.ms-word.document.macroEnabled.main+xml"


def facts(data: bytes) -> Facts:
    return recognised(io.BytesIO(data))


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as refused:
        facts(data)
    return str(refused.value)


# --- Taken


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PDF, Kind.PDF),
        (PDF + b"\n" * 900, Kind.PDF),
        (office("docx"), Kind.WORD),
        (office("xlsx"), Kind.EXCEL),
        (office("pptx"), Kind.POWERPOINT),
    ],
)
def test_documents_are_what_is_in_them(data, kind):
    assert facts(data) == (kind, None, None)


def test_a_slide_show_is_a_presentation():
    main = types_of(
        "ppt/presentation.xml", f"{WORD.rpartition('wordp')[0]}presentationml.slideshow.main+xml"
    )
    assert facts(office("pptx", **{"[Content_Types].xml": main})).kind == Kind.POWERPOINT


def test_a_video_says_how_large_it_is():
    assert facts(mp4()) == (Kind.VIDEO, 640, 360)
    assert facts(mp4(SOUND, track(size=(1920, 1080)))) == (Kind.VIDEO, 1920, 1080)


@pytest.mark.parametrize("matrix", [(0, 1, -1, 0), (0, -1, 1, 0)])
def test_a_video_that_a_phone_turned_is_as_large_as_it_is_shown(matrix):
    assert facts(mp4(track(size=(1920, 1080), matrix=matrix))) == (Kind.VIDEO, 1080, 1920)


def test_a_video_may_have_its_index_behind_its_data_and_long_boxes():
    data = mp4()
    at = data.index(b"moov") - 4
    index, frames = data[at : data.index(b"mdat") - 4], data[data.index(b"mdat") + 4 :]
    long = struct.pack(">I4sQ", 1, b"mdat", len(frames) + 16) + frames
    assert facts(data[:at] + long + index).kind == Kind.VIDEO
    endless = struct.pack(">I4s", 0, b"mdat") + frames
    assert facts(data[:at] + index + endless).kind == Kind.VIDEO


# --- Refused


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"<html><script>alert(1)</script>", "unknown"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unknown"),
        (b"MZ\x90\x00 This program cannot be run", "unknown"),
        (b"\x7fELF", "unknown"),
        (b"{\\rtf1 text}", "unknown"),
        (b"<html>" + PDF, "unknown"),
        (b"MZ" + office(), "unknown"),
        (picture_bytes("PNG"), "picture"),
        (picture_bytes("WEBP"), "picture"),
        (b"\0\0\0\x18ftypavif" + bytes(99), "picture"),
        (ole("WordDocument"), "old office"),
        (ole("EncryptedPackage"), "password"),
    ],
)
def test_what_no_library_has_is_refused_by_what_it_is(data, reason):
    assert refusal(data) == reason


@pytest.mark.parametrize(
    "data", [PDF[:-30], PDF[:60], b"%PDF-", b"%PDF-1.7<script>alert(1)</script>"]
)
def test_a_pdf_that_is_not_all_there_is_refused(data):
    assert refusal(data) == "broken"


@pytest.mark.parametrize(
    "data",
    [
        LOCKED_PDF,
        LOCKED_PDF.replace(b"5 0 R", b"<</Filter /Standard>>"),
        PDF[:9] + bytes(1024**2 - 15) + b"/Encrypt 5 0 R" + PDF[9:],  # Between two pieces of it.
    ],
)
def test_a_pdf_with_a_password_is_refused(data):
    assert refusal(data) == "password"


@pytest.mark.parametrize(
    "data",
    [
        office(**{"[Content_Types].xml": types_of("word/document.xml", MACROS)}),
        office(word__vbaProject_bin="x").replace(b"vbaProject_bin", b"vbaProject.bin"),
        office(
            **{
                "[Content_Types].xml": types_of(
                    "word/document.xml",
                    WORD,
                    '<Override PartName="/a" ContentType="application/vnd.ms-office.vbaProject"/>',
                )
            }
        ),
        office(
            **{
                "[Content_Types].xml": types_of(
                    "word/document.xml", MACROS.replace("macro", "&#109;acro")
                )
            }
        ),
    ],
)
def test_programs_in_office_files_are_refused(data):
    assert refusal(data) == "macros"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (zipped({"readme.txt": "text"}), "unknown"),
        (zipped({"[Content_Types].xml": types_of("word/document.xml", WORD)}), "unknown"),
        (zipped({"[Content_Types].xml": "", "word/document.xml": ""}), "unknown"),
        (
            office(**{"[Content_Types].xml": f"<!-- {types_of('word/document.xml', WORD)} -->"}),
            "broken",
        ),
        (
            office(**{"[Content_Types].xml": types_of("word/document.xml", WORD).encode("utf-16")}),
            "broken",
        ),
        (
            office(**{"[Content_Types].xml": types_of("word/document.xml", WORD) + " " * 1024**2}),
            "broken",
        ),
        (office()[:-40], "broken"),
        (office()[:200], "broken"),
        (b"PK\x03\x04", "broken"),
    ],
)
def test_a_zip_that_is_no_office_file_is_refused(data, reason):
    assert refusal(data) == reason


def test_an_office_file_with_a_password_of_a_zip_is_refused():
    data = bytearray(office())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(data)) == "password"


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    bomb = office(word__media__a_xml=bytes(300 * 1024**2))
    assert len(bomb) < 1024**2
    tracemalloc.start()
    assert refusal(bomb) == "bomb"
    assert tracemalloc.get_traced_memory()[1] < 8 * 1024**2
    tracemalloc.stop()


def test_a_zip_that_claims_very_many_parts_is_not_read():
    data = bytearray(office())
    at = data.rindex(b"PK\x05\x06")
    data[at + 10 : at + 12] = struct.pack("<H", 65_000)
    assert refusal(bytes(data)) == "bomb"
    assert refusal(bytes(data) + b"a comment") == "bomb"


def test_a_zip_with_a_second_record_of_its_sizes_is_not_read():
    """Which `zipfile` believes, and no program writes for what may be uploaded."""
    data = office()
    at = data.rindex(b"PK\x05\x06")
    entries, length, start = struct.unpack("<HLL", data[at + 10 : at + 20])
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, *[0] * 7, 1, *[0] * 6) + b"a"
    directory = data[start:at] + entry * 30_000
    record = (44, 45, 45, 0, 0, entries + 30_000, entries + 30_000, len(directory), start)
    data = data[:start] + directory + struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", *record)
    data += struct.pack("<4sLQL", b"PK\x06\x07", 0, start + len(directory), 1)
    data += struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, entries, entries, length, start, 0)
    with ZipFile(io.BytesIO(data)) as parts:
        assert len(parts.namelist()) == entries + 30_000
    assert refusal(data) == "bomb"


def test_a_part_beyond_all_ends_is_refused():
    data = office()
    at, end = data.index(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    name = struct.unpack("<H", data[at + 28 : at + 30])[0]
    beyond = struct.pack("<HHQ", 1, 8, 2**63 + 5)
    entry = data[at : at + 30] + struct.pack("<H", len(beyond)) + data[at + 32 : at + 42]
    entry += b"\xff" * 4 + data[at + 46 : at + 46 + name] + beyond
    directory = entry + data[at + 46 + name : end]
    data = data[:at] + directory + data[end : end + 12]
    data += struct.pack("<LLH", len(directory), at, 0)
    assert refusal(data) == "broken"


@pytest.mark.parametrize("data", [PDF[:9] + bytes(2000) + PDF[9:], office(more=bytes(2000))])
def test_a_document_larger_than_any_may_be_is_not_looked_through(settings, monkeypatch, data):
    settings.DOCUMENT_MAX_BYTES = len(data)
    assert facts(data)
    settings.DOCUMENT_MAX_BYTES = len(data) - 1
    monkeypatch.setattr(filetypes, "_has", lambda *_: pytest.fail("It was."))
    monkeypatch.setattr(filetypes, "ZipFile", lambda *_: pytest.fail("It was."))
    assert refusal(data) == "large"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (mp4(brands=b"qt  \0\0\0\0qt  isom"), "brand"),
        (mp4(brands=b"M4A \0\0\0\0M4A "), "brand"),
        (mp4(track(codec=b"hvc1")), "codec"),
        (mp4(track(codec=b"av01")), "codec"),
        (mp4(track(), track(b"soun", b"ac-3", (0, 0))), "codec"),
        (mp4(track(codec=b"encv")), "locked"),
        (mp4(SOUND), "sound only"),
        (mp4(track(size=(0, 0))), "sound only"),
        (mp4()[:-3], "broken"),
        (mp4()[:40], "broken"),
        (mp4() + b"more", "broken"),
        (box(b"ftyp", b"isom\0\0\0\0isom") + box(b"mdat", b"frames"), "broken"),
        (box(b"ftyp", b"isom\0\0\0\0isom") + box(b"moov", track()), "broken"),
        (box(b"ftyp", b"isom\0\0\0\0isom") + struct.pack(">I4s", 3, b"moov"), "broken"),
        (mp4(box(b"trak", box(b"tkhd", bytes(4)))), "broken"),
        (mp4(box(b"trak", box(b"mdia", struct.pack(">I4s", 9999, b"hdlr")))), "broken"),
    ],
)
def test_a_video_that_not_all_browsers_play_is_refused(data, reason):
    assert refusal(data) == reason


@fuzzing(max_examples=400, deadline=None, derandomize=True)
@given(
    data=st.sampled_from([PDF, office(), mp4(), ole("WordDocument")]),
    at=st.integers(0, 2000),
    bytes_=st.binary(min_size=1, max_size=40),
    end=st.integers(1, 3000),
)
def test_a_mangled_file_is_taken_or_refused_and_nothing_else(data, at, bytes_, end):
    mangled = bytearray(data)
    mangled[at % len(data) : at % len(data) + len(bytes_)] = bytes_
    with suppress(Refused):
        assert facts(bytes(mangled[:end])).kind in Kind
