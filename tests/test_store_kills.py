"""Workers and servers that are killed or stopped while they move jobs, and clocks that are wrong: nothing is half done or lost."""

from __future__ import annotations

from tests.databases import running_server
from tests.store_kills import killed, server_killed

KILLS = 10


def test_a_killed_worker_leaves_whole_moves_and_loses_none_that_was_acknowledged(url: str) -> None:
    assert killed(url, KILLS)["moves"] >= KILLS


def test_a_killed_server_is_reported_and_then_used_again() -> None:
    with running_server() as (url, server):
        found = server_killed(url, server, kills=1)
        assert found["moves"] > 0
        assert found["failures"] > 0
