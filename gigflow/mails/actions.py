"""Writing to people: what is to be sent waits in the outbox, and is composed at the moment it is sent.

So a secret such as the token of a link is made then and never stored, and the newest address is used.
"""

import hashlib
import logging
from datetime import datetime
from typing import Any

from gigflow.core.addresses import normal_form
from gigflow.core.clock import Pace
from gigflow.core.db import Db, Tx
from gigflow.core.ids import new_id
from gigflow.core.rules import Rules
from gigflow.mails import hooks, store
from gigflow.mails.models import LEASE, RETRY_AFTER, Letter, Mail

log = logging.getLogger(__name__)


def post(db: Db, kind: str, *, key: str, data: dict[str, Any], now: datetime) -> None:
    """Put a letter in the outbox, in the caller's transaction if there is one. Posting a key again is no error and
    posts no second letter. `data` are ids and the like, never a secret.
    """
    store.insert_mail(db, Mail(id=new_id(), key=key, kind=kind, data=data, due_at=now, created_at=now))


def wait_until(tx: Tx, address: str, pace: Pace, now: datetime) -> datetime | None:
    """Count a letter that is about to be posted to this address; if there are too many, say until when it has to
    wait.
    """
    receiver = hashlib.sha256(normal_form(address).encode()).hexdigest()
    if not pace or store.count_letter(tx, receiver, pace, now):
        return None
    return store.get_free_at(tx, receiver, pace)


def claim(db: Db, now: datetime) -> Mail | None:
    """Claim a letter that is due, which nobody else gets while the lease lasts; returns None if there is none."""
    return store.claim_due(db, now, now + LEASE)


def compose(db: Db, mail: Mail, rules: Rules, now: datetime) -> Letter | None:
    """Compose what is to be written; returns None if nobody wants it any longer. Raises KeyError for a kind that nobody
    composes.
    """
    return hooks.composes[mail.kind](db, mail.data, rules, now)


def note_sent(db: Db, mail: Mail, now: datetime) -> None:
    """Note that it is on its way."""
    store.end_mail(db, mail, now, sent_at=now)


def note_dropped(db: Db, mail: Mail, now: datetime) -> None:
    """Note that there was nothing to write, or nobody to write to."""
    store.end_mail(db, mail, now, dropped=True)


def note_failed(db: Db, mail: Mail, now: datetime) -> None:
    """Note that this attempt failed: try again later, or give it up after the last."""
    if mail.attempts > len(RETRY_AFTER):
        give_up(db, mail, now)
    else:
        store.put_off(db, mail, now + RETRY_AFTER[mail.attempts - 1])


def give_up(db: Db, mail: Mail, now: datetime) -> None:
    """Note that it cannot be sent; the log says so without the address."""
    store.end_mail(db, mail, now, given_up_at=now)
    fields = {"mail": str(mail.id), "kind": mail.kind, "attempts": mail.attempts}
    log.error("a letter was given up", extra={"fields": fields})
