"""What becomes of a patient's photo: a picture and nothing else, or a word."""

import logging
import struct
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import fields, replace
from io import BytesIO

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from scarclinic.staff import confined
from scarclinic.staff.decoding import cleaning, decoder, jpeg, limits
from tests.consultations.photos import files

FOREIGN = (
    "This is not a photo that we can read. Send it as JPEG, PNG, WebP or HEIC, or take "
    "a screenshot of it and send that."
)
PIXELS = (
    "The photo has more than 60 million pixels. Take a screenshot of it, and send the "
    "screenshot."
)
UNREADABLE = (
    "We could not read this photo. Take a screenshot of it and send that, or send it as "
    "JPEG."
)


@pytest.fixture(autouse=True)
def own_places(monkeypatch, tmp_path):
    """Keep the places of this test apart from those of tests that run beside it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def told():
    """Return what is written to the log, line by line."""
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    cleaning.logger.addHandler(handler)
    yield lines
    cleaning.logger.removeHandler(handler)


def kept(body):
    """Clean a file, and hold the result to what is promised of each."""
    photo = cleaning.clean(files.upload(body), who="ada")
    assert photo.body != body
    with Image.open(BytesIO(photo.body)) as image:
        assert (image.format, image.mode) == ("JPEG", "RGB")
        assert image.size == (photo.width, photo.height)
        assert dict(image.getexif()) == {}
        assert image.info.keys() - {"jfif", "jfif_unit", "jfif_version"} == {
            "jfif_density"
        }
    return photo


def refused(body):
    with pytest.raises(cleaning.Unsuitable) as unsuitable:
        cleaning.clean(files.upload(body), who="ada")
    return str(unsuitable.value)


def first_corners(body):
    """Clean within this process: fast, where only the pixels matter."""
    return files.corners(decoder.clean(body))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF", "MPO"])
def test_a_photo_of_each_format_is_kept_without_what_it_tells_of_the_patient(kind):
    drawn = files.drawn()
    hidden = {"exif": files.exif(), "xmp": files.XMP}
    if kind == "JPEG":
        hidden |= {"comment": files.SECRET}
    if kind == "MPO":
        hidden = {"save_all": True, "append_images": [drawn], "exif": files.exif()}
    body = files.saved(drawn, kind, **hidden)
    assert b"Camera of Ada" in body
    photo = kept(body)
    assert (photo.width, photo.height) == (160, 120)
    assert files.corners(photo.body) == "RGB-"
    assert b"Camera of Ada" not in photo.body


def test_the_place_where_a_photo_was_taken_goes():
    body = files.saved(files.drawn(), exif=files.exif())
    with Image.open(BytesIO(body)) as image:
        assert image.getexif().get_ifd(files.GPS)[1] == "N"
    kept(body)


# A HEIC tells it twice, by Exif and by a mark of its own, and is turned once.
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize(
    ("orientation", "corners"),
    [
        (1, "RGB-"),
        (2, "GR-B"),
        (3, "-BGR"),
        (4, "B-RG"),
        (5, "RBG-"),
        (6, "BR-G"),
        (7, "-GBR"),
        (8, "G-RB"),
    ],
)
def test_a_photo_stands_upright_however_the_phone_was_held(kind, orientation, corners):
    body = files.saved(files.drawn(), kind, exif=files.exif(orientation).tobytes())
    assert first_corners(body) == corners


def test_exif_that_cannot_be_read_loses_no_photo():
    rubbish = b"Exif\0\0MM\0*\xff\xff\xff\xff rubbish"
    assert files.corners(kept(files.saved(files.drawn(), exif=rubbish)).body) == "RGB-"
    text = PngInfo()
    text.add_text("Raw profile type exif", "\nexif\n4\nrubbish")
    assert first_corners(files.saved(files.drawn(), "PNG", pnginfo=text)) == "RGB-"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_colours_are_those_that_the_camera_meant(kind):
    body = files.saved(files.drawn(), kind, icc_profile=files.profile())
    assert first_corners(body) == "BGR-"


def test_colours_of_what_is_partly_clear_are_converted_too():
    image = files.drawn().convert("RGBA")
    image.paste((0, 0, 0, 0), (20, 20, 60, 40))
    body = files.saved(image, "PNG", icc_profile=files.profile())
    cleaned = decoder.clean(body)
    assert files.corners(cleaned) == "BGR-"
    assert min(Image.open(BytesIO(cleaned)).getpixel((40, 30))) > 250


@pytest.mark.parametrize("about", [b"none", b""])
def test_a_colour_profile_that_is_none_is_passed_over(about):
    assert first_corners(files.saved(files.drawn(), icc_profile=about)) == "RGB-"


def test_a_profile_for_other_colours_than_the_photos_is_passed_over():
    body = files.saved(files.drawn().convert("L"), icc_profile=files.profile())
    assert Image.open(BytesIO(decoder.clean(body))).getpixel((2, 2))[0] in range(70, 82)


@pytest.mark.parametrize(
    ("mode", "kind", "corners"),
    [
        ("P", "PNG", "RGB-"),
        ("RGBA", "PNG", "RGB-"),
        ("RGBA", "WEBP", "RGB-"),
        ("RGBA", "HEIF", "RGB-"),
        ("CMYK", "JPEG", "RGB-"),
        ("YCbCr", "JPEG", "RGB-"),
    ],
)
def test_pixels_of_every_kind_keep_their_colours(mode, kind, corners):
    assert first_corners(files.saved(files.drawn().convert(mode), kind)) == corners


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("1", "PNG"), ("L", "JPEG"), ("L", "PNG"), ("LA", "PNG"), ("L", "HEIF")],
)
def test_grey_stays_as_light_as_it_is(mode, kind):
    image = Image.new("L", (64, 64), 0)
    image.paste(255, (32, 0, 64, 64))
    shown = Image.open(BytesIO(decoder.clean(files.saved(image.convert(mode), kind))))
    assert (shown.getpixel((5, 5))[0] < 8, shown.getpixel((60, 5))[0] > 247) == (
        True,
        True,
    )


@pytest.mark.parametrize(("colour", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_sixteen_bits_a_colour_become_eight(colour, channels):
    opaque = [0x8000] * channels
    if colour in (4, 6):
        opaque[-1] = 0xFFFF
    row = b"\0" + struct.pack(f">{channels}H", *opaque) * 40
    shown = Image.open(BytesIO(decoder.clean(files.png(40, 40, 16, colour, row * 40))))
    assert {abs(each - 128) < 3 for each in shown.getpixel((20, 20))} == {True}


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGBA"), ("WEBP", "RGBA"), ("PNG", "P")]
)
def test_what_is_clear_becomes_white(kind, mode):
    image = Image.new(mode, (40, 40))
    options = {"transparency": 0} if mode == "P" else {}
    cleaned = decoder.clean(files.saved(image, kind, **options))
    assert min(Image.open(BytesIO(cleaned)).getpixel((20, 20))) > 250


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_a_moving_picture_the_first_is_kept(kind):
    more = [Image.new("RGB", (160, 120), "black")] * 2
    body = files.saved(
        files.drawn(), kind, save_all=True, append_images=more, duration=100
    )
    assert files.corners(kept(body).body) == "RGB-"


@pytest.mark.parametrize(
    ("size", "becomes"),
    [
        ((4800, 3600), (2400, 1800)),
        ((3000, 4001), (1800, 2400)),
        ((2400, 2400), (2400, 2400)),
        ((2399, 10), (2399, 10)),
        ((16000, 100), (2400, 15)),
        ((30000, 1), (2400, 1)),
        ((1, 1), (1, 1)),
    ],
)
def test_a_photo_is_made_no_wider_or_higher_than_2400_and_never_larger(size, becomes):
    photo = kept(files.saved(Image.new("RGB", size, "teal")))
    assert (photo.width, photo.height) == becomes


def test_what_is_kept_differs_from_the_upload_even_if_we_wrote_that_too():
    body = decoder.clean(files.saved(Image.new("RGB", (64, 64), "teal")))
    assert decoder._saved(Image.open(BytesIO(body)), decoder.QUALITY) == body
    kept(body)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_is_hidden_behind_a_photo_goes(kind):
    body = files.zipped(files.saved(files.drawn(), kind)) + files.SECRET
    photo = kept(body)
    assert (b"PK\x03\x04" in photo.body, b"<?php" in photo.body) == (False, False)
    assert jpeg.size_of(photo.body) == (160, 120)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"I am a text, and my name is IMG_0001.jpg.",
        files.SECRET,
        files.zipped(),
        files.zipped(b"GIF89a"),
        b"%PDF-1.7\n" + files.saved(files.drawn()),
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>x()</script></svg>',
        b"\xff\xd8\xff",
        b"\0\0\0\x18ftypheic",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 64,
        b"RIFF\x10\0\0\0WEBPVP8 ",
        files.saved(files.drawn(), "GIF"),
        files.saved(files.drawn(), "TIFF"),
        files.saved(files.drawn(), "BMP"),
        files.saved(files.drawn(), "AVIF"),
        files.saved(files.drawn(), "PDF"),
    ],
    ids=lambda body: repr(body[:12]),
)
def test_what_is_no_photo_is_refused_with_what_to_do(body):
    assert refused(body) in (FOREIGN, UNREADABLE)


def test_a_name_makes_no_photo_and_unmakes_none():
    assert refused(files.saved(files.drawn(), "GIF")) == FOREIGN
    photo = cleaning.clean(
        files.upload(files.saved(files.drawn()), "notes.txt"), who="ada"
    )
    assert photo.width == 160


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_half_a_photo_is_refused(told, kind):
    image = Image.effect_noise((200, 200), 60).convert("RGB")
    body = files.saved(image, kind)
    assert refused(body[: len(body) // 2]) in (FOREIGN, UNREADABLE)
    assert told == []


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_photo_with_rubbish_in_it_is_kept_clean_or_refused(told, kind):
    body = bytearray(
        files.saved(Image.effect_noise((120, 120), 60).convert("RGB"), kind)
    )
    body[len(body) // 2 : len(body) // 2 + 40] = bytes(range(40))
    with suppress(cleaning.Unsuitable):
        kept(bytes(body))
    assert told == []


# Limits


@pytest.mark.parametrize(
    "body",
    [
        files.bomb(7747),
        files.bomb(60_000),
        files.jpeg_of(65_000, 65_000),
        files.jpeg_of(8000, 7501),
        b"RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0" + b"\0" * 4 + b"\xff\x3f\0" * 2 + b"\0" * 8,
    ],
    ids=["png", "large png", "large jpeg", "jpeg", "webp"],
)
def test_a_small_file_that_claims_many_pixels_is_not_decoded(told, body):
    assert len(body) < 5000
    assert (refused(body), told) == (PIXELS, [])


def test_sixty_million_pixels_are_still_read():
    image = Image.new("L", (8000, 7500), 90)
    photo = kept(files.saved(image))
    assert (photo.width, photo.height) == (2400, 2250)


def test_a_file_of_more_than_20_mb_is_refused_before_anything_is_started(monkeypatch):
    monkeypatch.setattr(confined, "run", None)
    assert refused(b"\xff" * (limits.MAX_BYTES + 1)) == (
        "The photo is larger than 20 MB. Take a screenshot of it, and send the "
        "screenshot."
    )


def test_a_file_of_20_mb_is_read():
    body = files.saved(files.drawn())
    kept(body + b"\0" * (limits.MAX_BYTES - len(body)))


def test_a_photo_that_needs_too_much_memory_is_refused_with_what_to_do(told):
    image = Image.new("RGB", (7700, 7700))
    body = files.saved(image, "PNG", transparency=(1, 2, 3), compress_level=1)
    assert refused(body) == UNREADABLE
    assert told == ["A photo could not be decoded: it needed too much memory."]


@pytest.fixture
def decode_with(monkeypatch):
    """Return a function: decode with this code instead, until told otherwise."""

    @contextmanager
    def instead(code, **limits):
        class Instead(confined.Work):
            command = [sys.executable, "-c", code]

        told = {
            each.name: getattr(cleaning.DECODER, each.name)
            for each in fields(cleaning.DECODER)
        }
        with monkeypatch.context() as broken:
            broken.setattr(cleaning, "DECODER", Instead(**told | limits))
            yield

    return instead


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("import os; os.abort()", "the decoder ended with status -6"),
        ("import os; os.kill(os.getpid(), 11)", "the decoder ended with status -11"),
        ("1 / 0", "the decoder ended with status 1"),
        ("pass", "the decoder answered with something else, cut off"),
        ("print('<script>')", "the decoder answered with something else, 0x6372"),
    ],
)
def test_a_decoder_that_fails_takes_nothing_along(decode_with, told, code, line):
    photo = files.saved(files.drawn())
    with decode_with(code):
        assert refused(photo) == UNREADABLE
    assert told == [f"A photo could not be decoded: {line}."]
    kept(photo)


def test_a_decoder_that_takes_too_long_is_ended(decode_with, told):
    photo = files.saved(files.drawn())
    with decode_with("import signal; signal.pause()", seconds=0.1):
        assert refused(photo) == UNREADABLE
    assert told == ["A photo could not be decoded: it took longer than 0.1 s."]
    kept(photo)


NO_PLACE = "We are reading other photos right now. Try again in a moment."


@pytest.fixture
def impatient(monkeypatch):
    work = replace(cleaning.DECODER, patience=0)
    monkeypatch.setattr(cleaning, "DECODER", work)
    return work


def test_two_photos_are_decoded_at_a_time_and_a_third_is_asked_to_wait(impatient):
    photo = files.saved(files.drawn())
    with confined.place(impatient, "grace"):
        kept(photo)
        with confined.place(impatient, "edith"):
            assert refused(photo) == NO_PLACE
    kept(photo)


def test_of_one_person_one_photo_is_decoded_at_a_time(impatient):
    photo = files.saved(files.drawn())
    with confined.place(impatient, "ada"):
        assert refused(photo) == NO_PLACE
        upload = files.upload(photo)
        assert cleaning.clean(upload, who="grace").width == 160


def test_a_place_stays_taken_for_as_long_as_its_decoder_runs(decode_with, told):
    count = """
import os, sys
held = 0
for each in os.listdir("/proc/self/fd"):
    path = f"/proc/self/fd/{each}"
    held += os.path.lexists(path) and "-decoder-" in os.readlink(path)
sys.exit(20 + held)
"""
    with decode_with(count):
        refused(b"x")
    assert told == ["A photo could not be decoded: the decoder ended with status 22."]


def test_the_decoder_is_told_no_secret_of_the_site(monkeypatch, decode_with, told):
    monkeypatch.setenv("SECRET_KEY", "open sesame")
    # Python itself sets LC_CTYPE where it finds no language.
    count = "import os, sys; sys.exit(20 + len(os.environ.keys() - {'LC_CTYPE'}))"
    with decode_with(count):
        refused(b"x")
    assert told == ["A photo could not be decoded: the decoder ended with status 20."]


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("bytearray(660 * 2**20)", "MemoryError"),
        ("pathlib.Path(sys.argv[1]).write_text('x')", "OSError"),
        ("pathlib.Path('manage.py').read_text()", "OSError"),
        ("import os; os.close(0); pathlib.Path('manage.py').read_text()", "OSError"),
        ("import socket; socket.socket()", "OSError"),
    ],
)
def test_the_decoder_is_confined(settings, tmp_path, code, answer):
    program = f"""
import pathlib, sys
from scarclinic.staff.decoding import decoder
decoder.limit_resources()
try:
    {code}
except Exception as refused:
    print(type(refused).__name__)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "file")],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == answer


def test_the_decoder_loads_neither_django_nor_the_site(settings):
    program = (
        "import sys; from scarclinic.staff.decoding import decoder; print(*sys.modules)"
    )
    loaded = subprocess.check_output(
        [sys.executable, "-c", program], cwd=settings.BASE_DIR, text=True
    ).split()
    assert {each for each in loaded if each.startswith("django")} == set()
    ours = ("consultations", "methods", "scarclinic")
    assert {each for each in loaded if each.split(".")[0] in ours} == {
        "scarclinic",
        "scarclinic.staff",
        "scarclinic.staff.decoding",
        "scarclinic.staff.decoding.decoder",
        "scarclinic.staff.decoding.limits",
        "scarclinic.staff.decoding.pixels",
    }


def test_nothing_of_a_photo_is_left_on_the_disk(own_places):
    kept(files.saved(files.drawn()))
    assert {each.read_bytes() for each in own_places.iterdir()} == {b""}
    assert {oct(each.stat().st_mode & 0o777) for each in own_places.iterdir()} == {
        "0o600"
    }
