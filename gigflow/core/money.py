"""Money is an integer of minor units inside and a decimal number at the edge (docs/domain.md, Money)."""

import re
import unicodedata
from decimal import ROUND_DOWN, Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency, get_currency_precision, get_currency_symbol

MAX_MAJOR = 1_000_000  # docs/api.md, Longest texts: money up to 1,000,000
LONGEST = 60  # characters of a typed amount, far more than any needs
# How far from a minor unit the arithmetic of binary numbers may leave an amount, in minor units.
DUST = Decimal("0.000001")
TOO_MUCH = Decimal(10) ** 12  # far above what any field takes; larger amounts need not be exact

_PLAIN = re.compile(r"-?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})")
_DECIMAL_COMMA = re.compile(r"-?[0-9]{0,18},[0-9]{1,2}")
# One mark and exactly three digits: thousands in half of the world, decimals in the other half.
_TWO_WAYS = re.compile(r"-?[0-9]{1,15}[.,][0-9]{3}")
# Thousands by one mark throughout (or as India groups them), which is not the mark of the decimals.
_GROUPED = re.compile(
    r"-?(?P<whole>[1-9][0-9]{0,2}(?P<mark>[,. '])[0-9]{3}((?P=mark)[0-9]{3})*|[1-9][0-9]?(,[0-9]{2})+,[0-9]{3})"
    r"(?P<rest>[.,][0-9]*)?"
)
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2019\u2018\u02bc\u00b4`", "'"))


def fee_of(amount_minor: int, basis_points: int) -> int:
    """Return GigFlow's part of an amount that is released, rounded half up to a minor unit."""
    return (amount_minor * basis_points + 5_000) // 10_000


def percent(basis_points: int) -> str:
    """Return a part of a hundred as people read it, everywhere in this spelling: "10%", "2.5%"."""
    return f"{Decimal(basis_points).scaleb(-2).normalize():f}%"


class Currency:
    """The installation's one currency: how its amounts are read, written and shown."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.digits = get_currency_precision(code)
        self.symbol = get_currency_symbol(code, locale="en_US")
        self.max_minor = MAX_MAJOR * 10**self.digits
        self.format = lru_cache(maxsize=4096)(self._format)
        self._marks = _marks_of(code, self.symbol)

    def parse(self, text: str) -> int:
        """Return minor units of a typed amount, however people group and mark it: "500", "449.5", "449,50", "1,500", "1
        500,50", "$20", "20 USD".

        Raises ValueError with a sentence for the person if it is no amount, if it is finer than the currency, or if it
        can be read in two ways: "1.500" is fifteen hundred to one half of the world (SECURITY 20b).
        """
        return self._minor(self._decimal(self._bare(text)))

    def of_number(self, value: float) -> int:
        """Return minor units of a program's number: 449.5, and 3.3000000000000003 as well, which is 3.3 after some
        sums.

        Raises ValueError with a sentence if it is finer than the currency, or not finite.
        """
        amount = Decimal(repr(value))
        if not amount.is_finite():
            raise ValueError(self._example())
        return self._minor(min(amount, TOO_MUCH))

    def number(self, minor: int) -> int | float:
        """Return the JSON number of an amount: 500 for a whole one, 449.5 otherwise."""
        whole, rest = divmod(minor, 10**self.digits)
        return whole if not rest else float(Decimal(minor).scaleb(-self.digits))

    def plain(self, minor: int) -> str:
        """Return the amount as a person would type it into a field: "500", "449.50"."""
        whole, rest = divmod(minor, 10**self.digits)
        return f"{whole}.{rest:0{self.digits}d}" if rest else str(whole)

    def _format(self, minor: int) -> str:
        """Return the amount as people write it: "$1,200", "$449.50". Whole amounts go without decimals."""
        whole = minor % 10**self.digits == 0
        return format_currency(
            Decimal(minor).scaleb(-self.digits),
            self.code,
            format="¤#,##0" if whole else None,
            locale="en_US",
            currency_digits=not whole,
        )

    def _bare(self, text: str) -> str:
        """Return the typed amount in plain digits and spaces, without the currency's mark at either end."""
        if len(text) > LONGEST:
            raise ValueError(self._example())
        text = _in_plain_characters(text).casefold().strip()
        for take in (str.removeprefix, str.removesuffix):
            left = (take(text, mark) for mark in self._marks)
            text = next((each for each in left if each != text), text).strip()
        return text.translate(_APOSTROPHES)

    def _decimal(self, text: str) -> Decimal:
        if _TWO_WAYS.fullmatch(text):
            if not self._has_one_meaning(text):
                raise ValueError(self._both_ways(text))
            return Decimal(text.replace(",", ""))
        grouped = _GROUPED.fullmatch(text)
        if grouped and self._ends_well(grouped):
            sign = "-" if text.startswith("-") else ""
            whole = re.sub("[,. ']", "", grouped["whole"])
            return Decimal(f"{sign}{whole}{(grouped['rest'] or '').replace(',', '.')}")
        if _DECIMAL_COMMA.fullmatch(text):
            text = text.replace(",", ".")
        if not _PLAIN.fullmatch(text):
            raise ValueError(self._example())
        return Decimal(text)

    def _has_one_meaning(self, text: str) -> bool:
        """Read a comma as a mark of thousands and a dot as one of decimals, unless both readings make sense in the
        currency.
        """
        if "." in text:
            return self.digits == 3
        return self.digits != 3 and _GROUPED.fullmatch(text) is not None

    def _ends_well(self, grouped: re.Match[str]) -> bool:
        """Return whether what follows the thousands can only be decimals."""
        rest = grouped["rest"] or ""
        if rest in ("", "."):
            return True
        mark, decimals = rest[0], len(rest) - 1
        if mark == (grouped["mark"] or ","):
            return False
        return 1 <= decimals <= 2 or (mark == "." and decimals == 3 == self.digits)

    def _minor(self, amount: Decimal) -> int:
        minor = amount.scaleb(self.digits)
        whole = minor.to_integral_value()
        if abs(minor - whole) > DUST:
            raise ValueError(
                f"Amounts have at most {self.digits} decimals."
                if self.digits
                else "Amounts have no decimals."
            )
        return int(whole)

    def _example(self) -> str:
        if not self.digits:
            return "Enter an amount, such as 500."
        return f"Enter an amount, such as 500 or {self.plain(4495 * 10 ** (self.digits - 1))}."

    def _both_ways(self, text: str) -> str:
        """Return the refusal of what can be read in two ways, with how to write each of them."""
        large = int(re.sub("[,.]", "", text))
        small = Decimal(text.replace(",", ".")).quantize(Decimal(1).scaleb(-self.digits), ROUND_DOWN)
        thousands = str(large) if self.digits == 3 else f"{large:,}"
        return f"This amount is ambiguous. Write {thousands} or {small}."


def _marks_of(code: str, symbol: str) -> tuple[str, ...]:
    """Return how people mark amounts of a currency, longest first: "cad", "ca$" and "$", "sek" and "kr"."""
    marks = {code, symbol, symbol.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
    try:
        # A currency's code begins with its country's (ISO 4217).
        at_home = get_currency_symbol(code, locale=Locale.parse(f"und_{code[:2]}"))
        marks.add(at_home)
    except (UnknownLocaleError, ValueError):
        pass  # a currency of several countries
    plain = {_in_plain_characters(mark).strip().casefold() for mark in marks}
    plain |= {mark.rstrip(".") for mark in plain}
    return tuple(sorted(plain - {""}, key=len, reverse=True))


def _in_plain_characters(text: str) -> str:
    """Return the text with every space as one, wide characters as ASCII ("￥１０" is "¥10"), and without invisible
    characters.
    """
    found = []
    for char in text:
        kind = unicodedata.category(char)
        if kind == "Zs" or char in "\t\r\n":
            found.append(" ")
        elif kind == "Pd" or char == "\u2212":
            found.append("-")
        elif kind != "Cf":
            wide = unicodedata.east_asian_width(char) == "F"
            found.append(unicodedata.normalize("NFKC", char) if wide else char)
    return "".join(found)
