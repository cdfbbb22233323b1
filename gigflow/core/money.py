"""Money is an integer of minor units inside and a decimal number at the edge (DOMAIN.md, Documents)."""

import re
from decimal import Decimal
from functools import lru_cache

from babel.numbers import format_currency, get_currency_precision, get_currency_symbol

MAX_MAJOR = 1_000_000  # API.md: money up to 1,000,000
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")
_AMOUNT = re.compile(r"-?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})")


class Currency:
    """The installation's one currency: how its amounts are read, written and shown."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.digits = get_currency_precision(code)
        self.symbol = get_currency_symbol(code, locale="en_US")
        self.max_minor = MAX_MAJOR * 10**self.digits
        self.format = lru_cache(maxsize=4096)(self._format)

    def parse(self, text: str) -> int:
        """Minor units of a typed amount: "500", "449.5", "1,500" and "$20" are understood.

        Raises ValueError with a sentence for the person where it is no amount, or finer than the currency.
        """
        text = text.strip().removeprefix(self.symbol).strip()
        if _GROUPED.fullmatch(text):
            text = text.replace(",", "")
        if not _AMOUNT.fullmatch(text):
            raise ValueError("Give an amount, such as 500" + (" or 449.50." if self.digits else "."))
        minor = Decimal(text).scaleb(self.digits)
        if minor != minor.to_integral_value():
            raise ValueError(
                f"Amounts have at most {self.digits} decimals."
                if self.digits
                else "Amounts have no decimals."
            )
        return int(minor)

    def number(self, minor: int) -> int | float:
        """The JSON number of an amount: 500 for a whole one, 449.5 otherwise."""
        whole, rest = divmod(minor, 10**self.digits)
        return whole if not rest else float(Decimal(minor).scaleb(-self.digits))

    def plain(self, minor: int) -> str:
        """The amount as a person would type it into a field: "500", "449.50"."""
        whole, rest = divmod(minor, 10**self.digits)
        return f"{whole}.{rest:0{self.digits}d}" if rest else str(whole)

    def _format(self, minor: int) -> str:
        """The amount as people write it: "$1,200", "$449.50". Whole amounts go without decimals."""
        whole = minor % 10**self.digits == 0
        return format_currency(
            Decimal(minor).scaleb(-self.digits),
            self.code,
            format="¤#,##0" if whole else None,
            locale="en_US",
            currency_digits=not whole,
        )
