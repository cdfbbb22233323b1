"""The score by itself: each part within its bounds, the total their sum, better in one thing never worse in all."""

from typing import Any

import msgspec
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from gigflow.accounts.models import Rating, Ratings
from gigflow.core.clock import now
from gigflow.directory.models import Freelancer
from gigflow.matching.models import MOST, Facts, Match, Score, Wanted, in_order, score_of, wanted_of

SKILLS = ["Ink", "Maps", "Python", "Copy editing", "German"]
WANTED = wanted_of("design", ["ink", "maps", "german"], "A map", "Drawn in ink.")
UNSAID = wanted_of("design", [], "A map of copy shops", "Editing of python copy in ink.")

people = st.builds(
    lambda skills, rank, availability, stars, count: Freelancer(
        id=ObjectId(),
        name="Finn",
        skills=skills,
        rank=rank,
        availability=availability,
        rating=Ratings(freelancer=Rating(count, stars * count)),
        rated_by=count,
        created_at=now(),
    ),
    st.lists(st.sampled_from(SKILLS), unique=True),
    st.floats(1, 5),
    st.sampled_from(["available", "limited", "unavailable"]),
    st.integers(1, 5),
    st.integers(0, 50),
)
facts = st.builds(
    lambda clients, active, offers: Facts(clients=clients, active=active, offers=offers),
    st.integers(0, 30),
    st.integers(0, 9),
    st.integers(0, 9),
)


def tenths(score: Score) -> dict[str, int]:
    return {each.name: each.tenths for each in score.parts}


@given(people, facts, st.sampled_from([WANTED, UNSAID]))
def test_each_part_is_within_its_bounds_and_the_total_is_their_sum(
    person: Freelancer, known: Facts, wanted: Wanted
) -> None:
    score = score_of(person, known, wanted)
    assert list(tenths(score)) == list(MOST)
    assert all(0 <= each.tenths <= each.most * 10 and each.why for each in score.parts)
    assert score.tenths == sum(tenths(score).values()) <= 1_000


@given(people, facts)
def test_more_of_what_counts_is_never_worse(person: Freelancer, known: Facts) -> None:
    before = tenths(score_of(person, known, WANTED))
    better: list[tuple[str, Any, Any]] = [
        ("skills", msgspec.structs.replace(person, skills=[*person.skills, "Ink", "Maps"]), known),
        ("category", person, msgspec.structs.replace(known, clients=known.clients + 1)),
        ("rating", msgspec.structs.replace(person, rank=min(5.0, person.rank + 0.5)), known),
        ("availability", msgspec.structs.replace(person, availability="available"), known),
        ("load", person, msgspec.structs.replace(known, active=max(0, known.active - 1))),
    ]
    for name, who, then in better:
        after = tenths(score_of(who, then, WANTED))
        assert after[name] >= before[name]
        assert {key: value for key, value in after.items() if key != name} == {
            key: value for key, value in before.items() if key != name
        }


@given(st.lists(st.tuples(people, facts), max_size=8))
def test_ties_are_by_rank_and_then_by_id(known: list[tuple[Freelancer, Facts]]) -> None:
    matches = [Match(freelancer=who, facts=what, score=score_of(who, what, WANTED)) for who, what in known]
    order = in_order(matches)
    keys = [(each.score.tenths, each.freelancer.rank, each.freelancer.id) for each in order if each.score]
    assert keys == sorted(keys, reverse=True)


def test_what_the_parts_are_made_of() -> None:
    person = Freelancer(id=ObjectId(), name="Finn", skills=["Ink", "Maps"], rank=4.5, created_at=now())
    known = Facts(clients=8, active=1, offers=1)
    assert tenths(score_of(person, known, WANTED)) == {
        "skills": 233, "category": 200, "rating": 150, "availability": 150, "load": 60,
    }  # fmt: skip
    # Without skills of its own, those of theirs count that stand in its words.
    editor = msgspec.structs.replace(person, skills=["Copy editing", "Python", "German"])
    assert tenths(score_of(editor, known, UNSAID))["skills"] == 233
