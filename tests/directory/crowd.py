"""People for measuring and explaining looks: made directly, always the same ones but for their ids.

Names, headlines and skills are drawn as the words of gigs are in `tests/bench/kept.py`.
"""

import random
from collections.abc import Iterator
from datetime import datetime

from bson import ObjectId

from gigflow.accounts.models import Rating, Ratings, User
from gigflow.core.clock import now
from gigflow.core.db import Document, to_document
from gigflow.core.languages import known_languages
from gigflow.directory.models import ByClients, Offered, Work, place_of
from gigflow.gigs.categories import CATEGORY_NAMES
from tests.bench.kept import SKILLS, WORDS_BY_RANK, Zipf

_AVAILABILITIES = ("available", "available", "available", "limited", "unavailable")


def make_people(count: int) -> Iterator[Document]:
    """Accounts as they are stored, nine of ten of them in the directory."""
    chance, moment = random.Random(11), now()
    words, skills = Zipf(WORDS_BY_RANK, 10), Zipf(SKILLS, 3)
    languages, categories = Zipf(list(known_languages()), 1), Zipf(list(CATEGORY_NAMES), 2)
    for number in range(count):
        yield _person(number, moment, chance, words, skills, languages, categories)


def _person(
    number: int,
    moment: datetime,
    chance: random.Random,
    words: Zipf,
    skills: Zipf,
    languages: Zipf,
    categories: Zipf,
) -> Document:
    clients = round(chance.lognormvariate(1.5, 1)) if chance.random() < 0.6 else 0
    stars = sum(chance.choices((5, 4, 3, 2, 1), (60, 25, 8, 4, 3), k=clients))
    user = User(
        id=ObjectId(),
        email=f"{number}@example.test",
        name=" ".join(words.some(chance, 2)).title(),
        headline=" ".join(words.some(chance, chance.randint(2, 6))).capitalize(),
        skills=list(dict.fromkeys(skills.some(chance, chance.randint(1, 5)))),
        languages=list(dict.fromkeys(languages.some(chance, chance.randint(1, 3)))),
        availability=chance.choice(_AVAILABILITIES),  # type: ignore[arg-type]
        listed=chance.random() < 0.9,
        password_hash="",
        rating=Ratings(freelancer=Rating(clients, stars)),
        created_at=moment,
    )
    worked = dict.fromkeys(categories.some(chance, chance.randint(0, 2)))
    offered = [
        Offered(each, 100 * round(chance.lognormvariate(5, 1) + 5))
        for each in categories.some(chance, chance.randint(0, 2))
    ]
    work = [Work(category=each, clients=1, completed=1) for each in worked]
    place = place_of(user, offered, work, ByClients(clients, 100 * stars))
    return {**to_document(user), **(to_document(place) if place else {})}
