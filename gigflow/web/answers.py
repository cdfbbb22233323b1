"""How the API writes its answers (docs/api.md, Answers): bare, and with what clients of other back ends look for as
well. `API_ANSWERS=lean` leaves the additions out; all of them are made here.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple

import msgspec
from flask import Flask, Response, has_app_context

from gigflow.web.runtime import runtime

Schema = dict[str, Any]
Environ = dict[str, Any]
StartResponse = Callable[..., Callable[[bytes], object]]
WsgiApp = Callable[[Environ, StartResponse], Iterable[bytes]]


class Shape(NamedTuple):
    """What an output struct is for those clients: a list by its field `rows`, or an object by its `name`, if any."""

    rows: str = ""
    name: str = ""
    has_success: bool = False


def answer(body: msgspec.Struct, status: int = 200) -> Response:
    """Return an output struct as the JSON answer."""
    text = _tolerant(body) if is_tolerant() else msgspec.json.encode(body)
    return Response(text, status, mimetype="application/json")


def is_tolerant() -> bool:
    """Return whether this installation's answers carry what clients of other back ends look for."""
    return has_app_context() and runtime().settings.api_answers == "tolerant"


def described(struct: type, schema: Schema) -> Schema:
    """Return the schema of an answer with the additions, from that of its struct."""
    shape = shape_of(struct)
    more: Schema = {"success": {"const": True}}
    if shape.rows:
        more["data"] = {"type": "array", "items": _items_of(struct, shape.rows)}
    elif shape.name:
        named = {"type": "object", "properties": {shape.name: schema}, "required": [shape.name]}
        more |= {shape.name: schema, "data": {"allOf": [schema, named]}}
    else:
        more["data"] = schema
    return {"allOf": [schema, {"type": "object", "properties": more, "required": [*more]}]}


@cache
def shape_of(struct: type) -> Shape:
    """Return the shape: a list has its rows first and then `next`, the cursor of the next page; an object says its
    NAME.
    """
    fields = msgspec.structs.fields(struct)
    names = [field.encode_name for field in fields]
    is_list = "next" in names and "list" in str(fields[0].type)
    return Shape(
        rows=names[0] if is_list else "",
        name="" if is_list else getattr(struct, "NAME", ""),
        has_success="success" in names,
    )


def add_other_addresses(app: Flask) -> None:
    """Let every row of the API answer at its other addresses, too."""
    for rule in list(app.url_map.iter_rules()):
        view = app.view_functions[rule.endpoint]
        for method, _, address in (each.partition(" ") for each in _also(view)):
            app.add_url_rule(address, rule.endpoint, view, methods=[method])


def without_slash(app: WsgiApp) -> WsgiApp:
    """Ignore one slash behind an address of the API."""

    def call(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith("/api/") and path.endswith("/") and not path.endswith("//") and path != "/api/":
            environ = {**environ, "PATH_INFO": path.removesuffix("/")}
        return app(environ, start_response)

    return call


def with_fields_named(message: str, fields: dict[str, list[str]]) -> str:
    """Return the message of a refusal with its fields in it, since many clients show nothing else."""
    if not fields or not is_tolerant():
        return message
    return " ".join(
        f"{_in_words(name)}: {_begun_small(problems[0])}" for name, problems in fields.items() if problems
    )


def _also(view: object) -> tuple[str, ...]:
    description = getattr(view, "description", None)
    return description.also if description else ()


def _tolerant(body: msgspec.Struct) -> bytes:
    shape = shape_of(type(body))
    start = b"{" if shape.has_success else b'{"success":true,'
    if shape.rows:
        # Its rows are encoded once: they are most of the answer.
        field = msgspec.structs.fields(type(body))[0]
        rows = msgspec.json.encode(getattr(body, field.name))
        empty = b'"%s":[]' % shape.rows.encode()
        bare = msgspec.json.encode(msgspec.structs.replace(body, **{field.name: []}))
        rest = bare[1 + len(empty) :]
        return start + b'"data":' + rows + b',"%s":' % shape.rows.encode() + rows + rest
    bare = msgspec.json.encode(body)
    if not shape.name:
        return start + bare[1:-1] + b',"data":' + bare + b"}"
    named = b',"%s":' % shape.name.encode() + bare
    return start + bare[1:-1] + named + b',"data":' + bare[:-1] + named + b"}}"


def _items_of(struct: type, rows: str) -> Schema:
    (schema,), components = msgspec.json.schema_components(
        [struct], ref_template="#/components/schemas/{name}"
    )
    items: Schema = components[schema["$ref"].rpartition("/")[2]]["properties"][rows]["items"]
    return items


def _in_words(name: str) -> str:
    """Return `deliveryDays` as "Delivery days"; the name of a header stays."""
    if "-" in name:
        return name
    words = re.sub(r"(?<=[a-z0-9])[A-Z]", lambda found: f" {found[0].lower()}", name)
    return words[:1].upper() + words[1:]


def _begun_small(sentence: str) -> str:
    """Return a sentence as it goes on after a colon; a name stays ("GigFlow", "API", the name of a file)."""
    word = sentence.partition(" ")[0]
    is_name = word == "I" or not word[1:].islower() or not word.isalpha()
    return sentence if is_name and word != "A" else sentence[:1].lower() + sentence[1:]
