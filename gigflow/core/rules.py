"""What an installation has decided that actions go by. They are given all of it, and each reads what concerns it."""

import msgspec

from gigflow.core.money import Currency


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one installation; `settings` says where they come from."""

    currency: Currency
    fee_basis_points: int  # of what is agreed from now on; an order keeps its own
    moderates_services: bool = False  # an admin looks at services before others do
    strict_passwords: bool = False  # SECURITY 6
