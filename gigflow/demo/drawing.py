"""What the demo's pictures are drawn with: flat shapes in the manner of cut paper.

A sheet is 100 units high. It is drawn twice as large as it is sent, and made smaller to smooth the edges. Points are
written as in SVG: "0,0 10,5 0,10".
"""

import random
from collections.abc import Iterator, Sequence
from io import BytesIO

import msgspec
from PIL import Image, ImageColor, ImageDraw

Points = str | Sequence[tuple[float, float]]

OVERSIZE = 2
CURVE_STEPS = 9  # straight lines between two points of a curve
QUALITY = 93


class Palette(msgspec.Struct, frozen=True, array_like=True):
    """Colours that go together: from the lightest to the darkest, and one that stands out."""

    paper: str
    light: str
    middle: str
    deep: str
    dark: str
    accent: str


PALETTES = [
    Palette("#f6ead7", "#edc9a0", "#d98f5f", "#9c4a32", "#3d2a27", "#2f6b57"),
    Palette("#eef0e2", "#c9d2b0", "#8fa57c", "#47664f", "#23372f", "#d8823f"),
    Palette("#f7e7dd", "#efbfa9", "#d67f72", "#8c3f4d", "#3b2230", "#e0a63e"),
    Palette("#f5ecd2", "#ecd089", "#d9a441", "#8a6a2f", "#33301f", "#b04e36"),
    Palette("#e9eeec", "#b7cbc9", "#7199a0", "#2f5866", "#1b2f3a", "#dd9157"),
    Palette("#f3e6e4", "#d9b9c0", "#a97c8f", "#5f3f5c", "#2c2135", "#d99a4e"),
    Palette("#f4efe3", "#d8c7ab", "#ac8d6b", "#6d5340", "#2e2722", "#3f7f6b"),
]


class Sheet:
    """Something to draw on, with colours that go together and with `chance`, both from a seed."""

    def __init__(self, pixels: tuple[int, int], seed: str) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - it must be the same at every fill
        self.palette = self.chance.choice(PALETTES)
        self.image = Image.new("RGB", (pixels[0] * OVERSIZE, pixels[1] * OVERSIZE), self.palette.paper)
        self._draw = ImageDraw.Draw(self.image, "RGBA")
        self._unit = self.image.height / 100
        self.width = self.image.width / self._unit
        self.place(0, 0)

    def place(self, x: float, y: float, wide: float = 1, high: float = 1) -> None:
        """Place the points that follow relative to this one, enlarged by this factor."""
        self._origin = (x, y)
        self._scale = (wide, high)

    def fade(self, top: str, bottom: str) -> None:
        """Fill everything, from one colour down to another."""
        ends = list(zip(ImageColor.getrgb(top), ImageColor.getrgb(bottom), strict=True))
        for row in range(100):
            first, last = (round(edge * self._unit) for edge in (row, row + 1))
            colour = tuple(round(a + (b - a) * row / 99) for a, b in ends)
            self.image.paste(colour, (0, first, self.image.width, last))

    def disc(self, x: float, y: float, r: float, colour: str, high: float = 0) -> None:
        """Draw a circle around a point, or an ellipse with `high` for half its height."""
        self._draw.ellipse(self._pixels([(x - r, y - (high or r)), (x + r, y + (high or r))]), colour)

    def ring(self, x: float, y: float, r: float, colour: str, wide: float) -> None:
        """Draw the outline of a circle."""
        box = self._pixels([(x - r, y - r), (x + r, y + r)])
        self._draw.ellipse(box, outline=colour, width=round(wide * self._unit))

    def block(self, x: float, y: float, wide: float, high: float, colour: str, r: float = 0) -> None:
        """Draw a rectangle from its upper left corner, with corners of radius `r`."""
        box = self._pixels([(x, y), (x + wide, y + high)])
        self._draw.rounded_rectangle(box, r * self._unit, colour)

    def shape(self, points: Points, colour: str) -> None:
        """Draw a shape with straight sides."""
        self._draw.polygon(self._pixels(points), colour)

    def blob(self, points: Points, colour: str) -> None:
        """Draw a shape with a smooth outline through these points."""
        around = parsed(points)
        self.shape(list(curve([around[-1], *around, *around[:2]])), colour)

    def stroke(self, points: Points, colour: str, wide: float) -> None:
        """Draw a smooth line through these points, with round ends."""
        along = parsed(points)
        line = self._pixels(list(curve([along[0], *along, along[-1]])))
        self._draw.line(line, colour, round(wide * self._unit), joint="curve")
        half = wide * self._unit / 2
        for x, y in (line[0], line[-1]):
            self._draw.ellipse((x - half, y - half, x + half, y + half), colour)

    def jpeg(self) -> bytes:
        """Return the picture as a file that somebody could send."""
        written = BytesIO()
        self.image.reduce(OVERSIZE).save(written, "JPEG", quality=QUALITY, subsampling=0)
        return written.getvalue()

    def _pixels(self, points: Points) -> list[tuple[float, float]]:
        (left, top), (wide, high) = self._origin, self._scale
        unit = self._unit
        return [((left + x * wide) * unit, (top + y * high) * unit) for x, y in parsed(points)]


def parsed(points: Points) -> Sequence[tuple[float, float]]:
    """Read points as numbers."""
    if not isinstance(points, str):
        return points
    pairs = (pair.split(",") for pair in points.split())
    return [(float(x), float(y)) for x, y in pairs]


def curve(points: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Yield points on a Catmull-Rom spline through all of `points` but the first and the last."""
    for before, start, end, after in zip(points, points[1:], points[2:], points[3:], strict=False):
        for step in range(CURVE_STEPS + 1):
            t = step / CURVE_STEPS
            x, y = (
                b + ((c - a) + ((2 * a - 5 * b + 4 * c - d) + (3 * (b - c) + d - a) * t) * t) * t / 2
                for a, b, c, d in zip(before, start, end, after, strict=True)
            )
            yield x, y
