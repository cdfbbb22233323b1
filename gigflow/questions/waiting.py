"""Questions that wait for the owner of a service, for the list of everything that waits for them."""

from datetime import datetime

from gigflow.core.db import Document, Tx, from_document
from gigflow.core.texts import one_line
from gigflow.gigs import actions as gigs
from gigflow.gigs.models import Service
from gigflow.questions import store
from gigflow.turn.models import Item, Reader, Source

QUOTED_MAX = 160  # of a question's text, in the list


def questions_that_wait(reader: Reader) -> Source:
    """Say which services of somebody have questions that they have not answered."""
    rows, stages = store.unanswered_of(reader.viewer.user_id, gigs.gig_beside("_id", "service"))
    return Source(rows, stages, _items)


def let_go_of_archived(tx: Tx, service: Service, now: datetime) -> None:
    """Let the questions about a service that is archived wait no longer: nobody can answer them."""
    store.end_waiting(tx, service.id)


def _items(rows: list[Document]) -> list[Item]:
    found = [(row, from_document(row["service"][0], Service)) for row in rows if row["service"]]
    return [_item(row, service) for row, service in found if service.status != "archived"]


def _item(row: Document, service: Service) -> Item:
    count = row["count"]
    quoted = {"text": one_line(row["text"], QUOTED_MAX)}
    return Item(
        id=service.id,
        group="questions",
        kind="answer_question",
        part="freelancer",
        title=service.title,
        sentence="{name} asks: {text}" if count == 1 else f"{count:,} questions wait for your answer.",
        action="Answer",
        path=f"{service.path}#questions",
        among="services",
        state=service.status,
        since=row["since"],
        other_id=row["asker_id"] if count == 1 else None,
        words=quoted if count == 1 else {},
        count=count,
        gig_id=service.id,
    )
