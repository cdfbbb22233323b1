"""Charts that are drawn on the server: SVG of plain shapes, with the same figures in a table for every reader."""

from collections.abc import Sequence

import msgspec

WIDTH, HEIGHT = 600, 160  # of the drawing, in its own units
_GAP = 0.3  # of a bar's place
_LEAST = 2.0  # so that something is seen of a small amount beside a large one


class Point(msgspec.Struct, frozen=True):
    """One value: what it is of, in short and in full, how much, and how that is written."""

    short: str
    label: str
    value: int
    shown: str


class Bar(msgspec.Struct, frozen=True):
    """One bar as it is drawn, with the point that it stands for; `middle` is where its word stands."""

    x: float
    y: float
    width: float
    height: float
    middle: float
    point: Point


class Bars(msgspec.Struct, frozen=True):
    """A chart of bars: its drawing, and its points for the table."""

    title: str
    unit: str
    bars: list[Bar]
    width: int = WIDTH
    height: int = HEIGHT


def bars(points: Sequence[Point], title: str, unit: str) -> Bars:
    """Return a chart with a bar for each point, the highest as high as the drawing. Values are not negative."""
    highest = max((point.value for point in points), default=0) or 1
    place = WIDTH / max(1, len(points))
    drawn = []
    for number, point in enumerate(points):
        height = max(_LEAST, point.value / highest * HEIGHT) if point.value else 0.0
        drawn.append(
            Bar(
                x=round(number * place + place * _GAP / 2, 1),
                y=round(HEIGHT - height, 1),
                width=round(place * (1 - _GAP), 1),
                height=round(height, 1),
                middle=round(number * place + place / 2, 1),
                point=point,
            )
        )
    return Bars(title, unit, drawn)
