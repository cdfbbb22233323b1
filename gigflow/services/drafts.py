"""Services that their owner has to finish, for the list of everything that waits for them."""

from gigflow.core.db import Document, readable
from gigflow.gigs.models import UNFINISHED, Service
from gigflow.services import store
from gigflow.turn.models import Item, Reader, Source


def waits_for_owner(service: Service) -> str:
    """Return what the owner of a service has to do with it, "" if nothing."""
    if service.status not in UNFINISHED:
        return ""
    return "Publish it when it is ready." if service.status == "draft" else "Change it and send it again."


def drafts_that_wait(reader: Reader) -> Source:
    """Say which services of somebody are drafts, or were not approved."""
    rows, stages = store.unfinished_of(reader.viewer.user_id)
    return Source(rows, stages, _items)


def _items(rows: list[Document]) -> list[Item]:
    return [_item(service) for service in readable(rows, Service)]


def _item(service: Service) -> Item:
    is_draft = service.status == "draft"
    return Item(
        id=service.id,
        group="drafts",
        kind="publish" if is_draft else "revise",
        part="freelancer",
        title=service.title,
        sentence=waits_for_owner(service),
        action="Finish it" if is_draft else "See why",
        path=service.path,
        among="services",
        state=service.status,
        since=service.updated_at,
        gig_id=service.id,
    )
