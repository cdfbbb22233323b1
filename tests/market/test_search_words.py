"""Any part of any word: of title, skills and the text's first words (docs/measured.md, Search)."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from tests.conftest import Join, shared
from tests.support.client import Client, Person
from tests.support.failing import slowly
from tests.support.market import change_profile, offer_service, post_job, unique_word
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.waiting import wait_for

alice = shared("Alice Owner")

PATTERNS = (
    ".*",
    ".",
    "(",
    "[a-z]",
    "^",
    "$",
    "\\",
    "|",
    "?",
    "a{1,9}",
    "(a+)+$",
    "*",
    "%",
    "_",
    "'",
    '"',
    "$gt",
)


def search(client: Client, text: str, **more: str) -> list[str]:
    """The titles that a search of both kinds finds, newest first."""
    answer = client.get("/api/gigs/search", params={"q": text, **more})
    assert answer.status_code == 200, answer.text
    return [gig["title"] for gig in answer.json()["gigs"]]


@pytest.mark.parametrize("put", [post_job, offer_service])
def test_where_it_is_found(put: Callable[..., Any], alice: Person, visitor: Client) -> None:
    word, skill, first, last = (unique_word() for _ in range(4))
    description = " ".join([f"word{number}" for number in range(18)] + [first, "twentieth", last])
    title = f"A {word} by hand"
    put(alice, title=title, skills=[f"{skill} drawing"], description=description)
    for text in (word, skill, first):
        assert search(visitor, text) == [title]
        for part in (text[1:], text[:-1], text[4:9]):
            assert title in search(visitor, part), part
    assert search(visitor, f"{word} twentieth") == [title]
    assert search(visitor, last) == []  # the twenty-first of its words
    kind = "job" if put is post_job else "service"
    assert search(visitor, word, kind=kind) == [title]
    assert search(visitor, word, kind="service" if kind == "job" else "job") == []


def test_repeated_words_leave_room_for_others(alice: Person, visitor: Client) -> None:
    """The first twenty are different ones."""
    word = unique_word()
    offer_service(alice, title="Echo", description=" ".join(["again", "Again!", "AGAIN"] * 20 + [word]))
    assert search(visitor, word) == ["Echo"]


def test_titles_alone_are_searched_in_the_list_of_jobs(alice: Person, visitor: Client) -> None:
    """docs/api.md, Gigs."""
    word, skill, text = (unique_word() for _ in range(3))
    post_job(alice, title=word, skills=[skill], description=text)
    offer_service(alice, title=word)
    for wanted, count in ((word, 1), (word[3:8], 1), (skill, 0), (text, 0), (f"{word} {skill}", 0)):
        for name in ("search", "title", "q"):
            answer = visitor.get("/api/gigs", params={name: wanted})
            assert len(answer.json()["gigs"]) == count, (name, wanted)
    assert visitor.get("/api/gigs", params={"search": word, "skills": skill}).json()["gigs"]


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Café", "cafe"),
        ("Café", "CAFÉ"),
        ("Cafe\u0301", "café"),
        ("naïve", "NAIVE"),
        ("Übersetzung", "ubersetz"),
        ("Straße", "STRASSE"),
        ("straße", "strass"),
        ("ﬁne", "fine"),
        ("ＷＩＤＥ", "wide"),
        ("ΟΔΟΣ", "οδος"),
        ("İstanbul", "istanbul"),
        ("ёлка", "елка"),
        ("日本語", "本"),
        ("Ａ①", "a1"),
        ("Brand™", "brandtm"),
        ("don’t", "don't"),
        ("don't", "dont"),
        ("l`amour", "l‘amour"),
        ("ıstanbul", "istanbul"),
        ("ıŞIK", "ışık"),
        ("red,green", "green"),
        ("red,green", "green,red"),
        ("ℌello", "hello"),
        ("Łódź", "lodz"),
        ("København", "kobenhavn"),
        ("smørrebrød", "smorrebrod"),
        ("Þór", "thor"),
        ("Æble", "aeble"),
        ("Đặng", "dang"),
        ("Œuvre", "oeuvre"),
        ("Ħal", "hal"),
        ("web\u00adsite", "website"),
        ("web\u200bsite", "website"),
        ("website", "web\u2060site"),
        ("♥\ufe0fheart", "♥heart"),
        ("e\u2011mail", "e-mail"),
        ("e-mail", "e–mail"),
        ("ʻokina", "okina"),
        ("C♯", "c#"),
        ("don´t", "dont"),
        ("don\u1fbdt", "don't"),
        ("ʉmlɵut", "umlout"),
        ("كتـاب", "كتاب"),
        ("web\x07site", "website"),
    ],
)
def test_case_and_accents_do_not_matter(written: str, typed: str, alice: Person, visitor: Client) -> None:
    word = unique_word()
    title = f"{word} {written}"
    offer_service(alice, title=title)
    assert search(visitor, f"{word} {typed}") == [title]
    assert search(visitor, f"{word} {written.upper()}") == [title]


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("“{}”,", "{}"),
        ("({})", "{}"),
        ("{}!?", "{}"),
        ("{}", "“{}”"),
        ("{}", "{},"),
        ("{}", "({}"),
        ("{}-page", "{}-"),
        ("{}-page", "{}-page"),
        ("{}-page", "-page"),
        ("{}.js", "{}.js"),
        (".{}", ".{}"),
        ("{}++", "{}++"),
        ("{}++", "{}+"),
        ("{}#", "{}#"),
        ("{}/day", "/day"),
        ("&", "&"),
        ("—", "–"),
    ],
)
def test_punctuation_at_the_ends_does_not_matter(
    written: str, typed: str, alice: Person, visitor: Client
) -> None:
    word, other = unique_word(), unique_word()
    title = f"{other} {written.format(word)}"
    offer_service(alice, title=title)
    assert search(visitor, f"{other} {typed.format(word)}") == [title]


@pytest.mark.parametrize(
    "title",
    [
        "Logo & branding – {} kit",
        "{}: “quoted” (draft) / final",
        "{} 😀 emoji",
        "{} - don’t, won't; 50% off $99 …",
        "R&D {} C++ C# .NET F# node.js",
        "one two three four five six seven eight nine ten {} twelve thirteen fourteen",
        "Ağır İŞ {} ıstanbul straße ﬁne Ⅻ",
    ],
)
def test_a_title_finds_itself(title: str, alice: Person, visitor: Client) -> None:
    """Also in the list of jobs, and with the best match first."""
    title = title.format(unique_word())
    for put in (post_job, offer_service):
        put(alice, title=title)
    assert search(visitor, title) == search(visitor, title, sort="relevance") == [title, title]
    found = visitor.get("/api/gigs", params={"search": title}).json()["gigs"]
    assert [gig["title"] for gig in found] == [title]


def test_nothing_but_punctuation_is_looked_for(alice: Person, visitor: Client) -> None:
    """It is a part like any other where nothing else was typed."""
    name = f"R&{unique_word()}"
    offer_service(alice, title=name)
    assert name in search(visitor, "&", limit="100")
    assert search(visitor, "& §§§") == []


def test_the_first_twelve_parts_count(alice: Person, visitor: Client) -> None:
    """What makes a search dear is bounded, however much is typed."""
    word = unique_word()
    offer_service(alice, title=word)
    parts = [word[:length] for length in range(12, 0, -1)]
    nowhere = [chr(0x4E00 + number) * 2 for number in range(33)]
    for sort in ("newest", "price", "relevance"):
        assert search(visitor, " ".join([*parts, *nowhere]), sort=sort) == [word]
        assert search(visitor, " ".join([*parts[:11], *nowhere]), sort=sort) == []


def test_all_of_several_words(alice: Person, visitor: Client) -> None:
    """In any order and place, each as a part; what is said twice is said once."""
    one, two, three = (unique_word() for _ in range(3))
    both = f"{one} and {two}"
    offer_service(alice, title=both)
    offer_service(alice, title=one, skills=[three])
    assert search(visitor, one) == [one, both]
    assert search(visitor, f"{two} {one}") == [both]
    assert search(visitor, f"  {two[2:]}   {one[:-2]}\n") == [both]
    assert search(visitor, f"{one} {one} {one.upper()} {one[:5]}") == [one, both]
    assert search(visitor, f"{one} {three}") == [one]
    assert search(visitor, f"{two} {three}") == []
    assert search(visitor, f"{one}{two}") == []
    assert search(visitor, " ".join([one] * 12)) == [one, both]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_is_typed_is_never_a_pattern(pattern: str, alice: Person, visitor: Client) -> None:
    """SECURITY 17."""
    word = unique_word()
    offer_service(alice, title=f"{word} plain")
    literal = f"{word} with{pattern}inside"
    offer_service(alice, title=literal)
    assert search(visitor, f"{word} with{pattern}") == [literal]
    assert search(visitor, f"{word} h{pattern}i") == [literal]


def test_a_common_part_is_no_pattern_either(start_server: Callable[..., Server], join: Join) -> None:
    """Over 200 words with it, it is looked for in another way (finding.py); it finds the same."""
    server = start_server()
    owner, client = join("Owner", at=server), Client(server.url)
    titles = []
    for number in range(15):
        titles.insert(0, f"T{number} a.b")
        text = " ".join(f"x.z{number}y{other}" for other in range(20))
        offer_service(owner, title=titles[0], description=text)
    post_job(owner, title="xAz0y", description="What has no dot in it is not found with one")
    assert search(client, "x.z") == search(client, "X.Z") == titles
    assert search(client, "z") == ["xAz0y", *titles]
    assert search(client, "x.z3y") == [titles[11]]
    assert search(client, "x.z a.b t1") == [title for title in titles if title.startswith("T1")]
    assert search(client, "x.z xaz0y") == []
    client.close()


@pytest.mark.parametrize(
    "text",
    [
        "😀",
        "%",
        "  ",
        "a\nb",
        "\u0001css",
        "\u200b",
        "x" * 200,
        "é" * 200,
        "a " * 100,
        "$where",
        "\ud7ff",
    ],
)
def test_any_text_is_answered(text: str, visitor: Client) -> None:
    for path in ("/api/gigs/search", "/api/gigs", "/jobs", "/services"):
        assert visitor.get(path, params={"q": text}).status_code == 200, path


def test_a_skill_as_a_condition_is_whole(alice: Person, visitor: Client) -> None:
    """Unlike a part of a word that is typed."""
    word = unique_word()
    offer_service(alice, title=word, skills=[f"{word} Design", "C++"])
    for wanted in (f"{word} design", f"{word.upper()} DESIGN", f" {word}   design ", f"c++,{word} design"):
        assert search(visitor, "", skills=wanted) == [word], wanted
    for wanted in (word, "design", f"{word} designs", f"{word} design,css", f"{word}design"):
        assert search(visitor, word, skills=wanted) == [], wanted
    answer = visitor.get("/api/gigs/search", params=[("skills", f"{word} design"), ("skills", "c++")])
    assert [gig["title"] for gig in answer.json()["gigs"]] == [word]


def test_what_fits_best_comes_first(alice: Person, visitor: Client) -> None:
    """A whole word of the title, the start of one, inside one, a skill, the text; the newer of two that fit alike."""
    word = unique_word()
    texts = {
        f"{word} one": {},
        f"The {word}!": {},
        f"{word}s start": {},
        f"un{word} inside": {},
        "Skill": {"skills": [word]},
        "Text": {"description": word},
    }
    for title, more in texts.items():
        offer_service(alice, title=title, **more)
    ranked = [f"The {word}!", f"{word} one", *list(texts)[2:]]
    assert search(visitor, word, sort="relevance") == ranked
    assert search(visitor, word) == list(reversed(texts))
    first = visitor.get("/api/gigs/search", params={"q": word, "sort": "relevance", "limit": 4}).json()
    rest = visitor.get(
        "/api/gigs/search", params={"q": word, "sort": "relevance", "cursor": first["next"]}
    ).json()
    assert [gig["title"] for gig in first["gigs"] + rest["gigs"]] == ranked
    assert rest["next"] is None
    two = unique_word()
    offer_service(alice, title=f"{two} {word}")
    offer_service(alice, title=f"{two}", skills=[word])
    assert search(visitor, f"{word} {two}", sort="relevance") == [f"{two} {word}", two]


def test_an_edit_is_found_by_its_new_words_and_no_old_ones(alice: Person, visitor: Client) -> None:
    for put in (post_job, offer_service):
        old, new = unique_word(), unique_word()
        gig = put(alice, title=old, skills=[f"{old}k"], description=f"{old}d")
        path = f"/api/gigs/{gig['id']}"
        for change in ({"title": new}, {"skills": [f"{new}k"]}, {"description": f"{new}d"}):
            assert alice.patch(path, change).status_code == 200
        assert search(visitor, old) == []
        assert search(visitor, f"{new}k {new}d {new}") == [new]
        assert search(visitor, "", skills=f"{new}k") == [new]
        assert search(visitor, "", skills=f"{old}k") == []


@pytest.fixture(scope="module")
def second(start_server: Callable[..., Server], server: Server) -> Server:
    """Another process on the same database."""
    return start_server(server.mongo_db)


def test_a_word_that_one_process_learns_another_finds(
    second: Server, server: Server, alice: Person, visitor: Client
) -> None:
    with closing(Client(second.url)) as there:
        for put in (post_job, offer_service):
            word, edited = unique_word(), unique_word()
            for client in (visitor, there):
                assert search(client, word[2:9]) == []
            gig = put(alice, title=word)
            assert search(visitor, word[2:9]) == [word]  # at once where it was posted
            wait_for(lambda w=word: search(there, w[2:9]) == [w])
            assert alice.patch(f"/api/gigs/{gig['id']}", {"title": edited}).status_code == 200
            wait_for(lambda w=edited: search(there, w[2:9]) == [w])
            assert search(there, word) == []


def test_the_first_searches_of_a_process_find_everything(
    start_server: Callable[..., Server], server: Server, alice: Person
) -> None:
    """Also those that come while the words are being read."""
    word = unique_word()
    offer_service(alice, title=word)
    fresh = start_server(server.mongo_db)
    clients = [Client(fresh.url) for _ in range(5)]
    with slowly(server, "words", "find"):
        found = at_once(
            [lambda client=client, n=n: search(client, word[n:]) for n, client in enumerate(clients)]
        )
    assert found == [[word]] * 5
    for client in clients:
        client.close()


def test_who_is_known_is_not_searched_for(alice: Person, visitor: Client) -> None:
    """A search is about work: neither names nor addresses are words of it."""
    change_profile(alice, name="Alice Owner")
    word = unique_word()
    offer_service(alice, title=word)
    assert search(visitor, f"{word} alice") == search(visitor, f"{word} {alice.email}") == []
