"""Cards: what a link to a page looks like where it is shared, and the icon, drawn with the typefaces of the house."""

import hashlib
import threading
import unicodedata
from collections import OrderedDict
from functools import cache
from io import BytesIO
from pathlib import Path

import msgspec
from PIL import Image, ImageDraw, ImageFont

from gigflow.core.green import off_loop

SIZE = (1200, 630)  # what previews are cut for
EDGE = 84
PAPER, INK, SOFT, GO, RULE = "#fbfaf6", "#14201a", "#4c5851", "#0a5c3b", "#d9d7cd"
KEPT_BYTES = 4 * 1024 * 1024  # of drawn cards, in each process
ICON_SIZES = (32, 180, 192, 512)

FONTS = Path(__file__).resolve().parents[2] / "static" / "fonts"
_FACES = {"display": "bricolage-grotesque", "text": "instrument-sans"}
_WEIGHTS = {"display": 700, "text": 500}
_LINES_MOST = 3


class Card(msgspec.Struct, frozen=True):
    """The words of a card: a line above, the title, and a line below on each side."""

    above: str
    title: str
    left: str
    right: str = ""
    # Stands for a title in letters that our typefaces do not have.
    instead: str = ""

    @property
    def version(self) -> str:
        """What its address ends with: other words are another card."""
        return hashlib.sha1(repr(self).encode(), usedforsecurity=False).hexdigest()[:12]


class Cards:
    """The cards that this process has drawn lately; one is drawn at a time."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, card: Card) -> bytes:
        """Return a card as PNG, kept or drawn."""
        with self._lock:
            known = self._kept.pop(card.version, None)
            if known is None:
                known = off_loop(draw, card)
                self._bytes += len(known)
            self._kept[card.version] = known
            while self._bytes > KEPT_BYTES:
                self._bytes -= len(self._kept.popitem(last=False)[1])
            return known


def draw(card: Card) -> bytes:
    """Draw a card."""
    image = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(image)
    width, height = SIZE
    pen.rectangle((0, 0, 18, height), GO)
    image.paste(mark(64), (EDGE, 64), mark(64))
    _write(pen, (EDGE + 84, 74), "gigflow", "display", 38, INK)
    _write_from_right(pen, width - EDGE, 80, _drawable(card.above) or "", 30, GO)
    title = _drawable(card.title) or _drawable(card.instead) or "GigFlow"
    size, lines = _fitted(title)
    top = 300 - round(len(lines) * size * 0.56)
    for number, line in enumerate(lines):
        _write(pen, (EDGE, top + round(number * size * 1.12)), line, "display", size, INK)
    pen.line((EDGE, height - 136, width - EDGE, height - 136), RULE, 2)
    right = _drawable(card.right) or ""
    room = width - 2 * EDGE - round(_length(right, "display", 44)) - 40
    left = _cut(_drawable(card.left) or "", "text", 34, room)
    _write(pen, (EDGE, height - 102), left, "text", 34, SOFT)
    _write_from_right(pen, width - EDGE, height - 110, right, 44, GO)
    written = BytesIO()
    image.quantize(32, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(written, "PNG")
    return written.getvalue()


@cache
def mark(side: int) -> Image.Image:
    """Return the site's icon in this size: the wave of static/favicon.svg."""
    scale = 8 * side / 32
    image = Image.new("RGBA", (side * 8, side * 8))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 0, side * 8 - 1, side * 8 - 1), 8 * scale, GO)
    points = [
        *_curve((7, 17.5), (10.2, 10.9), (13, 10.9), (16, 17.5)),
        *_curve((16, 17.5), (19, 24.1), (21.8, 21.1), (25, 14.5)),
    ]
    half = 1.8 * scale
    for x, y in points:
        pen.ellipse((x * scale - half, y * scale - half, x * scale + half, y * scale + half), PAPER)
    return image.resize((side, side), Image.Resampling.LANCZOS)


@cache
def icon(side: int) -> bytes:
    """Return the icon as PNG. Home screens cut its corners themselves: there it fills the square."""
    image = mark(side)
    if side == 180:
        whole = Image.new("RGB", (side, side), GO)
        whole.paste(image, (0, 0), image)
        image = whole
    written = BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


@cache
def favicon() -> bytes:
    """Return the icon as browsers ask for it that know no other."""
    written = BytesIO()
    mark(48).save(written, "ICO", sizes=[(16, 16), (32, 32), (48, 48)])
    return written.getvalue()


def _curve(*points: tuple[float, float]) -> list[tuple[float, float]]:
    """Return points close to each other on a cubic Bézier curve."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = points
    steps = [step / 160 for step in range(161)]
    return [
        (
            (1 - t) ** 3 * ax + 3 * (1 - t) ** 2 * t * bx + 3 * (1 - t) * t * t * cx + t**3 * dx,
            (1 - t) ** 3 * ay + 3 * (1 - t) ** 2 * t * by + 3 * (1 - t) * t * t * cy + t**3 * dy,
        )
        for t in steps
    ]


def _drawable(text: str) -> str | None:
    """Return what our typefaces have of a text, or None if they lack one of its letters or digits."""
    kept = []
    for char in unicodedata.normalize("NFC", " ".join(text.split())):
        if _part_of(char):
            kept.append(char)
        elif unicodedata.category(char)[0] in "LMN":
            return None
    return " ".join("".join(kept).split())


def _part_of(char: str) -> str:
    """Return which file of a typeface has a character, "" if none has (static/css/tokens.css)."""
    code = ord(char)
    if 0x20 <= code < 0x7F or 0xA0 <= code <= 0xFF or code in (0x131, 0x152, 0x153, 0x20AC, 0x2122, 0x2212):
        return "latin"
    if 0x2010 <= code <= 0x2027 or 0x2030 <= code <= 0x205E:
        return "latin"
    if (
        0x100 <= code <= 0x24F
        or 0x1E00 <= code <= 0x1E9F
        or 0x1EF2 <= code <= 0x1EFF
        or 0x20A0 <= code <= 0x20C0
    ):
        return "latin-ext"
    return ""


@cache
def _font(face: str, part: str, size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(FONTS / f"{_FACES[face]}-{part}-wght-normal.woff2", size)
    font.set_variation_by_axes([_WEIGHTS[face]])
    return font


def _runs(text: str) -> list[tuple[str, str]]:
    """Return a text in pieces that one file of a typeface has, each with that file."""
    runs: list[tuple[str, str]] = []
    for char in text:
        part = _part_of(char)
        if runs and runs[-1][0] == part:
            runs[-1] = (part, runs[-1][1] + char)
        else:
            runs.append((part, char))
    return runs


def _length(text: str, face: str, size: int) -> float:
    return sum(_font(face, part, size).getlength(run) for part, run in _runs(text))


def _write(
    pen: ImageDraw.ImageDraw, at: tuple[float, float], text: str, face: str, size: int, colour: str
) -> None:
    x, y = at
    for part, run in _runs(text):
        font = _font(face, part, size)
        pen.text((x, y + size), run, colour, font, anchor="ls")
        x += font.getlength(run)


def _write_from_right(
    pen: ImageDraw.ImageDraw, right: int, y: int, text: str, size: int, colour: str
) -> None:
    _write(pen, (right - _length(text, "display", size), y), text, "display", size, colour)


def _fitted(text: str) -> tuple[int, list[str]]:
    """Return the largest size in which a title fits, and its lines; one that never does is cut."""
    room = SIZE[0] - 2 * EDGE
    for size in (88, 76, 64, 54):
        lines = _wrapped(text, size, room)
        if len(lines) <= _LINES_MOST and all(_length(line, "display", size) <= room for line in lines):
            return size, lines
    kept = lines[: _LINES_MOST + 1]
    if len(lines) > len(kept):
        kept[-1] += "…"
    return 54, [_cut(line, "display", 54, room) for line in kept]


def _wrapped(text: str, size: int, room: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _length(longer, "display", size) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _cut(text: str, face: str, size: int, room: int) -> str:
    if _length(text, face, size) <= room:
        return text
    while text and _length(text + "…", face, size) > room:
        text = text[:-1]
    return text.rstrip() + "…"
