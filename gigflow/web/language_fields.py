"""The field in which people write languages."""

from collections.abc import Sequence
from typing import Any

from gigflow.core.languages import LANGUAGE_MAX, known_languages, language_of, names_of
from gigflow.core.texts import legible
from gigflow.web.fields import Schema, WordsField


class LanguagesField(WordsField):
    """Languages by their names or codes; `data` has their codes. A list in JSON; on a page a field for each, with the
    known names as suggestions of the browser.
    """

    def __init__(self, label: str, *, most: int, **kwargs: Any) -> None:
        super().__init__(label, most=most, longest=LANGUAGE_MAX, **kwargs)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        super().process_formdata(valuelist)
        found = {text: language_of(text) for text in self.data}
        if unknown := [text for text, code in found.items() if code is None]:
            self.data = []
            raise ValueError(f"“{legible(unknown[0][:LANGUAGE_MAX])}” is not a language of the list.")
        self.data = list(dict.fromkeys(code for code in found.values() if code))

    @property
    def typed(self) -> list[str]:
        """What the fields of a page show: names, also for codes; what is no language as it was typed."""
        if self.raw_data:
            typed = [text for text in legible(",".join(map(str, self.raw_data))).split(",") if text.strip()]
            return [name for text in typed for name in names_of([language_of(text) or ""]) or [text]]
        return names_of(self.data or [])

    @property
    def known(self) -> Sequence[str]:
        """The names that are suggested."""
        return list(known_languages().values())

    def schema(self) -> Schema:
        words = {"type": "array", "items": {"type": "string", "examples": ["cs"]}, "maxItems": self.most}
        return {"oneOf": [words, {"type": "string"}]}
