"""Which requests wait for their client."""

from gigflow.core.db import Document, from_document
from gigflow.requests import store
from gigflow.requests.models import Request
from gigflow.turn.models import Item, Reader, Source


def requests_that_wait(reader: Reader) -> Source:
    """Say which requests were sent back to somebody."""
    rows, stages = store.waiting_for(reader.viewer.user_id)

    def items(found: list[Document]) -> list[Item]:
        return [_item(from_document(row, Request)) for row in found]

    return Source(rows, stages, items)


def _item(request: Request) -> Item:
    return Item(
        id=request.id,
        group="drafts",
        kind="change_request",
        part="client",
        title=request.title,
        sentence="It is back with you. Change it and send it again, or post it as an open job.",
        action="Open the request",
        path=request.path,
        among="requests",
        state="rejected",
        since=request.updated_at,
    )
