"""A receipt as a file: PDF, by Typst, with the faces in fonts/ (docs/decisions/0048)."""

from pathlib import Path
from typing import Any

import msgspec

from gigflow.core.green import off_loop
from gigflow.receipts.sheets import Sheet

_HERE = Path(__file__).parent
_FACES: dict[str, Any] = {}  # read once in a process, and only in one that draws


def pdf_of(sheet: Sheet) -> bytes:
    """Draw a receipt. What no face has is drawn as an empty box, so that one sees that something is missing."""
    return off_loop(_draw, sheet)


def _draw(sheet: Sheet) -> bytes:
    import typst  # 20 MB of memory, for processes that draw only

    if "all" not in _FACES:
        _FACES["all"] = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[_HERE / "fonts"]
        )
    # What people wrote comes in as a value, so none of it is ever markup or code.
    drawn = typst.compile(
        _HERE / "receipt.typ",
        root=_HERE,
        font_paths=_FACES["all"],
        sys_inputs={"sheet": msgspec.json.encode(sheet).decode()},
        format="pdf",
    )
    assert isinstance(drawn, bytes)
    return drawn
