"""A database is of one currency and one provider from its first amount on (docs/domain.md, invariant 14)."""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from gigflow.core.db import Db
from gigflow.settings.installation import bind_money
from gigflow.settings.readers import SettingError
from gigflow.settings.settings import Settings, load_settings
from tests.support.client import Person
from tests.support.market import post_job
from tests.support.server import Server

StartServer = Callable[..., Server]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings({"VAR_DIR": str(tmp_path_factory.mktemp("var"))})


def test_it_starts_in_no_other_currency(server: Server, start_server: StartServer, alice: Person) -> None:
    post_job(alice)
    with pytest.raises(AssertionError, match="CURRENCY is EUR, but this database holds amounts of USD"):
        start_server(server.mongo_db, whole=True, CURRENCY="EUR")
    with pytest.raises(AssertionError, match="set CURRENCY=USD, or another MONGO_DB"):
        start_server(server.mongo_db, whole=True, CURRENCY="JPY")


def test_no_command_reads_it_in_another_currency(server: Server, alice: Person) -> None:
    post_job(alice)
    server._settings["CURRENCY"] = "EUR"
    try:
        for words in (["audit"], ["tick"]):
            done = server.command("gigflow", *words)
            assert done.returncode == 1
            assert "CURRENCY is EUR, but this database holds amounts of USD" in done.stderr
            assert "Traceback" not in done.stderr
    finally:
        del server._settings["CURRENCY"]


@pytest.fixture
def db(mongo_uri: str) -> Iterator[Db]:
    """A database that no GigFlow has seen."""
    fresh = Db(mongo_uri, f"test_{secrets.token_hex(6)}")
    yield fresh
    fresh.client.drop_database(fresh.database.name)
    fresh.client.close()


def test_an_empty_database_may_change_its_currency(db: Db, settings: Settings) -> None:
    in_euro = msgspec.structs.replace(settings, currency="EUR")
    bind_money(db, settings)
    bind_money(db, in_euro)
    db.database.gigs.insert_one({"kind": "job", "price_minor": 5})
    with pytest.raises(SettingError, match="holds amounts of EUR"):
        bind_money(db, settings)
    bind_money(db, in_euro)


def test_an_older_database_is_of_the_currency_of_its_payments(db: Db, settings: Settings) -> None:
    db.database.payments.insert_one({"currency": "USD", "provider": "sandbox"})
    with pytest.raises(SettingError, match="holds amounts of USD"):
        bind_money(db, msgspec.structs.replace(settings, currency="EUR"))
    bind_money(db, settings)


def test_many_first_starts_at_once(db: Db, settings: Settings) -> None:
    """They bind it once, and none of them falls over another."""
    with ThreadPoolExecutor(8) as all_at_once:
        list(all_at_once.map(lambda _: bind_money(db, settings), range(8)))
    assert list(db.database.installation.find()) == [{"_id": "money", "currency": "USD"}]
