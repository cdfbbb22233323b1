"""Looking for people: pages of them, what to loosen if nobody is found, and what may have been meant."""

from collections.abc import Collection, Sequence
from itertools import islice

import msgspec
from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.chat import blocking
from gigflow.core.db import Db
from gigflow.core.errors import Unavailable
from gigflow.core.meant import choices, corrected
from gigflow.core.paging import Page, PageRequest
from gigflow.core.words import parts_of, spelling_of
from gigflow.directory import candidates as store
from gigflow.directory import plans
from gigflow.directory.dictionary import VOCABULARY
from gigflow.directory.models import SEARCH_MAX, Freelancer, Look

TRIES_MAX = 4  # searches that are tried; each is a look-up by an index


def find_people(db: Db, look: Look, page: PageRequest) -> Page[Freelancer]:
    """Return a page of the people who are found. Raises Unavailable if that takes too long."""
    return plans.find_people(db, look, page)


def candidates(db: Db, category: str, skills: Collection[str]) -> dict[ObjectId, Freelancer]:
    """Return the people who come into question for work in a category that asks for these skills, by id."""
    return store.find_candidates(db, category, skills)


def available_first(
    db: Db,
    page: PageRequest,
    after: tuple[int, float] | None,
    without: Collection[ObjectId],
    *,
    available: bool,
    highly_rated: bool,
) -> Page[Freelancer]:
    """Return a page of people by what they say of their time, and the best rated first among those who say the same."""
    return store.find_available_first(
        db, page, after, without, available=available, highly_rated=highly_rated
    )


def person(db: Db, user_id: ObjectId) -> Freelancer | None:
    """Return somebody as the directory shows people, whether or not they are in it; None if they are shut out."""
    return store.find_person(db, user_id)


def clients_in(db: Db, ids: Sequence[ObjectId], category: str) -> dict[ObjectId, int]:
    """Return for how many clients these people have completed work in a category."""
    return store.count_clients(db, ids, category)


def blocked_by(db: Db, reader: Viewer | None) -> tuple[ObjectId, ...]:
    """Return whom a reader has blocked: they do not meet them in lists. Nobody notices that they are blocked."""
    return tuple(blocking.blocked_ids(db, reader)) if reader else ()


def looser(db: Db, look: Look) -> list[str]:
    """Return which conditions of a look that finds nobody could be left out, one at a time, to find somebody."""
    empty = Look(without=look.without)
    return [
        name
        for name in look.conditions()
        if _finds_any(db, msgspec.structs.replace(look, **{name: getattr(empty, name)}))
    ]


def suggested(db: Db, look: Look) -> str | None:
    """Return the text of a look with one letter of a word put right, if that finds somebody under the same conditions;
    None if it does not, or takes too long. To be asked for only if the look itself finds nobody.
    """
    near = VOCABULARY.words_near(db, parts_of(look.text), TRIES_MAX) if look.text else {}
    for words in islice(choices(near, TRIES_MAX), TRIES_MAX):
        found = _first(db, msgspec.structs.replace(look, text=corrected(look.text, words)))
        if found:
            said = f"{found.name} {' '.join(found.skills)} {found.headline}"
            text = corrected(look.text, {part: spelling_of(word, said) for part, word in words.items()})
            return text if len(text) <= SEARCH_MAX else None
    return None


def _finds_any(db: Db, look: Look) -> bool:
    return _first(db, look) is not None


def _first(db: Db, look: Look) -> Freelancer | None:
    """Return the first who is found; None if there is nobody, or if it takes too long."""
    try:
        found = plans.find_people(db, msgspec.structs.replace(look, sort="rating"), PageRequest(1)).rows
    except Unavailable:
        return None
    return found[0] if found else None
