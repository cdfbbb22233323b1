"""Every collection of GigFlow: what a start creates, and the steps by which `flask gigflow migrate` changes what is
there already (docs/decisions/0042).
"""

from bson import ObjectId

from gigflow import features
from gigflow.accounts.guards import begin_guards
from gigflow.accounts.people import has_people
from gigflow.bids.store import add_missing_unread
from gigflow.core.db import Db, Declared, Document, create_missing, drop_undeclared_indexes, set_validator
from gigflow.core.steps import COLLECTIONS as MIGRATIONS
from gigflow.core.steps import Progress, Step, note_new
from gigflow.directory.actions import write_place
from gigflow.directory.backfill import place_everybody
from gigflow.directory.dictionary import VOCABULARY as PEOPLE_WORDS
from gigflow.gigs.dictionary import VOCABULARY as GIG_WORDS
from gigflow.gigs.models import rank_of
from gigflow.gigs.store import get_gig
from gigflow.gigs.wording import add_missing_words, fold_words_again
from gigflow.jobs.actions import count_again
from gigflow.jobs.counts import count_missing
from gigflow.notifications.store import read_each_that_is_over
from gigflow.orders.listing import count_by_client
from gigflow.orders.store import add_missing_categories, took_step_since
from gigflow.questions.store import add_missing_waiting
from gigflow.reviews.store import clients_about_service
from gigflow.services.store import rank_again
from gigflow.services.waiting import add_missing_sending
from gigflow.settings.installation import COLLECTIONS as INSTALLATION

COLLECTIONS: tuple[Declared, ...] = (*features.collections(), *INSTALLATION, *MIGRATIONS)


def prepare(db: Db) -> None:
    """Create missing collections, validators and indexes. What is there stays as it is: `migrate` changes that."""
    there = set(db.database.list_collection_names())
    for declared in COLLECTIONS:
        create_missing(db.database, declared, is_there=declared.name in there)
    begin_guards(db, has_people(db))
    GIG_WORDS.begin_sweep(db)
    PEOPLE_WORDS.begin_sweep(db)
    if there.isdisjoint(declared.name for declared in COLLECTIONS):
        note_new(db, STEPS)


def _set_validators(db: Db, progress: Progress) -> None:
    for declared in COLLECTIONS:
        set_validator(db.database, declared)
        progress.keep(declared.name, 1 if declared.schema else 0)


def _drop_old_indexes(db: Db, progress: Progress) -> None:
    for declared in COLLECTIONS:
        progress.keep(declared.name, len(drop_undeclared_indexes(db.database, declared)))


def _add_unread(db: Db, progress: Progress) -> None:
    def owner_of(gig_id: ObjectId) -> ObjectId | None:
        gig = get_gig(db, gig_id)
        return gig.owner_id if gig else None

    add_missing_unread(db, progress, owner_of)


def _add_waiting(db: Db, progress: Progress) -> None:
    def owner_of(gig_id: ObjectId) -> ObjectId | None:
        gig = get_gig(db, gig_id)
        return gig.owner_id if gig and gig.status != "archived" else None

    add_missing_waiting(db, progress, owner_of)


def _add_categories(db: Db, progress: Progress) -> None:
    def category_of(gig_id: ObjectId) -> str | None:
        gig = get_gig(db, gig_id)
        return gig.category if gig else None

    add_missing_categories(db, progress, category_of)


def _rank_services(db: Db, progress: Progress) -> None:
    rank_again(db, progress, lambda service_id: rank_of(*clients_about_service(db, service_id)))


def _count_for_clients(db: Db, progress: Progress) -> None:
    count_missing(db, progress, count_again)


def _nothing(db: Db, progress: Progress) -> None:
    """Do nothing: what this step made, a later one makes otherwise."""


def _place_everybody(db: Db, progress: Progress) -> None:
    place_everybody(db, progress, count_by_client, write_place)


def _read_what_is_over(db: Db, progress: Progress) -> None:
    of_orders, of_jobs = features.steps_over("order"), features.steps_over("job")

    def is_over(told: Document) -> bool:
        steps = of_orders.get(told["type"], ())
        if steps and told["order_id"] and took_step_since(db, told["order_id"], steps, told["created_at"]):
            return True
        steps = of_jobs.get(told["type"], ())
        gig = get_gig(db, told["gig_id"]) if steps and told["gig_id"] else None
        return gig is not None and ("reopen" if gig.status == "open" else "hire") in steps

    read_each_that_is_over(db, progress, sorted({*of_orders, *of_jobs}), is_over)


# In the order of their numbers, which stay for good; the collection `migrations` of a database says which of them were
# done there. A changed schema, an index that goes and a new folding of words (core/words.py) need a step of their own
# here. A step is done while processes of the version before serve: what those need goes in the version after, and an
# index that changes gets another name.
STEPS = (
    Step(1, "Gigs that have no words get them", add_missing_words),
    Step(2, "Words are folded as they are today", fold_words_again),
    Step(3, "Services that wait for an admin get the time of their sending", add_missing_sending),
    Step(4, "Collections take what their schemas of today say", _set_validators),
    Step(5, "Indexes of earlier versions go", _drop_old_indexes),
    Step(6, "Pending bids get who has not read them", _add_unread),
    Step(7, "Questions without an answer get whom they wait for", _add_waiting),
    Step(8, "The jobs that people have posted and hired for are counted (now step 13)", _nothing),
    Step(9, "News of what is over is read", _read_what_is_over),
    Step(10, "Orders say in which category they are", _add_categories),
    Step(11, "Services are ranked by each client once", _rank_services),
    Step(12, "Freelancers have their place in the directory", _place_everybody),
    Step(13, "The jobs that people have posted, and hired and paid for, are counted", _count_for_clients),
)
