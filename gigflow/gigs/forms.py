"""What the forms of both kinds share."""

from typing import Any

from gigflow.core.errors import Invalid
from gigflow.web.fields import (
    ChoiceField,
)


class KindField(ChoiceField):
    """Which kind of gig it is; left out, its fields tell."""

    def __init__(self, **kwargs: Any) -> None:
        kinds = [("", "As its fields say"), ("job", "Job"), ("service", "Service")]
        super().__init__("Kind", choices=kinds, default="", **kwargs)


def is_a_service(body: dict[str, Any]) -> bool:
    """Whether a program posts a service: it says so, or a price and no budget (docs/api.md). Raises Invalid."""
    kind = body.get("kind")
    if kind not in (None, "job", "service"):
        raise Invalid({"kind": ["job or service."]})
    return kind == "service" or (kind is None and "price" in body and "budget" not in body)
