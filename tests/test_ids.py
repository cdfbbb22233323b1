"""Ids sort by the moment they were made."""

import os

from bson import ObjectId

from gigflow.core.ids import new_id


def test_the_ids_of_two_processes_sort_by_their_moments() -> None:
    """The driver's own sort by process within one second: the lists of two web processes would be out of order."""
    before = new_id()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, new_id().binary)
        os._exit(0)
    os.waitpid(child, 0)
    between = ObjectId(os.read(reading, 12))
    os.close(reading)
    os.close(writing)
    assert before < between < new_id()


def test_the_ids_of_one_process_count_on() -> None:
    ids = [new_id() for _ in range(2000)]
    assert sorted(set(ids)) == ids
