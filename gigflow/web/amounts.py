"""Amounts that people type: understood and refused in one way, in a form and while they are still typing."""

from gigflow.web.runtime import runtime


def amount_problem(amount_minor: int, *, bound: bool = False, to_pay: bool = False) -> str | None:
    """Return why an amount cannot be taken, in a sentence for the person who typed it, or None. `bound` marks one end
    of a range, which may be 0; `to_pay` an amount that somebody will pay, so that the provider has to take it.
    """
    if amount_minor < 0 or (amount_minor == 0 and not bound):
        return "This must be 0 or more." if bound else "This must be more than 0."
    currency, gateway = runtime().currency, runtime().gateway
    if amount_minor > currency.max_minor:
        return f"At most {currency.format(currency.max_minor)}."
    return gateway.prices.problem(amount_minor) if to_pay and gateway else None


def typed_amount(text: str, *, bound: bool = False, to_pay: bool = False) -> int | None:
    """Return minor units of what is typed so far, None if that is nothing. Raises ValueError with the sentence by which
    the form would refuse it.
    """
    if not text.strip():
        return None
    amount = runtime().currency.parse(text)
    if problem := amount_problem(amount, bound=bound, to_pay=to_pay):
        raise ValueError(problem)
    return amount
