"""Processes that race for the jobs of a store: of each job exactly one wins, and all are answered what the history says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.databases import database
from tests.store_races import RACES, mixed, opened_at_once, raced

NUMBER, PROCESSES = 20, 4


@pytest.mark.parametrize("name", RACES)
def test_each_race_has_one_winner_for_each_job(url: str, name: str) -> None:
    found, accepted, _ = raced(url, RACES[name], NUMBER, PROCESSES)
    assert accepted["start_run"] == NUMBER or name == "requeue/late finish"
    if name == "start/start":
        assert found == {"RUNNING": NUMBER, "moves": NUMBER}
    else:
        assert found["SUCCESS"] + found["ERROR"] + found["CANCELED"] + found["WAITING"] == NUMBER
        assert found["WAITING"] == 0 or name == "requeue/late finish"


def new_databases(url: str, number: int) -> Iterator[str]:
    with ExitStack() as stack:
        for one in range(number):
            yield f"{url}.{one}" if url.startswith("sqlite") else stack.enter_context(database(url))


def test_of_processes_that_open_a_new_database_at_once_all_succeed(url: str) -> None:
    assert opened_at_once(new_databases(url, 2), url, PROCESSES) == 2


def test_whoever_reads_meanwhile_sees_nothing_that_contradicts_itself(url: str) -> None:
    found, looks = mixed(url, 10, PROCESSES, calls=50)
    assert found["moves"] > 50
    assert looks >= 10
