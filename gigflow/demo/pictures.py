"""The pictures of the demo's people: none of them was ever photographed, so they are drawn, the same at every fill."""

from collections.abc import Callable
from math import cos, pi, sin

from gigflow.demo.drawing import Palette, Sheet, curve, parsed

PORTRAIT_PIXELS = (480, 480)
PIECE_PIXELS = (1080, 720)
SMALL_PIXELS = (720, 480)

# A face in the light and in the shade.
TONES = {
    "cream": ("#f0c9a8", "#dca27d"),
    "sand": ("#dfa77c", "#c28257"),
    "clay": ("#b9744c", "#965437"),
    "umber": ("#8a5138", "#693826"),
}
HAIR = {"black": "#2b2426", "brown": "#55372a", "copper": "#a4512c", "straw": "#d2a559", "grey": "#b6b0a6"}


def portrait(name: str, look: str) -> bytes:
    """Return somebody's portrait, as a JPEG file.

    `look` is a haircut, a hair colour and a tone, and what else there is to see: "bun brown sand glasses"; or one of
    `SCENES`, for people who would rather show what they like.
    """
    sheet = Sheet(PORTRAIT_PIXELS, name)
    if look in SCENES:
        SCENES[look](sheet, sheet.palette)
    else:
        _face(sheet, sheet.palette, *look.split())
    return sheet.jpeg()


def scene(title: str, motif: str, pixels: tuple[int, int] = PIECE_PIXELS) -> bytes:
    """Return a piece of somebody's work, as a JPEG file; `motif` is one of `SCENES`."""
    sheet = Sheet(pixels, title)
    SCENES[motif](sheet, sheet.palette)
    return sheet.jpeg()


def _face(sheet: Sheet, palette: Palette, cut: str, hair: str, tone: str, *more: str) -> None:
    """Draw somebody from the front, lit from the left; the nose is where the shade begins."""
    light, shade = TONES[tone]
    chance = sheet.chance
    sheet.fade(palette.light, palette.paper)
    sheet.disc(chance.choice((26, 73)), chance.uniform(33, 42), 41, palette.middle + "99")
    sheet.place(50, 52, chance.uniform(1.17, 1.3), 1.23)
    _hair_behind(sheet, cut, HAIR[hair])
    cloth, collar = chance.sample((palette.deep, palette.accent, palette.dark), 2)
    sheet.blob("-46,66 -37,42 -16,32 0,31 16,32 37,42 46,66", cloth)
    sheet.blob("-12,30 0,27 12,30 9,38 0,42 -9,38", collar)
    sheet.blob("-7.5,14 7.5,14 8,30 0,37 -8,30", shade)
    for x in (-16.5, 16.5):
        sheet.disc(x, 2, 2.8, shade, 3.8)
    half = "0,-23 11.9,-18.5 16.5,-6 15.9,5 13.5,14.5 6.6,21.5 0,23"
    sheet.blob(half + " -6.6,21.5 -13.5,14.5 -15.9,5 -16.5,-6 -11.9,-18.5", light)
    sheet.blob(half + " 0.4,16 -1,14 0.2,11.5 -0.4,9 -3.6,7 -1.2,2 0,-4 0.6,-12", shade)
    _features(sheet, "#241310" if tone == "umber" else "#3a211d")
    if "beard" in more:
        upper = "-16.6,3 -14,7 -7,9.5 0,8.6 7,9.5 14,7 16.6,3"
        sheet.blob(upper + " 14.4,17 7,25 0,26.5 -7,25 -14.4,17", HAIR[hair])
        sheet.stroke("-3.5,14 0,15 3.5,14", light, 1.5)
    _hair_before(sheet, cut, HAIR[hair])
    if "glasses" in more:
        for x in (-7.5, 7.5):
            sheet.ring(x, 1, 5.2, palette.dark, 1.1)
        sheet.stroke("-2.4,0.6 0,-0.2 2.4,0.6", palette.dark, 1.1)
    if "earrings" in more:
        for x in (-17.3, 17.3):
            sheet.disc(x, 8.5, 1.9, palette.accent)


def _features(sheet: Sheet, ink: str) -> None:
    """Eyes, brows, cheeks and a mouth; no two people smile quite alike."""
    smile = sheet.chance.uniform(14.9, 16.1)
    closed = sheet.chance.random() < 0.3
    for x in (-7.5, 7.5):
        if closed:
            sheet.stroke([(x - 2.7, 0.6), (x, 1.9), (x + 2.7, 0.6)], ink, 1.1)
        else:
            sheet.disc(x, 1, 1.35, ink, 1.6)
        sheet.stroke([(x - 3.4, -3.5), (x, -4.8), (x + 3.4, -3.5)], ink, 1.3)
        sheet.disc(x * 1.2, 8, 3.4, "#c8452f38")
    sheet.stroke([(-4.4, 14), (0, smile), (4.4, 14)], "#8e2f2a", 1.5)


def _hair_behind(sheet: Sheet, cut: str, colour: str) -> None:
    if cut == "bob":
        sheet.blob("0,-29 16.5,-23 22.5,-4 21.5,20 0,22 -21.5,20 -22.5,-4 -16.5,-23", colour)
    elif cut == "long":
        sheet.blob("0,-29 16.5,-23 22.5,-1 25.5,42 0,38 -25.5,42 -22.5,-1 -16.5,-23", colour)
    elif cut == "bun":
        sheet.disc(3.3, -28.5, 8.5, colour, 7.5)
    elif cut == "cloud":
        sheet.disc(0, -9, 27, colour, 26)
    elif cut == "curls":
        for step in range(11):
            angle = pi * (step / 10 * 1.3 - 0.15)
            sheet.disc(-cos(angle) * 19.5, -6 - sin(angle) * 19, 7.6, colour)


def _hair_before(sheet: Sheet, cut: str, colour: str) -> None:
    crown = "-17.7,0 -18.5,-12 -10.2,-24.5 0,-27.5 10.2,-24.5 18.5,-12 17.7,0 "
    if cut in ("bob", "long", "side"):
        sheet.blob(crown + "14,-8 5.8,-16 -4.1,-21 -11.6,-13 -15,-7", colour)
    elif cut == "fringe":
        sheet.blob(crown + "15,-7 8.2,-9 0,-8 -8.2,-9 -15,-7", colour)
    elif cut == "quiff":
        sheet.blob(
            "-17.7,0 -18.5,-12 -12,-30 6,-34 17,-28 18.5,-12 17.7,0 14,-9 8,-15 -4,-15 -14,-10", colour
        )
    elif cut == "curls":
        for step in range(7):
            sheet.disc((step - 3) * 4.3, -19.5 + abs(step - 3) * 0.9, 5.4, colour)
    elif cut != "bald":
        sheet.blob(crown + "14.3,-9 9,-15.5 0,-17 -9,-15.5 -14.3,-9", colour)


def _window(sheet: Sheet, palette: Palette) -> None:
    """Draw the first page of a website, in a browser."""
    sheet.fade(palette.light, palette.middle)
    sheet.block(20, 13, 114, 90, palette.dark + "33", 2)
    sheet.block(18, 10, 114, 90, palette.paper, 2)
    for number, colour in enumerate((palette.accent, palette.middle, palette.light)):
        sheet.disc(23 + number * 4, 14.5, 1.2, colour)
    sheet.block(40, 12.7, 50, 3.6, palette.light, 1.8)
    sheet.block(18, 19, 114, 38, palette.deep)
    sheet.disc(108, 38, 15, palette.middle)
    sheet.disc(sheet.chance.uniform(98, 104), 46, 9, palette.accent)
    for y, wide in ((28, 44), (34.5, 32)):
        sheet.block(26, y, wide, 4, palette.paper, 1)
    sheet.block(26, 45, 19, 6, palette.accent, 3)
    for x in (26, 60, 94):
        sheet.block(x, 64, 30, 19, sheet.chance.choice((palette.light, palette.middle)), 1.5)
        sheet.disc(x + 15, 73.5, 5.5, palette.paper + "cc")
        for y, wide in ((87, 24), (91, 30), (95, 17)):
            sheet.block(x, y, wide, 1.6, palette.dark + "88", 0.8)


def _phones(sheet: Sheet, palette: Palette) -> None:
    """Three screens of an app."""
    chance, dots = sheet.chance, (palette.light, palette.middle, palette.accent)
    sheet.fade(palette.deep, palette.dark)
    sheet.disc(75, 60, 52, palette.middle + "55")
    for x, y, top in ((20, 20, palette.accent), (96, 20, palette.middle), (58, 11, palette.light)):
        sheet.block(x - 1, y + 2, 36, 92, palette.dark + "66", 5)
        sheet.block(x, y, 34, 92, palette.dark, 4.5)
        sheet.block(x + 1.6, y + 1.6, 30.8, 89, palette.paper, 3.2)
        sheet.block(x + 5, y + 8, 16, 3.4, palette.dark, 1.2)
        sheet.block(x + 5, y + 15, 24, 20, top, 2.5)
        sheet.disc(x + 17, y + 25, 6, palette.paper + "bb")
        for row in range(41, 79, 9):
            sheet.disc(x + 8, y + row + 2.6, 2.8, chance.choice(dots))
            sheet.block(x + 13, y + row, chance.uniform(9, 15), 2, palette.dark, 1)
            sheet.block(x + 13, y + row + 3.6, chance.uniform(6, 13), 1.5, palette.middle, 0.7)


def _bottles(sheet: Sheet, palette: Palette) -> None:
    """Three bottles with one label, on a table."""
    sheet.fade(palette.paper, palette.light)
    sheet.disc(75, 46, 36, palette.accent)
    sheet.block(0, 82, 150, 18, palette.middle)
    outline = "3.4,12 3.4,32 11,43 11.5,52 11.5,84 8,90 -8,90 -11.5,84 -11.5,52 -11,43 -3.4,32 -3.4,12"
    for x, glass in ((45, palette.deep), (105, palette.deep), (75, palette.dark)):
        sheet.place(x, 0)
        sheet.disc(5, 90, 14, palette.dark + "33", 2.2)
        sheet.blob(outline, glass)
        sheet.block(-4, 9, 8, 9, palette.middle, 1)
        sheet.block(-10.4, 54, 20.8, 26, palette.paper, 0.6)
        sheet.disc(0, 62, 4, palette.accent)
        sheet.shape("0,59 2.6,64 -2.6,64", palette.paper)
        for y, wide in ((69, 14), (72.2, 10), (75.4, 12)):
            sheet.block(-wide / 2, y, wide, 1.3, palette.dark, 0.5)
        sheet.block(6.6, 46, 1.6, 34, "#ffffff22", 0.8)


def _book(sheet: Sheet, palette: Palette) -> None:
    """Draw a book that stands in front of a wall; its cover is a landscape."""
    chance = sheet.chance
    sheet.fade(palette.light, palette.paper)
    sheet.block(0, 84, 150, 16, palette.middle + "aa")
    sheet.shape("50,90 101,90 120,84 101,84", palette.dark + "33")
    sheet.shape("98,12 103,15 103,87 98,91", palette.paper)
    sheet.shape("103,15 104,14.5 104,87 103,87.6", palette.dark)
    sheet.block(48, 9, 51, 82, palette.deep, 0.8)
    sheet.disc(chance.uniform(62, 86), chance.uniform(47, 52), 9, palette.accent)
    for y, colour in ((62, palette.middle), (70, palette.light), (78, palette.dark)):
        ridge = [(x, y + chance.uniform(-4, 4)) for x in (36, 48, 65, 82, 99, 110)]
        sheet.shape([*curve(ridge), (99, 91), (48, 91)], colour)
    for y, wide, high in ((18, 33, 4.2), (25, 22, 4.2), (34, 19, 1.6)):
        sheet.block(73.5 - wide / 2, y, wide, high, palette.paper, 0.8)
    sheet.block(50.5, 9, 0.7, 82, "#00000033")


def _bowls(sheet: Sheet, palette: Palette) -> None:
    """Draw a still life with a jug, in the light of a window."""
    sheet.fade(palette.light, palette.paper)
    sheet.block(0, 66, sheet.width, 34, palette.middle)
    sheet.place(sheet.width / 2, 0)
    sheet.shape("-34,0 -4,0 22,66 -8,66", "#ffffff55")
    sheet.shape("2,0 16,0 42,66 28,66", "#ffffff55")
    sheet.disc(-12, 79, 24, palette.dark + "33", 3)
    sheet.blob("-27,30 -14,30 -13,42 -7,60 -12,78 -29,78 -34,60 -28,42", palette.deep)
    sheet.disc(-20.5, 30, 7.2, palette.dark, 1.8)
    sheet.stroke("-9,55 1,50 -1,40 -13,38", palette.deep, 2.6)
    for x, y, r, colour in ((22, 62, 17, palette.accent), (4, 76, 12, palette.paper)):
        sheet.disc(x + 4, y + r * 0.92, r * 0.9, palette.dark + "33", 2.4)
        sheet.place(sheet.width / 2 + x, y, r, r)
        sheet.blob("-1,0 -0.86,0.55 -0.4,0.9 0.4,0.9 0.86,0.55 1,0", colour)
        sheet.disc(0, 0, 1, colour, 0.24)
        sheet.disc(0, 0.03, 0.92, palette.dark + "55", 0.19)
        sheet.place(sheet.width / 2, 0)


def _hills(sheet: Sheet, palette: Palette) -> None:
    """Draw hills behind hills, and a house."""
    chance, wide = sheet.chance, sheet.width
    sheet.fade(palette.light, palette.paper)
    sheet.disc(wide * chance.uniform(0.2, 0.35), 30, 13, palette.accent)
    for y, colour in ((46, palette.light), (59, palette.middle), (72, palette.deep), (85, palette.dark)):
        ridge = [(wide * step / 5, y + chance.uniform(-8, 6)) for step in range(-1, 7)]
        sheet.shape([*curve(ridge), (wide, 100), (0, 100)], colour)
        if colour == palette.middle:
            x = wide * chance.uniform(0.5, 0.7)
            sheet.block(x - 5, y - 5, 10, 13, palette.paper)
            sheet.shape([(x - 7, y - 5), (x, y - 12), (x + 7, y - 5)], palette.accent)
            sheet.block(x - 1.2, y, 2.4, 8, palette.dark)


def _sea(sheet: Sheet, palette: Palette) -> None:
    """Draw a boathouse at the sea, in the evening."""
    sheet.fade(palette.middle, palette.light)
    sheet.place(sheet.width / 2, 0)
    sheet.disc(14, 50, 15, palette.accent)
    sheet.block(-90, 52, 180, 48, palette.deep)
    for row in range(8):
        half = sheet.chance.uniform(4, 15) * (1 - row / 11)
        sheet.block(14 - half, 55 + row * 4.4, half * 2, 1.3, palette.accent + "cc", 0.6)
    sheet.shape("-80,43 -24,52 -80,54", palette.dark)
    sheet.blob("-90,84 -38,76 0,84 38,92 90,96 75,120 -90,120", palette.dark)
    sheet.block(-30, 58, 22, 22, palette.accent)
    sheet.shape("-33,59 -19,45 -5,59", palette.paper)
    sheet.block(-23, 66, 8, 14, palette.dark)
    for x in (-28, -20, -12):
        sheet.block(x, 79, 1.4, 9, palette.paper)


def _chart(sheet: Sheet, palette: Palette) -> None:
    """Draw a forecast: what was, what is expected, and how certain it is."""
    sheet.block(0, 0, 150, 100, palette.light)
    sheet.block(17, 10, 120, 84, palette.dark + "22", 2)
    sheet.block(15, 8, 120, 84, palette.paper, 2)
    sheet.block(25, 16, 46, 4, palette.dark, 1)
    sheet.block(25, 23, 30, 2.2, palette.middle, 1)
    for rule in range(36, 81, 11):
        sheet.block(25, rule, 100, 0.35, palette.dark + "44")
    level, line = 60.0, []
    for step in range(21):
        level = min(72.0, max(44.0, level + sheet.chance.uniform(-7, 6)))
        line.append((25 + step * 5.0, level))
    past, future = line[:13], line[12:]
    for x, y in past:
        sheet.block(x - 1.3, y + 4, 2.6, 76 - y, palette.light, 0.6)
    upper = [(x, y - number * 1.4) for number, (x, y) in enumerate(future)]
    lower = [(x, min(80, y + number * 1.4)) for number, (x, y) in enumerate(future)]
    sheet.shape([*upper, *reversed(lower)], palette.accent + "55")
    sheet.stroke(past, palette.deep, 1.4)
    sheet.stroke(future, palette.accent, 1.4)
    sheet.disc(*past[-1], 2.2, palette.paper)
    sheet.disc(*past[-1], 1.5, palette.deep)


def _map(sheet: Sheet, palette: Palette) -> None:
    """Draw a quarter of a town from above: blocks, a river, a walk with its stops."""
    chance = sheet.chance
    fills = (palette.light, palette.light, palette.light, palette.middle + "66", palette.accent + "44")
    for number in range(88):
        column, row = divmod(number, 8)
        sheet.place(column * 14.5 - 4 + row * 1.5, row * 13.5 - 3 - column * 0.8)
        east, south = chance.uniform(10, 12), chance.uniform(9, 11)
        sheet.shape([(0, 0), (east, -0.6), (12.4, south), (1, 11)], chance.choice(fills))
    sheet.place(0, 0)
    river = "-10,66 0,68 30,76 60,66 92,62 122,74 160,66"
    sheet.stroke(river, palette.paper, 15)
    sheet.stroke(river, "#8fb0b3", 11)
    walk = "22,24 36,38 54,33 66,46 76,58 82,80 102,86 124,54 112,32"
    sheet.stroke(walk, palette.paper, 3)
    sheet.stroke(walk, palette.dark, 1.2)
    for x, y in parsed(walk)[::2]:
        sheet.disc(x, y, 4, palette.dark)
        sheet.disc(x, y, 3, palette.accent)
        sheet.disc(x, y, 1.1, palette.paper)


def _branch(sheet: Sheet, palette: Palette) -> None:
    """Draw a branch with leaves and berries, as in an old book of plants."""
    sheet.disc(sheet.width / 2, 50, 41, palette.light)
    sheet.place(sheet.width / 2, 0)
    sheet.stroke("-6,92 -2,74 2,54 0,34 5,14", palette.deep, 1.5)
    for number in range(7):
        side = -1 if number % 2 else 1
        long = sheet.chance.uniform(0.9, 1.15) * (1 - number * 0.06)
        sheet.place(sheet.width / 2 - 3 + number * 0.9, 80 - number * 10, side * long, long)
        sheet.blob("0,0 8,-12.5 23,-16 17,-4", palette.deep if side > 0 else palette.accent)
        sheet.stroke("0,0 11,-8 22,-15", palette.paper + "99", 0.5)
        sheet.stroke("0,-1 -4,-5 -10,-7", palette.deep, 0.8)
        sheet.place(sheet.width / 2 - 3 + number * 0.9 - side * long * 11, 80 - number * 10 - 7 * long)
        sheet.disc(0, 0, 3, palette.middle)
        sheet.disc(-0.9, -0.9, 0.8, palette.paper + "cc")


def _room(sheet: Sheet, palette: Palette) -> None:
    """Draw a quiet room: a window, its light on the floor, a picture, a chair, a plant."""
    sheet.fade(palette.light, palette.paper)
    sheet.block(0, 72, 150, 28, palette.middle)
    sheet.block(22, 12, 46, 44, palette.paper)
    for x, haze in ((24, "aa"), (46, "77")):
        sheet.block(x, 14, 20, 40, palette.accent + haze)
    sheet.block(20, 55.5, 50, 2.4, palette.deep)
    sheet.shape("40,78 84,78 112,98 58,98", "#ffffff55")
    sheet.block(86, 14, 24, 29, palette.dark)
    sheet.block(88, 16, 20, 25, palette.paper)
    sheet.disc(98, 27, 6, palette.deep)
    sheet.shape("91,39 98,28 105,39", palette.accent)
    sheet.blob("74,46 85,44 89,66 86,72 76,70", palette.deep)
    sheet.blob("76,66 104,66 106,73 102,75 78,75", palette.dark)
    for x in (80, 101):
        sheet.stroke([(x, 74), (x + 0.5, 83), (x + 1, 91)], palette.dark, 1.4)
    for lean in (-12, -6, 0, 6, 12):
        middle = 121 + lean * 0.5
        sheet.blob([(121, 72), (middle - 3, 54), (121 + lean, 44), (middle + 3, 55)], palette.deep)
    sheet.shape("114,70 128,70 125,88 117,88", palette.accent)


def _wave(sheet: Sheet, palette: Palette) -> None:
    """Draw a voice as an audio editor shows it, up to where it was heard."""
    sheet.fade(palette.dark, palette.deep)
    sheet.disc(75, 50, 40, palette.deep)
    sheet.disc(75, 50, 28, palette.middle + "55")
    for step in range(38):
        sentence = abs(sin(step * 0.43)) * (0.6 + 0.4 * cos(step * 0.9))
        loud = 1.5 + 26 * sentence * sheet.chance.uniform(0.55, 1)
        x = 13.5 + step * 3.3
        sheet.block(x - 0.9, 50 - loud, 1.8, 2 * loud, palette.accent if step < 22 else palette.light, 0.9)
    sheet.block(84.2, 12, 0.6, 76, palette.paper)
    sheet.disc(84.5, 12, 1.8, palette.paper)


def _posters(sheet: Sheet, palette: Palette) -> None:
    """Three posters of one series, on a wall."""
    sheet.fade(palette.paper, palette.light)
    for x, ground, colour, motif in (
        (15, palette.deep, palette.accent, "4,51 18,22 32,51"),
        (57, palette.accent, palette.dark, "18,51 4,27 32,27"),
        (99, palette.middle, palette.deep, "8,51 8,38 18,22 28,38 28,51"),
    ):
        sheet.place(x, 13)
        sheet.block(1.5, 2.5, 36, 70, palette.dark + "33")
        sheet.block(0, 0, 36, 70, ground)
        sheet.disc(18, 27, 14, palette.paper)
        sheet.shape(motif, colour)
        sheet.disc(18, 21, 4.5, palette.light)
        for y, wide, high in ((58, 20, 2.6), (63, 13, 1.4)):
            sheet.block(4, y, wide, high, palette.paper)


def _loaf(sheet: Sheet, palette: Palette) -> None:
    """Draw a loaf on a board, just out of the oven."""
    sheet.fade(palette.paper, palette.light)
    sheet.disc(sheet.width / 2, 44, 37, palette.middle + "77")
    sheet.block(0, 74, sheet.width, 26, palette.deep)
    sheet.place(sheet.width / 2, 0)
    sheet.block(-38, 71, 76, 6, "#8b5a37", 3)
    sheet.blob("-31,66 -26,48 -10,39 12,39 27,48 31,66 24,72 -24,72", "#b9713a")
    sheet.blob("-24,58 -18,47 -4,42 12,43 23,50 10,50 -8,53", "#d79a58")
    for x in (-16, -3, 10):
        sheet.blob([(x, 60), (x + 3, 50), (x + 9, 44), (x + 7, 52)], "#f3dcb4")
        sheet.stroke([(x + 4, 33), (x + 2, 28), (x + 6, 23), (x + 4, 17)], palette.paper + "cc", 1.3)


SCENES: dict[str, Callable[[Sheet, Palette], None]] = {
    "book": _book,
    "bottles": _bottles,
    "bowls": _bowls,
    "branch": _branch,
    "chart": _chart,
    "hills": _hills,
    "loaf": _loaf,
    "map": _map,
    "phones": _phones,
    "posters": _posters,
    "room": _room,
    "sea": _sea,
    "wave": _wave,
    "window": _window,
}
