"""What paying at the sandbox takes. A number is checked as in any shop's form; the actions say whether it pays."""

import re

from wtforms.validators import StopValidation

from gigflow.core.clock import now
from gigflow.sandbox.models import NAME_MAX
from gigflow.web.fields import TextField, Visible, text_rules
from gigflow.web.forms import Form

_DIGITS = re.compile(r"[0-9]{12,19}")  # ISO/IEC 7812
_EXPIRY = re.compile(r"(0?[1-9]|1[0-2])\s*[/-]?\s*(20)?([0-9]{2})")
_CVC = re.compile(r"[0-9]{3,4}")


class CardNumberForm(Form):
    """What a program pays with: the number is enough."""

    card_number = TextField("Card number", [Visible("Enter the number of the card.")])

    def validate_card_number(self, field: TextField) -> None:
        """Accept any number with a right check digit."""
        if not _DIGITS.fullmatch(self.digits) or not _has_right_check_digit(self.digits):
            raise StopValidation("This is not a card number. Check its digits.")

    @property
    def digits(self) -> str:
        """The number without the spaces and dashes that people put into it."""
        return re.sub(r"[\s-]", "", self.card_number.data or "")


class CardForm(CardNumberForm):
    """What a person types on the page."""

    expiry = TextField("Expiry date", [Visible("Enter the month and the year.")], description="MM / YY")
    cvc = TextField(
        "Security code", [Visible("Enter the security code.")], description="3 digits, on the back"
    )
    name = TextField("Name on the card", text_rules(NAME_MAX, "Enter the name on the card."))

    def validate_expiry(self, field: TextField) -> None:
        """Accept a card until its month is over."""
        found = _EXPIRY.fullmatch(field.data)
        if found is None:
            raise StopValidation("Write it like 04 / 29.")
        today = now()
        if (2000 + int(found[3]), int(found[1])) < (today.year, today.month):
            raise StopValidation("This card has expired.")

    def validate_cvc(self, field: TextField) -> None:
        """Accept three digits, or four as on some cards."""
        if not _CVC.fullmatch(field.data):
            raise StopValidation("It has 3 digits, or 4 on some cards.")


def _has_right_check_digit(digits: str) -> bool:
    """Do Luhn's check (ISO/IEC 7812-1, annex B): every second digit counts twice, from the right."""
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
