"""SECURITY 19: whatever is sent becomes a clean WebP in three sizes, or a refusal that says why."""

import random
import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageCms

from gigflow.core.images import PICTURE_BYTES_MAX, PIXELS_MAX, SIDES, ImageError, Shape, to_webp
from tests.support import images
from tests.support.images import BLUE, GREEN, RED, WHITE, chunks_of, is_about, opened, picture, png, saved

# What Pillow remarks on odd metadata is silenced in the application; pytest makes errors of warnings again.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")

ORIENTATION, GPS, CAMERA = 274, 34853, 272
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
NOT_TAKEN = "Choose a PNG, JPEG or WebP picture."
DAMAGED = "This picture is damaged or incomplete."
TOO_SLOW = "This picture takes too long to process. Save it again and send the new file."
TOO_MANY_PIXELS = "At most 40 million pixels."
TOO_MANY_OF_WEBP = "At most 20 million pixels."


def exif(**more: int) -> Image.Exif:
    """What a phone writes into a photo: where it was taken, by what, and how it was held."""
    found = Image.Exif()
    found[CAMERA] = "Telephone 7"
    found[GPS] = {1: "N", 2: (50.0, 5.0, 12.0)}
    if more:
        found[ORIENTATION] = more["orientation"]
    return found


def refusal(data: bytes, shape: Shape = "square") -> str:
    """What a person is told whose picture is refused."""
    with pytest.raises(ImageError) as refused:
        to_webp(data, shape)
    return str(refused.value)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_portrait_is_the_middle_in_three_squares(kind: str) -> None:
    """SECURITY 19."""
    found = to_webp(picture(1200, 800, kind), "square")
    assert {size: opened(data).size for size, data in found.items()} == {
        "small": (64, 64),
        "medium": (160, 160),
        "large": (480, 480),
    }
    for data in found.values():
        image = opened(data)
        side = image.width
        assert image.format == "WEBP"
        assert is_about(image.getpixel((side // 2, 0)), GREEN)
        assert is_about(image.getpixel((2, side - 2)), RED)
        assert is_about(image.getpixel((side - 2, side - 2)), BLUE)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_free_picture_keeps_its_proportions(kind: str) -> None:
    found = to_webp(picture(2000, 1000, kind), "free")
    assert {size: opened(data).size for size, data in found.items()} == {
        "small": (320, 160),
        "medium": (800, 400),
        "large": (1600, 800),
    }
    tall = to_webp(picture(1000, 2000, kind), "free")
    assert opened(tall["large"]).size == (800, 1600)


@pytest.mark.parametrize(
    ("width", "height", "square", "free"),
    [
        (1, 1, (1, 1), (1, 1)),
        (100, 90, (90, 90), (100, 90)),
        (481, 479, (479, 479), (481, 479)),
        (20_000, 1, (1, 1), (1600, 1)),
        (1, 20_000, (1, 1), (1, 1600)),
        (20_000, 600, (480, 480), (1600, 48)),
    ],
)
def test_no_picture_is_enlarged(
    width: int, height: int, square: tuple[int, int], free: tuple[int, int]
) -> None:
    """Also where it is a single pixel, or a line."""
    for kind in ("PNG", "JPEG"):
        data = picture(width, height, kind)
        for shape, size in (("square", square), ("free", free)):
            found = to_webp(data, shape)  # type: ignore[arg-type]
            assert opened(found["large"]).size == size
            assert max(opened(found["small"]).size) <= SIDES[shape]["small"]  # type: ignore[index]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_nothing_is_left_of_the_metadata(kind: str) -> None:
    """SECURITY 19: a photo says where it was taken, and a file may hide another behind the picture."""
    more: dict[str, object] = {"exif": exif(), "icc_profile": images.srgb_profile()}
    more |= {"pnginfo": images.text_chunks()} if kind == "PNG" else {"xmp": b"<x:xmpmeta>Prague</x:xmpmeta>"}
    if kind == "JPEG":
        more["comment"] = b"Alice Owner"
    sent = picture(600, 400, kind, **more) + b"PK\x03\x04<script>alert(1)</script>"
    assert b"Telephone 7" in sent
    for shape in SIDES:
        for data in to_webp(sent, shape).values():
            assert chunks_of(data) <= {"VP8", "VP8L", "VP8X", "ALPH"}
            assert not {
                key: value
                for key, value in opened(data).info.items()
                if key in ("exif", "xmp", "icc_profile")
            }
            for secret in (b"Telephone", b"Prague", b"Alice", b"script", b"sRGB"):
                assert secret not in data


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_photo_stands_upright(kind: str, orientation: int) -> None:
    """However the camera was held, the green line is at the top and red at the left."""
    upright = opened(picture(300, 200))
    turns = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    turn = turns[orientation]
    sent = saved(
        upright.transpose(turn) if turn is not None else upright, kind, exif=exif(orientation=orientation)
    )
    for shape, size in (("free", (300, 200)), ("square", (200, 200))):
        image = opened(to_webp(sent, shape)["large"])  # type: ignore[arg-type]
        assert image.size == size
        assert is_about(image.getpixel((image.width // 2, 2)), GREEN)
        assert is_about(image.getpixel((5, image.height - 5)), RED)
        assert is_about(image.getpixel((image.width - 5, image.height - 5)), BLUE)


def test_damaged_metadata_is_no_reason_to_refuse() -> None:
    """Cameras and programs write it wrong; it is dropped anyway."""
    marks = b"MM\x00*\x00\x00\x00\x08"
    for kind in ("JPEG", "WEBP"):
        sent = picture(90, 60, kind, exif=exif(orientation=6))
        at = sent.index(marks)
        for noise in (b"\xff" * 8, b"MM\x00*\xff\xff\xff\xff", b"MM\x00*\x00\x00\x00\x09"):
            found = to_webp(sent[:at] + noise + sent[at + 8 :], "free")
            assert sorted(opened(found["large"]).size) == [60, 90]


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("PNG", "1"),
        ("PNG", "L"),
        ("PNG", "LA"),
        ("PNG", "P"),
        ("PNG", "RGB"),
        ("PNG", "RGBA"),
        ("JPEG", "L"),
        ("JPEG", "RGB"),
        ("JPEG", "CMYK"),
        ("WEBP", "RGB"),
        ("WEBP", "RGBA"),
    ],
)
def test_every_way_to_store_colours_is_read(kind: str, mode: str) -> None:
    image = opened(to_webp(picture(1000, 700, kind, mode), "free")["large"])
    assert image.size == (1000, 700)
    if mode not in ("1", "L", "LA"):
        assert is_about(image.getpixel((10, 690)), RED)
        assert is_about(image.getpixel((990, 690)), BLUE)


def test_sixteen_bits_of_grey_keep_their_shades() -> None:
    row = struct.pack("<200H", *[20_000] * 100, *[60_000] * 100)
    image = Image.frombytes("I;16", (200, 100), row * 100)
    found = opened(to_webp(saved(image, "PNG"), "free")["large"])
    assert is_about(found.getpixel((20, 50)), (78, 78, 78))
    assert is_about(found.getpixel((180, 50)), (234, 234, 234))


def test_progressive_and_interlaced_files_are_read() -> None:
    assert opened(to_webp(picture(900, 600, "JPEG", progressive=True), "free")["large"]).size == (900, 600)
    interlaced = images.interlaced_png()
    assert is_about(opened(to_webp(interlaced, "free")["large"]).getpixel((0, 0)), WHITE)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_is_transparent_stays_so(kind: str) -> None:
    image = Image.new("RGBA", (600, 600), (*RED, 255))
    image.paste((0, 0, 0, 0), (0, 0, 300, 600))
    for shape in SIDES:
        for data in to_webp(saved(image, kind), shape).values():
            found = opened(data).convert("RGBA")
            assert found.getpixel((2, found.height // 2))[3] < 10  # type: ignore[index]
            assert found.getpixel((found.width - 3, found.height // 2))[3] == 255  # type: ignore[index]
    palette = Image.new("P", (50, 50), 1)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    one_colour = saved(palette, "PNG", transparency=1)
    assert opened(to_webp(one_colour, "free")["large"]).convert("RGBA").getpixel((25, 25))[3] == 0  # type: ignore[index]


def test_colours_of_a_profile_become_those_of_the_screen() -> None:
    """A profile goes with the rest of the metadata, so what it says is done first."""
    sent = picture(100, 100, "PNG", icc_profile=images.swapped_profile())
    expected = ImageCms.profileToProfile(
        opened(picture(100, 100)),
        ImageCms.ImageCmsProfile(BytesIO(images.swapped_profile())),
        ImageCms.createProfile("sRGB"),
    )
    assert expected is not None
    found = opened(to_webp(sent, "free")["large"]).convert("RGB")
    for at in ((10, 90), (90, 90), (50, 2)):
        assert is_about(found.getpixel(at), expected.getpixel(at))  # type: ignore[arg-type]
    assert not is_about(found.getpixel((10, 90)), RED)


@pytest.mark.parametrize("profile", [b"nonsense", b"\0" * 128, images.srgb_profile()[:200]])
def test_a_profile_that_says_nothing_is_left_out(profile: bytes) -> None:
    for kind in ("PNG", "JPEG", "WEBP"):
        found = opened(to_webp(picture(100, 100, kind, icc_profile=profile), "free")["large"])
        assert is_about(found.getpixel((10, 90)), RED)
    grey_with_colours = picture(100, 100, "PNG", "L", icc_profile=images.srgb_profile())
    assert opened(to_webp(grey_with_colours, "free")["large"]).size == (100, 100)


def test_of_an_animation_the_first_picture_is_taken() -> None:
    first, *others = (Image.new("RGB", (60, 60), colour) for colour in (RED, GREEN, BLUE))
    for kind in ("PNG", "WEBP", "MPO"):  # the last is a JPEG with more pictures behind the first
        sent = saved(first, kind, save_all=True, append_images=others)
        found = opened(to_webp(sent, "square")["large"])
        assert getattr(found, "n_frames", 1) == 1
        assert is_about(found.getpixel((30, 30)), RED)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "This file is empty."),
        (b"\0", NOT_TAKEN),
        (SVG, NOT_TAKEN),
        (b'<?xml version="1.0"?>' + SVG, NOT_TAKEN),
        (b"<!doctype html><h1>Hello</h1>", NOT_TAKEN),
        (b"%PDF-1.7", NOT_TAKEN),
        (b"GIF89a" + bytes(100), NOT_TAKEN),
        (b"PK\x03\x04" + bytes(100), NOT_TAKEN),
        (b"\0\0\0\x20ftypavif" + bytes(100), NOT_TAKEN),
        (b"\x89PNG\r\n\x1a\n", DAMAGED),
        (b"\x89PNG\r\n\x1a\n" + SVG, DAMAGED),
        (b"\xff\xd8\xff", DAMAGED),
        (b"\xff\xd8\xff\xe0" + SVG, DAMAGED),
        (b"RIFF\x24\0\0\0WAVEfmt " + bytes(100), DAMAGED),
        (b"RIFF\x24\0\0\0WEBPVP8 " + SVG, DAMAGED),
    ],
)
def test_what_is_no_picture_is_refused(data: bytes, message: str) -> None:
    """SECURITY 19: by its content, whatever its name and type say."""
    assert refusal(data) == message


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO", "PPM", "AVIF"])
def test_other_kinds_are_refused(kind: str) -> None:
    """SECURITY 19."""
    assert refusal(saved(Image.new("RGB", (64, 64), RED), kind)) == NOT_TAKEN


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_truncated_file_is_refused(kind: str) -> None:
    """SECURITY 19: no half picture, and no grey rest."""
    noise = Image.effect_noise((300, 200), 80).convert("RGB")
    whole = saved(noise, kind)
    assert to_webp(whole, "free")
    for kept in (20, len(whole) // 4, len(whole) // 2, len(whole) * 9 // 10):
        assert refusal(whole[:kept]) == DAMAGED


def test_a_file_that_is_too_large_is_not_looked_at() -> None:
    """SECURITY 19: the size is known before anything is decoded."""
    whole = picture(100, 100)
    to_webp(whole + bytes(PICTURE_BYTES_MAX - len(whole)), "square")
    assert refusal(whole + bytes(PICTURE_BYTES_MAX - len(whole) + 1)) == "At most 10 MB."


@pytest.mark.parametrize(
    "data",
    [
        png(8000, 5001, rows=b""),
        png(2**31 - 1, 2**31 - 1, rows=b""),
        png(60_000, 60_000, rows=zlib.compress(bytes(10**7), 9)),
        images.jpeg_of_size(65_000, 65_000),
        images.webp_of_size(16_383, 16_383),
        images.webp_of_size(5000, 4001),
    ],
    ids=["png", "largest-png", "bomb", "jpeg", "webp", "webp-just-over"],
)
def test_a_picture_of_too_many_pixels_is_not_decoded(data: bytes) -> None:
    """SECURITY 19: a few bytes can ask for gigabytes; the header tells."""
    assert len(data) < 20_000
    with images.memory_growth() as grown:
        assert refusal(data) == (TOO_MANY_OF_WEBP if data.startswith(b"RIFF") else TOO_MANY_PIXELS)
    assert grown() < PIXELS_MAX / 4  # bytes, where decoding takes at least one for each pixel


@pytest.mark.parametrize(
    "chunk",
    [
        images.chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(50_000_000), 9)),
        images.chunk(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(bytes(50_000_000), 9)),
        images.chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(bytes(50_000_000), 9)),
        images.chunk(b"tEXt", b"Comment\0" + b"x" * 5_000_000),
    ],
    ids=["zTXt", "iTXt", "iCCP", "tEXt"],
)
def test_a_giant_text_in_a_png_does_no_harm(chunk: bytes) -> None:
    """SECURITY 19: texts are packed as pixels are, so a few bytes of them can be gigabytes too."""
    with images.memory_growth() as grown:
        try:
            assert opened(to_webp(png(50, 50, chunk), "square")["large"]).size == (50, 50)
        except ImageError as refused:
            assert str(refused) == DAMAGED  # noqa: PT017 - either is right
    assert grown() < 40_000_000


def test_a_jpeg_that_never_ends_is_not_decoded() -> None:
    """SECURITY 19: passes of a few bytes each over millions of pixels would take hours."""
    whole = saved(Image.new("RGB", (4000, 2500), RED), "JPEG", progressive=True)
    last_pass = whole[whole.rindex(b"\xff\xda") : -2]
    assert opened(to_webp(whole, "square")["large"]).size == (480, 480)
    endless = whole[:-2] + last_pass * 10_000 + whole[-2:]
    assert len(endless) < PICTURE_BYTES_MAX
    assert refusal(endless) == TOO_SLOW


def test_metadata_in_endless_pieces_is_not_joined() -> None:
    """SECURITY 19: as an honest file may have a few of them."""
    whole = picture(50, 50, "JPEG")
    piece = b"\xff\xe1\0\x0cExif\0\0\0\0\0\0"
    assert opened(to_webp(whole[:2] + piece * 3 + whole[2:], "free")["large"]).size == (50, 50)
    assert refusal(whole[:2] + piece * 500_000 + whole[2:]) == TOO_SLOW


def test_the_rows_of_a_png_need_not_fit_its_size() -> None:
    """SECURITY 19: those that are missing are black, those that are too many are never unpacked."""
    few = zlib.compress((b"\0" + b"\xff" * 50) * 20)
    image = opened(to_webp(png(50, 50, rows=few), "square")["large"])
    assert (image.size, is_about(image.getpixel((25, 45)), (0, 0, 0))) == ((50, 50), True)
    assert refusal(png(50, 50, rows=b"no zlib stream")) == DAMAGED
    assert refusal(png(0, 0, rows=b"")) == DAMAGED
    many = zlib.compress(bytes(100_000_000), 9)
    assert opened(to_webp(png(50, 50, rows=many), "square")["large"]).size == (50, 50)


def test_no_damage_gets_anything_but_a_picture_or_a_refusal() -> None:
    """SECURITY 19: thousands of files, each damaged in another way; the same ones in every run."""
    chance = random.Random(19)
    whole = [
        picture(90, 60, "JPEG", exif=exif(orientation=6), icc_profile=images.srgb_profile()),
        picture(90, 60, "JPEG", "CMYK", progressive=True),
        picture(90, 60, "PNG", "RGBA", exif=exif(), pnginfo=images.text_chunks()),
        picture(90, 60, "PNG", "P"),
        picture(90, 60, "WEBP", exif=exif(orientation=3), icc_profile=images.srgb_profile()),
        picture(90, 60, "WEBP", "RGBA", lossless=True),
    ]
    read = 0
    for _ in range(3000):
        data = bytearray(chance.choice(whole))
        for _ in range(chance.choice((1, 2, 10))):
            at = chance.randrange(len(data))
            match chance.randrange(4):
                case 0:
                    data[at] = chance.randrange(256)
                case 1:
                    data[at : at + 4] = struct.pack(">I", chance.choice((0, 1, 2**31 - 1, 2**32 - 1)))
                case 2:
                    del data[at : at + chance.randrange(1, 40)]
                case 3:
                    data[at:at] = data[: chance.randrange(40)]
        try:
            found = to_webp(bytes(data), "free")
        except ImageError:
            continue
        assert chunks_of(found["large"]) <= {"VP8", "VP8L", "VP8X", "ALPH"}
        read += 1
    assert 100 < read < 2900
