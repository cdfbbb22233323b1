"""What several tests of faults stand on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gigflow.core.mongod import Mongod, initiate, start_node
from tests.support.server import Server


@pytest.fixture
def three(tmp_path: Path) -> Iterator[tuple[Server, list[Mongod]]]:
    """A server on a replica set of three, and its nodes."""
    nodes = [start_node(tmp_path / f"node{number}") for number in range(3)]
    try:
        server = Server(initiate(nodes), tmp_path / "server")
        try:
            yield server, nodes
        finally:
            server.stop()
    finally:
        for node in nodes:
            node.kill()
