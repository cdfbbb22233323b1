"""The OpenAPI document, made from what the routes themselves use: forms for input, structs for output.

A route says by `describes` what it takes and answers; a route under /api without it stops the start, so the document
can neither lag behind nor forget a row.
"""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from flask import Flask

from gigflow.core.paging import DEFAULT_LIMIT, MAX_LIMIT
from gigflow.web.answers import described, is_tolerant
from gigflow.web.errors import ErrorBody
from gigflow.web.fields import JsonField
from gigflow.web.forms import Form, camel
from gigflow.web.marks import has_mark
from gigflow.web.uploads import JSON, MULTIPART, FilesField, OneFileField, PictureField

View = TypeVar("View", bound=Callable[..., Any])
Document = dict[str, Any]

ANY_FILE = "application/octet-stream"
ID = {"type": "string", "pattern": "^[0-9a-fA-F]{24}$"}


class Query(msgspec.Struct, frozen=True):
    """A parameter of a query string."""

    name: str
    meaning: str
    schema: Document


class Description(msgspec.Struct, frozen=True):
    """What a row of the API takes and answers: a struct as JSON, or `bytes` as a file of the type `media`; one of any
    type is sent in parts, too. `or_form` is another form that its body may be, told apart by the fields; `also` are its
    other addresses, as "GET /api/…" (web/answers.py). `says` is what it binds people to, in sentences for a person.
    """

    summary: str
    tag: str
    answers: type
    form: type[Form] | None = None
    or_form: type[Form] | None = None
    partial: bool = False
    status: int = 200
    query: tuple[Query, ...] = ()
    refusals: tuple[int, ...] = ()
    headers: tuple[Query, ...] = ()
    also: tuple[str, ...] = ()
    media: str = ANY_FILE
    says: str = ""


LIMIT = Query(
    "limit",
    "How many rows.",
    {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
)
CURSOR = Query("cursor", "`next` of the page before.", ID)
CURSOR_TEXT = Query("cursor", "`next` of the page before, in the same order.", {"type": "string"})


def describes(summary: str, tag: str, answers: type, **more: Any) -> Callable[[View], View]:
    """Attach a `Description` to a view."""

    def attach(view: View) -> View:
        view.description = Description(summary, tag, answers, **more)  # type: ignore[attr-defined]
        return view

    return attach


def openapi_document(app: Flask) -> Document:
    """Return the OpenAPI 3.1 document of every route under /api. Raises LookupError for one that is not described."""
    structs: set[type] = {ErrorBody}
    rows: list[tuple[str, str, Description, bool]] = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/") or rule.endpoint.startswith("docs."):
            continue
        view = app.view_functions[rule.endpoint]
        description = getattr(view, "description", None)
        if description is None:
            raise LookupError(f"{rule.endpoint} has no description for the OpenAPI document.")
        structs.add(description.answers)
        private = has_mark(view, "needs_sign_in")
        others = {tuple(each.split(" ", 1)) for each in description.also}
        methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        methods = [method for method in methods if (method, rule.rule) not in others]
        rows.extend((rule.rule, method.lower(), description, private) for method in methods)
    schemas_of, components = msgspec.json.schema_components(
        sorted(structs, key=lambda struct: struct.__name__), ref_template="#/components/schemas/{name}"
    )
    schema = dict(zip(sorted(structs, key=lambda struct: struct.__name__), schemas_of, strict=True))
    paths: Document = {}
    for rule_text, method, description, private in sorted(rows, key=lambda row: (row[0], row[1])):
        path = _path(rule_text)
        paths.setdefault(path, {})[method] = _operation(path, method, description, private, schema)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "GigFlow",
            "version": "1",
            "description": "Post jobs, bid, hire. JSON in and out, in camelCase; times in UTC, money as decimals."
            " A front end on the same site signs in with cookies, one on another site with Authorization: Bearer.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "cookie": {"type": "apiKey", "in": "cookie", "name": app.config["JWT_ACCESS_COOKIE_NAME"]},
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    }


def _path(rule: str) -> str:
    """Return `/api/gigs/<id>` as `/api/gigs/{id}`."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)


def _operation(path: str, method: str, row: Description, private: bool, schema: dict[type, Any]) -> Document:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]
    parameters += [_parameter(query, "query") for query in row.query]
    parameters += [_parameter(header, "header") for header in row.headers]
    operation: Document = {
        "operationId": camel(
            f"{method}_{re.sub(r'[^a-z]+', '_', path.lower().removeprefix('/api/')).strip('_')}"
        ),
        "summary": row.summary,
        "tags": [row.tag],
        "parameters": parameters,
        "responses": _responses(row, method, private, schema),
    }
    told = [row.says] if row.says else []
    if row.also and is_tolerant():
        others = " and ".join(f"`{_path(each)}`" for each in row.also)
        told.append(f"{others} {'is' if len(row.also) == 1 else 'are'} the same.")
    if told:
        operation["description"] = " ".join(told)
    if private:
        operation["security"] = [{"cookie": []}, {"bearer": []}]
    if row.form:
        body = _body(row.form, row.or_form, row.partial)
        operation["requestBody"] = {
            "required": bool(body.get("required")),
            "content": _by_media_type(row.form, body),
        }
    return operation


def _responses(row: Description, method: str, private: bool, schema: dict[type, Any]) -> Document:
    refusals = set(row.refusals) | {503, 500}
    refusals |= {403, 415} if method != "get" else set()  # another site's page, or a body that is no JSON
    refusals |= {401} if private else set()
    refusals |= {400, 413} if row.form else set()
    refusals |= {400, 414} if row.query else set()  # a query of which there is too much
    refusals |= {429}
    if row.answers is bytes:
        content = {row.media: {"schema": {"type": "string", "format": "binary"}}}
        statuses = [row.status, *([HTTPStatus.PARTIAL_CONTENT.value] if row.media == ANY_FILE else [])]
    else:
        content = {"application/json": {"schema": _answer_schema(row.answers, schema)}}
        statuses = [row.status]
    responses: Document = {
        str(status): {"description": HTTPStatus(status).phrase, "content": content} for status in statuses
    }
    for status in sorted(refusals):
        responses[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {"application/json": {"schema": schema[ErrorBody]}},
        }
    return responses


def _answer_schema(struct: type, schema: dict[type, Any]) -> Document:
    return described(struct, schema[struct]) if is_tolerant() else dict(schema[struct])


def _parameter(query: Query, place: str) -> Document:
    return {
        "name": query.name,
        "in": place,
        "required": False,
        "description": query.meaning,
        "schema": query.schema,
    }


def _fields(form_class: type[Form]) -> dict[str, JsonField]:
    form = form_class(formdata=None, meta={"csrf": False})
    return {name: field for name, field in form._fields.items() if isinstance(field, JsonField)}


def _by_media_type(form_class: type[Form], body: Document) -> Document:
    """Return what the body may be: multipart with one file; multipart if it may have files, or JSON without."""
    fields = _fields(form_class)
    files = {camel(name) for name, field in fields.items() if isinstance(field, FilesField)}
    if files:
        texts = {name: schema for name, schema in body["properties"].items() if name not in files}
        return {MULTIPART: {"schema": body}, JSON: {"schema": {**body, "properties": texts}}}
    has_file = any(isinstance(field, PictureField | OneFileField) for field in fields.values())
    return {MULTIPART if has_file else JSON: {"schema": body}}


def _body(form_class: type[Form], other: type[Form] | None, partial: bool) -> Document:
    fields = _fields(form_class)
    others = _fields(other) if other else fields
    body: Document = {
        "type": "object",
        "properties": {camel(name): _property(field) for name, field in {**others, **fields}.items()},
    }
    # Of two forms, what both of them demand.
    required = [
        camel(name)
        for name, field in fields.items()
        if field.flags.required and name in others and others[name].flags.required
    ]
    return body if partial or not required else {**body, "required": required}


def _property(field: JsonField) -> Document:
    """Return a field's schema with what its form says of it to people, too."""
    said = getattr(field, "description", "")
    return {**field.schema(), "description": said} if said else field.schema()
