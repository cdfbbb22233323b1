"""What becomes of the conversations of somebody who leaves for good: nothing more is sent in them, and then their words
go. In this order nothing comes behind the sweep.
"""

from datetime import datetime

from gigflow.accounts.models import User
from gigflow.accounts.parts import Done
from gigflow.chat import answering_store, block_store, hooks
from gigflow.core.db import Tx
from gigflow.files import actions as files
from gigflow.files.models import Subject

AT_ONCE = 20  # conversations that one transaction closes: in each of them somebody may be writing


def close_conversations_of(tx: Tx, user: User, limit: int, now: datetime) -> Done:
    """Let nothing more be sent in the conversations of somebody who leaves for good. Those who are shut out keep
    theirs: what is sent waits for them.
    """
    if not user.deleted_at:
        return Done(0, more=False)
    most, count = min(limit, AT_ONCE), 0
    while count < most and block_store.mark_left(tx, user.id):
        count += 1
    return Done(count, more=count == most)


def forget_words_of(tx: Tx, user: User, limit: int, now: datetime) -> Done:
    """Forget what somebody who leaves for good has written, and their name; with people with whom they share an order
    the words stay, since both sides may need them.
    """
    if not user.deleted_at:
        return Done(0, more=False)
    conversation = block_store.take_to_sweep(tx, user.id)
    if conversation is None:
        return Done(0, more=False)
    other_id = conversation.other(user.id)
    forgets = not any(keeps(tx, user.id, other_id) for keeps in hooks.keeps_words)
    swept = block_store.sweep_entries(tx, conversation.id, user.id, limit, words=forgets)
    if forgets:
        for entry_id, file_ids in swept.items():
            files.release(tx, file_ids, Subject("message", entry_id), now)
    if len(swept) < limit:
        block_store.end_sweep(tx, conversation.id, user.id, words=forgets)
    return Done(len(swept), more=True)


def forget_answering_of(tx: Tx, user: User, limit: int, now: datetime) -> Done:
    """Measure no longer how soon somebody answers who leaves for good."""
    if user.deleted_at:
        answering_store.forget(tx, user.id)
    return Done(0, more=False)


def forget_blocks_of(tx: Tx, user: User, limit: int, now: datetime) -> Done:
    """Forget whom somebody who leaves for good has blocked."""
    count = block_store.forget_blocks_of(tx, user.id, limit) if user.deleted_at else 0
    return Done(count, more=count >= limit)
