"""Fields of forms that name things by their ids."""

from collections.abc import Sequence
from typing import Any

from wtforms import Field
from wtforms.utils import unset_value

from gigflow.core.db import is_id, object_id
from gigflow.web.fields import JsonField, Schema


class IdsField(JsonField, Field):
    """Ids of things, up to `most`: a list in JSON, ticked boxes on a page. `data` has each of them once; if they are
    left out, it is an empty list.
    """

    is_given: bool

    def __init__(self, label: str, *, most: int, **kwargs: Any) -> None:
        super().__init__(label, default=list, **kwargs)
        self.most = most

    def from_json(self, value: object) -> list[str]:
        if (
            not isinstance(value, list)
            or len(value) > self.most
            or not all(isinstance(each, str) for each in value)
        ):
            raise ValueError(f"This must be a list of at most {self.most} ids.")
        return value

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Take what was sent, and note whether anything was: an empty list is another thing than none."""
        super().process(formdata, data, extra_filters)
        self.is_given = formdata is not None and self.name in formdata

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        ids = [object_id(text) for text in valuelist[: self.most] if is_id(text)]
        self.data = list(dict.fromkeys(ids))
        if len(ids) != len(valuelist):
            raise ValueError(f"Up to {self.most} ids, each of 24 hexadecimal digits.")

    def schema(self) -> Schema:
        return {"type": "array", "items": {"type": "string"}, "maxItems": self.most}


class ReadFilesField(IdsField):
    """Files as answers of the API have them: objects with an id each, of which nothing else is read."""

    def from_json(self, value: object) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise ValueError(f"This must be a list of at most {self.most} objects with an id.")
        return super().from_json([each.get("id") for each in value])

    def schema(self) -> Schema:
        file = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
        return {"type": "array", "items": file, "maxItems": self.most}
