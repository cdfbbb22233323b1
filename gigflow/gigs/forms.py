"""What the forms of both kinds share."""

from collections.abc import Sequence
from typing import Any

from gigflow.core.errors import Invalid
from gigflow.core.words import folded
from gigflow.gigs.categories import CATEGORY_GROUPS, CATEGORY_NAMES
from gigflow.web.fields import (
    ChoiceField,
)

_SLUGS = {
    folded(word): slug
    for slug, name in CATEGORY_NAMES.items()
    for word in (slug, slug.replace("-", " "), name)
}


class CategoryField(ChoiceField):
    """A category by its slug, or as people write it: by its name, in any case."""

    def __init__(self, label: str = "Category", **kwargs: Any) -> None:
        super().__init__(label, **{"choices": dict(CATEGORY_GROUPS), **kwargs})

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        super().process_formdata([_SLUGS.get(folded(text.strip()), text) for text in valuelist])


class KindField(ChoiceField):
    """Which kind of gig it is; if it is left out, its fields tell."""

    def __init__(self, **kwargs: Any) -> None:
        kinds = [("", "As its fields say"), ("job", "Job"), ("service", "Service")]
        super().__init__("Kind", choices=kinds, default="", **kwargs)


def is_a_service(body: dict[str, Any]) -> bool:
    """Return whether a program posts a service: it says so, or a price and no budget (docs/api.md). Raises Invalid."""
    kind = body.get("kind")
    if kind not in (None, "job", "service"):
        raise Invalid({"kind": ["job or service."]})
    return kind == "service" or (kind is None and "price" in body and "budget" not in body)
