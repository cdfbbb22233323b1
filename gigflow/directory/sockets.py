"""What each process is told of the directory's words."""

from gigflow.core.changes import DELETE, INSERT, Change
from gigflow.core.db import Db
from gigflow.directory.dictionary import PEOPLE_WORDS, VOCABULARY
from gigflow.web.realtime import Realtime


def register(realtime: Realtime, db: Db) -> None:
    """Find people by words that were learnt, and no longer by those that were forgotten."""

    def learnt(change: Change) -> None:
        VOCABULARY.dictionary_of(db).add([change["documentKey"]["_id"]])

    def forgotten(change: Change) -> None:
        VOCABULARY.dictionary_of(db).forget([change["documentKey"]["_id"]])

    realtime.changes.watch(PEOPLE_WORDS, INSERT, learnt)
    realtime.changes.watch(PEOPLE_WORDS, DELETE, forgotten)
    realtime.changes.on_gap(lambda: VOCABULARY.reload(db))
