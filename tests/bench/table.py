"""What was measured, beside its limit."""

import sys


class Table:
    """Rows of a figure and its limit; printed as they come in and once more in full at the end."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, str, str, str]] = []

    def at_least(self, what: str, figure: float, limit: float, unit: str = "", source: str = "") -> None:
        """A figure that must not be lower."""
        self._add(what, figure, f">= {_shown(limit)}{unit}", unit, figure >= limit, source)

    def at_most(self, what: str, figure: float, limit: float, unit: str = "", source: str = "") -> None:
        """A figure that must not be higher."""
        self._add(what, figure, f"<= {_shown(limit)}{unit}", unit, figure <= limit, source)

    def note(self, what: str, text: str) -> None:
        """A figure without a limit."""
        self._rows.append((what, text, "", ""))
        print(f"  {what}: {text}", file=sys.stderr, flush=True)

    def show(self) -> None:
        """Print all of it."""
        heads = ("what", "figure", "limit", "")
        widths = [max(len(row[column]) for row in (heads, *self._rows)) for column in range(4)]
        for row in (heads, tuple("-" * width for width in widths), *self._rows):
            print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
        verdicts = [verdict for *_, verdict in self._rows if verdict]
        print(f"\n{verdicts.count('ok')} of {len(verdicts)} limits are kept.")
        for what, figure, limit, verdict in self._rows:
            if verdict == "MISSED":
                print(f"MISSED  {what.strip()}: {figure}, and the limit is {limit}")

    def _add(self, what: str, figure: float, limit: str, unit: str, good: bool, source: str) -> None:
        verdict = "ok" if good else "MISSED"
        self._rows.append((what, f"{_shown(figure)}{unit}", f"{limit} {source}".rstrip(), verdict))
        print(f"  {what}: {_shown(figure)}{unit} ({limit}, {verdict})", file=sys.stderr, flush=True)


def _shown(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 or figure == int(figure) else f"{figure:.2f}"
