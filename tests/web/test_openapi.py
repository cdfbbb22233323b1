"""The API's own description: it matches the routes, and the API matches it."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.specs.openapi.schemas import OpenApiSchema

from tests.conftest import Join, shared
from tests.support.client import Client, Person
from tests.support.market import ask_question, offer_service, place_bid, post_job
from tests.support.server import Server

alice = shared("Alice Owner")
bob = shared("Bob Bidder")

CASES = 6  # for each operation
CHECKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)
SIGNING = (
    "/api/auth/logout",
    "/api/auth/login",
    "/api/auth/register",
    "/api/users/login",
    "/api/users/register",
)


@pytest.fixture
def document(visitor: Client) -> dict[str, Any]:
    answer = visitor.get("/api/openapi.json")
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def test_the_document_matches_the_routes(document: dict[str, Any], server: Server) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule), method.lower())
        for method, rule in server.routes()
        if rule.startswith("/api/") and rule not in ("/api/openapi.json", "/api/docs")
    }
    assert routes == {
        (path, method) for path, operations in document["paths"].items() for method in operations
    }


FILES = {
    "getFilesId": "application/octet-stream",
    "getFilesIdPreview": "image/webp",
    "getReceiptsIdPdf": "application/pdf",
    "getAdminReportsIdFilesFileId": "application/octet-stream",
    "getAdminOrdersIdConversationFilesFileId": "application/octet-stream",
}


def test_every_operation_says_what_it_needs(document: dict[str, Any]) -> None:
    operations = [each for path in document["paths"].values() for each in path.values()]
    ids = [each["operationId"] for each in operations]
    assert len(ids) == len(set(ids))
    for operation in operations:
        assert operation["summary"]
        assert operation["tags"]
        assert {"429", "500", "503"} <= operation["responses"].keys()
        assert ("401" in operation["responses"]) >= ("security" in operation)
        for status, answer in operation["responses"].items():
            assert answer["description"]
            file = FILES.get(operation["operationId"]) if status in ("200", "206") else None
            kind = file or "application/json"
            assert answer["content"][kind]["schema"]
    assert document["openapi"] == "3.1.0"
    assert document["components"]["schemas"]["ErrorBody"]["properties"].keys() == {
        "success",
        "message",
        "error",
    }


def test_what_needs_signing_in_says_so(document: dict[str, Any], visitor: Client) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            status = visitor.request(method.upper(), path.replace("{id}", "f" * 24)).status_code
            assert (status == 401) is ("security" in operation or path == "/api/auth/refresh"), (method, path)


def test_files_are_described_as_multipart(document: dict[str, Any]) -> None:
    """SECURITY 12: JSON everywhere else."""
    taken = {
        (path, method): operation["requestBody"]["content"]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if "requestBody" in operation
    }
    with_files = {
        ("/api/users/profile/picture", "put"),
        ("/api/users/profile/portfolio/{id}/picture", "put"),
        ("/api/gigs/{id}/images", "post"),
        ("/api/files", "post"),
    }
    delivery = taken.pop(("/api/orders/{id}/deliver", "post"))
    properties = {kind: set(content["schema"]["properties"]) for kind, content in delivery.items()}
    assert properties == {"multipart/form-data": {"message", "files"}, "application/json": {"message"}}
    statement = taken.pop(("/api/orders/{id}/dispute/statement", "post"))
    properties = {kind: set(content["schema"]["properties"]) for kind, content in statement.items()}
    assert properties["multipart/form-data"] == properties["application/json"] | {"files"}
    for row, content in taken.items():
        assert content.keys() == {"multipart/form-data" if row in with_files else "application/json"}
    for row in with_files:
        body = taken[row]["multipart/form-data"]["schema"]
        (name,) = body["required"]
        assert name == ("file" if row == ("/api/files", "post") else "picture")
        shape = body["properties"][name]
        assert (shape["type"], shape["format"]) == ("string", "binary")


def test_what_belongs_to_others_is_not_described(document: dict[str, Any]) -> None:
    """SECURITY 18: the public profile has no field for an address; one's own has."""
    schemas = document["components"]["schemas"]
    assert "email" not in schemas["ProfileBody"]["properties"]
    assert schemas["OwnProfileBody"]["properties"].keys() - schemas["ProfileBody"]["properties"].keys() == {
        "email",
        "intent",
        "isAdmin",
        "listed",
        "timeZone",
    }


def test_both_kinds_of_gigs_are_described(document: dict[str, Any]) -> None:
    """Whoever reads it can offer a service and change it, too."""
    for path, method in (("/api/gigs", "post"), ("/api/gigs/{id}", "patch"), ("/api/gigs/{id}", "put")):
        body = document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
        kinds = body.get("anyOf") or body.get("oneOf") or [body]
        named = {name for kind in kinds for name in kind["properties"]}
        assert {"title", "budget", "startOn", "price", "revisions", "deliveryDays"} <= named, (path, method)
    filters = {each["name"] for each in document["paths"]["/api/gigs/search"]["get"]["parameters"]}
    assert filters == {
        "q", "kind", "category", "minPrice", "maxPrice", "maxDeliveryDays", "minRating", "skills", "available", "sort",
        "facets", "limit", "cursor",
    }  # fmt: skip
    of_jobs = {each["name"] for each in document["paths"]["/api/gigs"]["get"]["parameters"]}
    assert of_jobs == filters - {"q", "kind", "facets"} | {"search"}


@pytest.fixture
def schema(server: Server, document: dict[str, Any]) -> OpenApiSchema:
    return _schema_of(server, document)


def _schema_of(server: Server, document: dict[str, Any]) -> OpenApiSchema:
    load_all_checks()
    loaded = schemathesis.openapi.from_dict(document)
    loaded.config.update(base_url=server.url)
    return loaded


# Another thread of the worker, such as a driver's, may use the one generator of `random` meanwhile: no strategy does.
RANDOM_ELSEWHERE = pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")


@pytest.mark.slow
@RANDOM_ELSEWHERE
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_the_api_keeps_to_its_document(
    mode: GenerationMode, schema: OpenApiSchema, alice: Person, bob: Person, root: Person
) -> None:
    """No generated request, right or wrong, gets an answer that the document does not know; none gets a 500."""
    keep_to_it(mode, schema, alice, bob, root)


@pytest.mark.slow
@RANDOM_ELSEWHERE
def test_the_api_keeps_to_its_document_with_additions(
    start_server: Callable[..., Server], join: Join
) -> None:
    """docs/api.md, Answers: what right requests get is as the document of this setting says."""
    server = start_server(API_ANSWERS="tolerant")
    alice, bob, root = (join(name, at=server) for name in ("Alice Owner", "Bob Bidder", "Root Admin"))
    server.make_admin(root.email)
    keep_to_it(
        GenerationMode.POSITIVE, _schema_of(server, alice.get("/api/openapi.json").json()), alice, bob, root
    )


# Headers by which requests are read. Wrong ones are refused before any operation is asked (tests/server).
OF_HTTP = {"content-length", "transfer-encoding", "connection", "host", "expect", "upgrade"}


def keep_to_it(mode: GenerationMode, schema: OpenApiSchema, alice: Person, bob: Person, root: Person) -> None:
    gig = post_job(alice)
    bid = place_bid(bob, gig)
    service = offer_service(alice)
    question = ask_question(bob, service)
    checks = CHECKS.get_by_names(list(CHECKED))
    tried = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        # Who signs in or out here would be somebody else afterwards.
        asks = root if operation.path.startswith("/api/admin/") else alice
        headers = {} if operation.path in SIGNING else asks.bearer()

        @given(
            case=operation.as_strategy(generation_mode=mode),
            some_id=st.sampled_from([gig["id"], bid["id"], service["id"], question["id"], None]),
        )
        @settings(
            max_examples=CASES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def keeps_to_it(case: Any, some_id: str | None) -> None:
            nonlocal tried
            if some_id and "id" in case.path_parameters:
                case.path_parameters["id"] = some_id
            for name in [each for each in case.headers or {} if each.lower() in OF_HTTP]:
                del case.headers[name]
            case.call_and_validate(headers=headers, checks=checks)  # noqa: B023 - called in this turn
            tried += 1

        with suppress(Unsatisfiable):  # some operations take nothing that could be wrong
            keeps_to_it()
    assert tried > 100
