"""The database: one client per process, transactions, and how a collection is declared."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, TypeGuard, TypeVar

import msgspec
import pymongo
from bson import ObjectId
from bson.codec_options import CodecOptions
from pymongo import IndexModel, MongoClient, ReadPreference
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import CollectionInvalid
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from gigflow.core.hints import Hinted

log = logging.getLogger(__name__)

Document = dict[str, Any]
Result = TypeVar("Result")
Model = TypeVar("Model")

# A request that waits longer than this for the database is better off with a 503 (docs/measured.md, Realtime).
NO_ID = ObjectId(bytes(12))  # nothing has it
REQUEST_SECONDS = 10.0

_NAMESPACE_EXISTS, _INDEX_OPTIONS_CONFLICT = 48, 85
_majority = WriteConcern("majority", wtimeout=int(REQUEST_SECONDS * 1000))


class Declared(msgspec.Struct, frozen=True):
    """A collection as a feature's store declares it: name, indexes, and the JSON schema its documents must meet."""

    name: str
    indexes: tuple[IndexModel, ...] = ()
    schema: Mapping[str, Any] | None = None


class Db:
    """The open database of this process. Features are given it; nothing keeps a global one."""

    def __init__(self, uri: str, name: str) -> None:
        self.uri = uri
        self.client: MongoClient[Document] = MongoClient(
            uri,
            tz_aware=True,
            connect=False,
            appname="gigflow",
            serverSelectionTimeoutMS=3000,
            connectTimeoutMS=3000,
            maxPoolSize=64,
            retryWrites=True,
        )
        self.database: Database[Document] = self.client.get_database(
            name,
            codec_options=CodecOptions(tz_aware=True),
            write_concern=_majority,
            read_concern=ReadConcern("majority"),
        )
        self.inside: Database[Document] = self.client.get_database(
            name, codec_options=CodecOptions(tz_aware=True)
        )
        self.collections_inside: dict[str, Collection[Document]] = {}
        # Set by the change stream of this process while it stands (core/changes.py).
        self.has_stream = False
        self._collections: dict[str, Collection[Document]] = {}

    @property
    def is_followed(self) -> bool:
        """Whether this process is told of every commit at this moment. While it does not, nothing is answered from what
        memory keeps of the database.

        The client knows at once that the database is gone; the stream knows only once it has tried for seconds to go
        on.
        """
        return self.has_stream and self.client.topology_description.has_writable_server()

    def __getitem__(self, declared: Declared) -> Collection[Document]:
        # Kept, because pymongo makes a new one each time it is asked.
        found = self._collections.get(declared.name)
        if found is None:
            found = self._collections[declared.name] = Hinted(self.database, declared.name)
        return found

    def transact(self, work: Callable[["Tx"], Result]) -> Result:
        """Run `work` in one transaction (snapshot, majority) and return what it returns.

        `work` gets the database as the transaction sees it. It may run more than once if MongoDB asks for a retry:
        nothing that leaves the database may happen inside it. A lost connection or a change of primary during commit is
        retried too, so that what was acknowledged is there once.
        """
        with (
            pymongo.timeout(REQUEST_SECONDS),
            self.client.start_session() as session,
            session.bind(end_session=False),
        ):
            return session.with_transaction(
                lambda _: work(Tx(self, session)),
                read_concern=ReadConcern("snapshot"),
                write_concern=_majority,
                read_preference=ReadPreference.PRIMARY,
            )


class Tx(Db):
    """The database inside a transaction: whatever is read and written through it belongs to the transaction.

    The driver passes the bound session along by itself. A function that must run in a transaction takes a Tx; one that
    does not care takes a Db, and gets either. The collections here have no concerns of their own, because the server
    refuses a write inside a transaction that names one.
    """

    def __init__(self, outside: Db, session: ClientSession) -> None:
        self.uri = outside.uri
        self.client = outside.client
        self.database = outside.inside
        self.has_stream = outside.has_stream
        self._collections = outside.collections_inside
        self._session = session

    def abort(self) -> None:
        """Undo what was written so far; nothing may be read or written through this afterwards."""
        self._session.abort_transaction()

    def transact(self, work: Callable[["Tx"], Result]) -> Result:
        """Refuse: a transaction cannot contain another."""
        raise RuntimeError("a transaction cannot begin inside another")


def create_missing(database: Database[Document], declared: Declared, *, is_there: bool = False) -> None:
    """Create the collection with its validator, unless it is there, and those of its indexes that are missing, by their
    names. Of several processes that start at once each may find that it is not there.

    What is there stays as it is: a process of another version may depend on it (docs/decisions/0042).
    """
    options: dict[str, Any] = {"validator": {"$jsonSchema": declared.schema}} if declared.schema else {}
    try:
        if not is_there:
            database.create_collection(declared.name, check_exists=False, **options)
    except CollectionInvalid:
        pass
    except pymongo.errors.OperationFailure as error:
        if error.code != _NAMESPACE_EXISTS:
            raise
    there = database[declared.name].index_information()
    missing = [index for index in declared.indexes if index.document["name"] not in there]
    if missing and not _create_indexes(database[declared.name], missing):
        for index in missing:
            if not _create_indexes(database[declared.name], [index]):
                log.warning("%s has index %s by another name", declared.name, index.document["name"])


def _create_indexes(collection: Collection[Document], indexes: list[IndexModel]) -> bool:
    """Create these indexes; returns False if another version has made one of them under another name."""
    try:
        collection.create_indexes(indexes)
    except pymongo.errors.OperationFailure as error:
        if error.code != _INDEX_OPTIONS_CONFLICT:
            raise
        return False
    return True


def set_validator(database: Database[Document], declared: Declared) -> None:
    """Let the collection accept what today's schema says, and nothing else. For a step of `flask gigflow migrate`."""
    if declared.schema:
        database.command("collMod", declared.name, validator={"$jsonSchema": declared.schema})


def drop_undeclared_indexes(database: Database[Document], declared: Declared) -> list[str]:
    """Drop the indexes that are no longer declared, and return their names. For a step of `flask gigflow migrate`."""
    collection = database[declared.name]
    names = {"_id_", *(str(index.document["name"]) for index in declared.indexes)}
    dropped = sorted(collection.index_information().keys() - names)
    for name in dropped:
        collection.drop_index(name)
    return dropped


def object_schema(required: Mapping[str, Any]) -> Document:
    """Return a `$jsonSchema` that demands these fields with these BSON types (a name or a full rule), and no others."""
    rules = {
        name: rule if isinstance(rule, Mapping) else {"bsonType": rule} for name, rule in required.items()
    }
    return {"bsonType": "object", "required": list(required), "properties": rules}


def to_document(struct: msgspec.Struct) -> Document:
    """Return a struct, and the structs inside it, as the document that is stored: `_id` for `id`."""
    return {stored: to_stored(getattr(struct, name)) for stored, name in _names(type(struct))}


def to_stored(value: object) -> Any:
    """Return a field's value as it is stored: structs become documents, also those in lists and mappings."""
    if isinstance(value, msgspec.Struct):
        return to_document(value)
    if isinstance(value, list):
        return [to_stored(each) for each in value]
    if isinstance(value, dict):
        return {name: to_stored(each) for name, each in value.items()}
    return value


def from_document(document: Mapping[str, Any], model: type[Model]) -> Model:
    """Return a stored document as its struct; fields the struct does not know are left out."""
    try:
        return msgspec.convert(document, model)
    except msgspec.ValidationError as error:
        error.add_note(f"{model.__name__} {document.get('_id')}")  # so that the log says which it was
        raise


def readable(rows: Iterable[Mapping[str, Any]], model: type[Model]) -> list[Model]:
    """Return those of these documents that can be read, as their struct. Each of the others is a line of the log."""
    found = []
    for row in rows:
        try:
            found.append(from_document(row, model))
        except msgspec.ValidationError:
            log.exception("%s %s cannot be read", model.__name__, row.get("_id"))
    return found


def passed(now: datetime) -> Document:
    """Return the condition that a date is there and has passed. It tells the server that it is a date: if the query
    leaves no doubt, the server uses an index that has only the rows with one.
    """
    return {"$type": "date", "$lte": now}


def object_id(text: str | None) -> ObjectId:
    """Return the id that `text` is. If it is no id, return `NO_ID`, which nothing has (docs/api.md, Errors)."""
    return ObjectId(text) if is_id(text) else NO_ID


def is_id(text: str | None) -> TypeGuard[str]:
    """Return whether a text is an id, of something or of nothing."""
    return text is not None and ObjectId.is_valid(text)


@cache
def _names(model: type[msgspec.Struct]) -> list[tuple[str, str]]:
    """Return each field as it is stored and as it is called. `fields` resolves the annotations again at every call."""
    return [(field.encode_name, field.name) for field in msgspec.structs.fields(model)]
