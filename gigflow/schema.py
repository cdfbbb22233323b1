"""Every collection of GigFlow, prepared in one place at the start and by `flask gigflow indexes`."""

from gigflow import features
from gigflow.accounts.guards import begin_guards
from gigflow.accounts.people import has_people
from gigflow.core.db import Db, Declared, prepare_collection
from gigflow.gigs.waiting import add_missing_sending
from gigflow.gigs.wording import renew_words
from gigflow.settings.installation import COLLECTIONS as INSTALLATION

COLLECTIONS: tuple[Declared, ...] = (*features.collections(), *INSTALLATION)


def prepare(db: Db) -> None:
    """Create collections, validators and indexes, or bring those of an existing database up to date."""
    for declared in COLLECTIONS:
        prepare_collection(db.database, declared)
    begin_guards(db, has_people(db))
    renew_words(db)
    add_missing_sending(db)
