"""Every collection of GigFlow, prepared in one place at the start and by `flask gigflow indexes`."""

from pymongo.database import Database

from gigflow.accounts.store import COLLECTIONS as ACCOUNTS
from gigflow.bids.store import COLLECTIONS as BIDS
from gigflow.core.db import Declared, Document, prepare_collection
from gigflow.gigs.store import COLLECTIONS as GIGS
from gigflow.mails.store import COLLECTIONS as MAILS
from gigflow.notifications.store import COLLECTIONS as NOTIFICATIONS
from gigflow.pictures.store import COLLECTIONS as PICTURES

COLLECTIONS: tuple[Declared, ...] = (*ACCOUNTS, *GIGS, *BIDS, *NOTIFICATIONS, *MAILS, *PICTURES)


def prepare(database: Database[Document]) -> None:
    """Create collections, validators and indexes, or bring those of an existing database up to date."""
    for declared in COLLECTIONS:
        prepare_collection(database, declared)
