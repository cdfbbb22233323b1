"""Picture files, honest and hostile, as people and programs send them."""

import resource
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms, PngImagePlugin

RED, GREEN, BLUE, WHITE = (220, 30, 40), (20, 160, 60), (30, 60, 200), (255, 255, 255)
Colour = tuple[int, ...]


def picture(width: int = 600, height: int = 400, kind: str = "PNG", mode: str = "RGB", **more: Any) -> bytes:
    """A file of this kind: red at the left, blue at the right, a green line along the top."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    image.paste(GREEN, (0, 0, width, max(1, height // 10)))
    return saved(image.convert(mode), kind, **more)


def saved(image: Image.Image, kind: str, **more: Any) -> bytes:
    """The file of a picture."""
    written = BytesIO()
    image.save(written, kind, **more)
    return written.getvalue()


def opened(data: bytes) -> Image.Image:
    """The picture in a file, decoded."""
    image = Image.open(BytesIO(data))
    image.load()
    return image


def chunks_of(webp: bytes) -> set[str]:
    """The names of the chunks that a WebP file is made of; the picture's own are VP8, VP8L, VP8X and ALPH."""
    assert (webp[:4], webp[8:12]) == (b"RIFF", b"WEBP")
    assert len(webp) == 8 + struct.unpack("<I", webp[4:8])[0], "something is hidden behind the picture"
    found, at = set(), 12
    while at < len(webp):
        name, length = struct.unpack("<4sI", webp[at : at + 8])
        found.add(name.decode().strip())
        at += 8 + length + length % 2
    return found


def is_about(pixel: Any, colour: Colour) -> bool:
    """Whether a pixel has this colour, as far as a lossy format keeps it."""
    return all(abs(one - other) < 40 for one, other in zip(pixel[:3], colour[:3], strict=True))


def chunk(name: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, *chunks: bytes, rows: bytes | None = None) -> bytes:
    """A grey PNG that says it has this size, with `chunks` before its pixels: black ones, or these packed `rows`."""
    pixels = zlib.compress(bytes((width + 1) * height), 9) if rows is None else rows
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
            *chunks,
            chunk(b"IDAT", pixels),
            chunk(b"IEND", b""),
        )
    )


def interlaced_png() -> bytes:
    """A white PNG of one pixel in seven passes, of which only the first has one."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 1)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"IDAT", zlib.compress(b"\0\xff")),
            chunk(b"IEND", b""),
        )
    )


def webp_of_size(width: int, height: int) -> bytes:
    """The beginning of a lossless WebP that says it has this size."""
    data = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + bytes(17)
    return b"RIFF" + struct.pack("<I", 12 + len(data)) + b"WEBPVP8L" + struct.pack("<I", len(data)) + data


def jpeg_of_size(width: int, height: int) -> bytes:
    """A small JPEG whose header says that it has this size."""
    data = bytearray(picture(16, 16, "JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def srgb_profile() -> bytes:
    """The profile that most cameras write."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile() -> bytes:
    """A profile in which red and blue have changed places: whoever ignores it shows the wrong colours."""
    swap = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}
    profile = bytearray(srgb_profile())
    for number in range(struct.unpack(">I", profile[128:132])[0]):
        at = 132 + 12 * number
        profile[at : at + 4] = swap.get(bytes(profile[at : at + 4]), profile[at : at + 4])
    return bytes(profile)


@contextmanager
def memory_growth() -> Iterator[Callable[[], int]]:
    """How many bytes the most that this process ever held has grown by inside the block."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield lambda: (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024


def text_chunks() -> PngImagePlugin.PngInfo:
    """Texts as a program writes them into a PNG."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "Alice Owner")
    info.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>a street in Prague</x:xmpmeta>", zip=True)
    return info
