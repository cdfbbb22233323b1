"""The indexes of people's accounts."""

from typing import get_args

from pymongo import ASCENDING, DESCENDING, IndexModel

from gigflow.accounts.models import Mark

_BEST = [("rank", DESCENDING), ("_id", DESCENDING)]
_BY_NAME = [("name_key", ASCENDING), ("_id", ASCENDING)]


def _of_directory(name: str, *keys: tuple[str, int]) -> IndexModel:
    """Return an index of the people in the directory, who alone have what it is about (gigflow/directory)."""
    return IndexModel(list(keys), name=name, partialFilterExpression={"for_hire": True})


OF_USERS = (
    IndexModel([("email", ASCENDING)], name="email", unique=True),
    IndexModel(
        [("unconfirmed", ASCENDING)], name="unconfirmed", partialFilterExpression={"unconfirmed": True}
    ),
    # Processes of the version before read the suggested skills by it; it goes with the next one.
    IndexModel(
        [("created_at", DESCENDING)],
        name="skilled",
        partialFilterExpression={"skills.0": {"$exists": True}},
    ),
    *(
        IndexModel([(mark, ASCENDING)], name=mark, partialFilterExpression={mark: {"$type": "date"}})
        for mark in get_args(Mark)
    ),
    _of_directory("hire_rank", *_BEST),
    _of_directory("hire_name", *_BY_NAME),
    _of_directory("hire_avail", ("avail", ASCENDING), *_BEST),
    # With `for_hire`, so that the sitemap is read from the index alone.
    _of_directory("hire_newest", ("_id", DESCENDING), ("for_hire", ASCENDING)),
    _of_directory("hire_words", ("find_words", ASCENDING), *_BEST),
    _of_directory("hire_words_name", ("find_words", ASCENDING), *_BY_NAME),
    _of_directory("hire_words_newest", ("find_words", ASCENDING), ("_id", DESCENDING)),
    _of_directory("hire_category", ("categories", ASCENDING), *_BEST),
    # Those who said until when they have no time (gigflow/directory/due.py).
    IndexModel(
        [("availability_until", ASCENDING)],
        name="availability_until",
        partialFilterExpression={"availability_until": {"$type": "date"}},
    ),
)
