"""Pictures that strangers send: read with suspicion, made small, and written again as WebP (SECURITY 19).

Nothing of a file survives but its pixels: no metadata (a photo says where it was taken), nothing hidden behind the
picture, nothing that a careless reader would stumble over.
"""

import struct
import threading
import warnings
from io import BytesIO
from typing import Literal

from PIL import ExifTags, Image, ImageCms
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from gigflow.core.green import off_loop

Shape = Literal["square", "free"]
Size = Literal["small", "medium", "large"]

# Pixels, the largest first: both sides of a square picture (a portrait), the longer side of a free one.
SIDES: dict[Shape, dict[Size, int]] = {
    "square": {"large": 480, "medium": 160, "small": 64},
    "free": {"large": 1600, "medium": 800, "small": 320},
}
PICTURE_BYTES_MAX = 10_000_000
PIXELS_MAX = 40_000_000  # what the cameras of good phones make; 160 MB when decoded
# Decoding a WebP takes more memory than other formats, 330 MB for this many. No camera makes one, and programs make
# smaller ones.
WEBP_PIXELS_MAX = 20_000_000
# A progressive JPEG goes over its pixels about ten times. It may ask for a hundred thousand times in a few megabytes,
# and each pass over the largest picture takes 60 ms: all the passes that are allowed take three seconds.
PASSED_MAX = 50 * PIXELS_MAX
QUALITY = 82

# Pillow joins the pieces of a JPEG's metadata one by one, which takes minutes for half a million of them. One is usual.
PIECES_MAX = 100

_PASS = b"\xff\xda"  # begins each pass of a JPEG; lookalikes make the picture look slower than it is
_PIECE = b"Exif\0\0"

_TOO_SLOW = "This picture takes too long to process. Save it again and send the new file."

# By their first bytes: neither a name nor a declared type says what a file is. They are not opened by Image.open, which
# would also read the further pictures that a JPEG may carry, and warn when it should refuse.
_READERS: dict[bytes, type[ImageFile]] = {
    b"\x89PNG\r\n\x1a\n": PngImageFile,
    b"\xff\xd8\xff": JpegImageFile,
    b"RIFF": WebPImageFile,
}
# WebP's reader takes memory for the whole picture as soon as it is made. It refuses more than twice this by itself.
Image.MAX_IMAGE_PIXELS = WEBP_PIXELS_MAX // 2

# Cameras write odd metadata, which Pillow remarks on; none of it is kept.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")

# What turns a picture upright, by the orientation that its metadata says (Exif 2.32, tag 274).
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Enough for shrinking in two steps, the first of them coarse and fast, to look like shrinking in one (Pillow's manual).
_REDUCING_GAP = 3.0

_SRGB = ImageCms.createProfile("sRGB")
# A picture takes a few hundred megabytes while it is decoded: one at a time in each process.
_turn = threading.Lock()


class ImageError(Exception):
    """These bytes are not a picture that is accepted; the message is a sentence for the person who sent them."""


def to_webp(data: bytes, shape: Shape) -> dict[Size, bytes]:
    """Return a PNG, JPEG or WebP file as WebP in three sizes, in sRGB and upright, without any metadata.

    A square picture is the middle of what was sent, a free one keeps its proportions (`SIDES`); neither is ever
    enlarged. Of an animation the first picture is taken. Other green threads go on in the meantime. Raises ImageError
    if it is not such a picture, whole, and within `PICTURE_BYTES_MAX` and `PIXELS_MAX` (`WEBP_PIXELS_MAX`).
    """
    if not data:
        raise ImageError("This file is empty.")
    if len(data) > PICTURE_BYTES_MAX:
        raise ImageError(f"At most {PICTURE_BYTES_MAX // 1_000_000} MB.")
    reader = _reader_of(data)
    if reader is None:
        raise ImageError("Choose a PNG, JPEG or WebP picture.")
    with _turn:
        return off_loop(_sizes, data, reader, shape)


def seems_readable(data: bytes) -> bool:
    """Return whether this begins as a PNG, JPEG or WebP of an acceptable size. Nothing is decoded, so `to_webp` may
    still refuse it.
    """
    reader = _reader_of(data)
    if reader is None or len(data) > PICTURE_BYTES_MAX:
        return False
    with _turn:
        return off_loop(_opens, data, reader)


def _reader_of(data: bytes) -> type[ImageFile] | None:
    return next((reader for start, reader in _READERS.items() if data.startswith(start)), None)


def _opens(data: bytes, reader: type[ImageFile]) -> bool:
    try:
        _opened(data, reader).close()
    except Exception:  # noqa: BLE001 (somebody may have made this file to fail, as in `_read`)
        return False
    return True


def _sizes(data: bytes, reader: type[ImageFile], shape: Shape) -> dict[Size, bytes]:
    image = _read(data, reader, shape)
    found: dict[Size, bytes] = {}
    for size, side in SIDES[shape].items():
        image = _shrink(image, shape, side)
        found[size] = _encode(image)
    return found


def _read(data: bytes, reader: type[ImageFile], shape: Shape) -> Image.Image:
    """Return the picture in a file, not much larger than its largest size."""
    try:
        with _opened(data, reader) as image:
            large = SIDES[shape]["large"]
            # A JPEG can be decoded at a half, a quarter or an eighth of its size, which takes that much less memory.
            image.draft(None, _target(image, shape, round(large * _REDUCING_GAP)))
            image.load()
            turn = _turn_of(image)
            small = _shrink(_resizable(image), shape, large)
            return _in_srgb(small if turn is None else small.transpose(turn))
    except ImageError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(WEBP_PIXELS_MAX) from error
    except Exception as error:
        # Somebody may have made this file to fail, in any way that a reader of three formats can.
        raise ImageError("This picture is damaged or incomplete.") from error


def _opened(data: bytes, reader: type[ImageFile]) -> ImageFile:
    """Return the picture in a file before its pixels are decoded. Raises ImageError if that would take too much."""
    if data.count(_PIECE) > PIECES_MAX:
        raise ImageError(_TOO_SLOW)
    image = reader(BytesIO(data))
    pixels = image.width * image.height
    if pixels > PIXELS_MAX:
        raise _too_many_pixels(PIXELS_MAX)
    if reader is JpegImageFile and pixels * data.count(_PASS) > PASSED_MAX:
        raise ImageError(_TOO_SLOW)
    return image


def _too_many_pixels(most: int) -> ImageError:
    return ImageError(f"At most {most // 1_000_000} million pixels.")


def _turn_of(image: Image.Image) -> Image.Transpose | None:
    """Return what turns the picture upright. Unreadable metadata is no reason to refuse it."""
    try:
        return _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except (SyntaxError, TypeError, ValueError, struct.error):
        return None


def _resizable(image: Image.Image) -> Image.Image:
    """Return the picture in a mode whose pixels can be mixed."""
    if image.mode.startswith("I"):  # 16 bits of grey
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        return image if image.mode in ("LA", "RGBA") else image.convert("RGBA")
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def _shrink(image: Image.Image, shape: Shape, side: int) -> Image.Image:
    """Return the picture with sides of at most `side` pixels; of a square one the middle."""
    width, height = image.size
    box: tuple[int, int, int, int] = (0, 0, width, height)
    if shape == "square":
        edge = min(width, height)
        left, top = (width - edge) // 2, (height - edge) // 2
        box = (left, top, left + edge, top + edge)
    size = _target(image, shape, side)
    return image.resize(size, Image.Resampling.LANCZOS, box, _REDUCING_GAP)


def _target(image: Image.Image, shape: Shape, side: int) -> tuple[int, int]:
    """Return the size that the picture has with sides of at most `side` pixels; it is never enlarged."""
    if shape == "square":
        edge = min(side, *image.size)
        return edge, edge
    scale = min(1.0, side / max(image.size))
    return max(1, round(image.width * scale)), max(1, round(image.height * scale))


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return the picture in the colours that every screen knows, RGB or RGBA."""
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    colours = image.convert({"LA": "L", "RGBA": "RGB"}.get(image.mode, image.mode))
    profile = image.info.get("icc_profile")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            colours = ImageCms.profileToProfile(colours, source, _SRGB, outputMode="RGB") or colours
        except (ImageCms.PyCMSError, OSError):
            pass  # a profile that cannot be read, or that is for other colours than the picture's, says nothing
    colours = colours.convert("RGB")
    if alpha:
        colours.putalpha(alpha)
    return colours


def _encode(image: Image.Image) -> bytes:
    written = BytesIO()
    image.save(written, "WEBP", quality=QUALITY, method=4)
    return written.getvalue()
