"""Telling people of what they have not read after a minute: one notification for each conversation and stretch."""

from datetime import datetime
from functools import partial

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import User
from gigflow.chat import marks_store, reading, store
from gigflow.chat.events import MESSAGE_RECEIVED
from gigflow.chat.models import STRETCH, Conversation, Thing, Told
from gigflow.core.db import Db, Tx
from gigflow.core.each import Each
from gigflow.core.ids import new_id
from gigflow.notifications import actions as notifications
from gigflow.notifications.models import About, Notification

_telling = Each("The news of what is unread in conversation")
AT_ONCE = 200  # conversations; the rest is for the next tick


def tell_due(db: Db, now: datetime) -> int:
    """Tell people of what they have not read for long enough; returns in how many conversations. Of two processes that
    do it at once, one gets each.
    """
    return _telling.do(partial(marks_store.find_due, db, now), partial(_tell, db, now), now, AT_ONCE)


def _tell(db: Db, now: datetime, conversation_id: ObjectId) -> bool:
    conversation = store.get_conversation(db, conversation_id)
    if conversation is None:
        return False
    thing = reading.thing_of(db, conversation.subject)
    due = [ObjectId(person) for person, at in conversation.tell_at.items() if at <= now]
    for reader_id in due:
        _tell_one(db, conversation, reader_id, thing, now)
    return bool(due)


def _tell_one(
    db: Db, conversation: Conversation, reader_id: ObjectId, thing: Thing | None, now: datetime
) -> None:
    at = conversation.tell_at[str(reader_id)]
    sender_id = conversation.other(reader_id)
    told = conversation.told.get(str(reader_id))
    is_told = told is not None and told.open and told.at > now - STRETCH
    is_new = conversation.unread_of(reader_id) > 0 and not conversation.left
    is_wanted = is_new and reader_id not in conversation.muted_for

    mark = None if is_told or not is_wanted else Told(id=new_id(), at=now, open=True)

    def work(tx: Tx) -> None:
        if not marks_store.claim_due(tx, conversation, reader_id, at, mark):
            tx.abort()
            return
        if mark:
            # Written, so that it comes before or after the end of their account, which takes their name from the news.
            sender = accounts.account_written(tx, sender_id)
            if told and told.open:  # of the stretch before, which nobody has read
                notifications.mark_read(tx, reader_id, [told.id], now)
            notifications.tell_all(tx, [_news(conversation, mark, reader_id, sender, thing, now)])

    db.transact(work)


def _news(
    conversation: Conversation,
    mark: Told,
    reader_id: ObjectId,
    sender: User | None,
    thing: Thing | None,
    now: datetime,
) -> Notification:
    about = conversation.subject
    where = About(
        url=conversation.path,
        gig_id=about.id if about.kind == "gig" else None,
        gig_title=thing.title if thing else None,
        order_id=about.id if about.kind == "order" else None,
    )
    sentence = "{actor} wrote to you about {title}." if thing else "{actor} wrote to you."
    occurrence = conversation.last.message_id if conversation.last else conversation.id
    facts = [(reader_id, occurrence, where)]
    (news,) = notifications.news_of(MESSAGE_RECEIVED, facts, sentence, now, actor=sender)
    return msgspec.structs.replace(news, id=mark.id)  # which the conversation names, to read it
