"""Every collection of GigFlow, prepared in one place at the start and by `flask gigflow indexes`."""

from gigflow.accounts.store import COLLECTIONS as ACCOUNTS
from gigflow.bids.store import COLLECTIONS as BIDS
from gigflow.core.db import Db, Declared, prepare_collection
from gigflow.files.store import COLLECTIONS as FILES
from gigflow.gigs.store import COLLECTIONS as GIGS
from gigflow.gigs.waiting import add_missing_sending
from gigflow.gigs.wording import renew_words
from gigflow.mails.store import COLLECTIONS as MAILS
from gigflow.notifications.store import COLLECTIONS as NOTIFICATIONS
from gigflow.orders.store import COLLECTIONS as ORDERS
from gigflow.payments.store import COLLECTIONS as PAYMENTS
from gigflow.pictures.store import COLLECTIONS as PICTURES
from gigflow.questions.store import COLLECTIONS as QUESTIONS
from gigflow.record.store import COLLECTIONS as RECORD
from gigflow.reviews.store import COLLECTIONS as REVIEWS
from gigflow.sandbox.store import COLLECTIONS as SANDBOX
from gigflow.settings.installation import COLLECTIONS as INSTALLATION

COLLECTIONS: tuple[Declared, ...] = (
    *ACCOUNTS,
    *RECORD,
    *GIGS,
    *BIDS,
    *NOTIFICATIONS,
    *MAILS,
    *PICTURES,
    *QUESTIONS,
    *ORDERS,
    *PAYMENTS,
    *FILES,
    *REVIEWS,
    *SANDBOX,
    *INSTALLATION,
)


def prepare(db: Db) -> None:
    """Create collections, validators and indexes, or bring those of an existing database up to date."""
    for declared in COLLECTIONS:
        prepare_collection(db.database, declared)
    renew_words(db)
    add_missing_sending(db)
