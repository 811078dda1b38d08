"""The JSON of a source, held against its JSON Schema, which is a part of the package."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

from job_status import JOB_LIFECYCLE, JobStatus
from job_status.diagrams import Numbers, render
from job_status.diagrams._gallery import traced_job
from tests.drawables import HOSTILE, OWN, hostile_machine
from tests.test_source import COFFEE, sack

jsonschema = pytest.importorskip("jsonschema")

SCHEMA = json.loads((files("job_status.diagrams") / "drawing.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

LOG = Numbers(
    moves={("WAITING", "RUNNING"): 3, ("SUCCESS", "RUNNING"): 1}, visits={"RUNNING": 3}, stays={"RUNNING": {50: 1.5, 90: 2.0}}
)


def rendered(source: Any, **choices: Any) -> Any:
    return json.loads(render(source, "json", **choices))


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("source", "choices"),
    [
        pytest.param(JOB_LIFECYCLE, {}, id="lifecycle"),
        pytest.param(JOB_LIFECYCLE, {"only": "RUNNING", "links": {"RUNNING": "x.html"}, "full": True}, id="choices"),
        pytest.param(JOB_LIFECYCLE, {"numbers": LOG}, id="log"),
        pytest.param(OWN, {}, id="own statuses"),
        pytest.param(traced_job(), {}, id="trace"),
        pytest.param(JobStatus(lifecycle=OWN), {}, id="new job"),
        pytest.param(COFFEE, {}, id="nested"),
        pytest.param(sack(), {}, id="conditions"),
        pytest.param(hostile_machine(), {}, id="hostile"),
    ],
)
def test_what_is_rendered_is_as_the_schema_says(source: Any, choices: Any) -> None:
    value = rendered(source, **choices)
    VALIDATOR.validate(value)
    names = {status["name"] for status in value["statuses"]}
    assert all({move["source"], move["dest"]} <= names for move in value["moves"])
    assert {move["label"] for move in value["moves"] if not move["observation"]} == set(value["triggers"])


def objects(value: Any) -> list[dict[str, Any]]:
    """Every object in a value, however deep."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [*([value] if isinstance(value, dict) else []), *(found for one in inner for found in objects(one))]


def test_the_schema_leaves_nothing_open() -> None:
    """Where a rendered object lacks a field, or has one too many, it is no longer as the schema says."""
    for source, choices in ((traced_job(), {}), (COFFEE, {}), (JOB_LIFECYCLE, {"numbers": LOG})):
        value = rendered(source, **choices)
        for found in objects(value):
            if found in (value.get("trace", {}).get("times"), *objects(value.get("numbers", {}).get("visits"))):
                continue  # by the names of statuses, whichever there are
            if found in objects(value.get("numbers", {}).get("stays")):
                continue
            found["surplus"] = 1
            assert not VALIDATOR.is_valid(value), found
            del found["surplus"]
            for name in list(found):
                if name in ("trace", "numbers"):
                    continue  # which not all sources have
                kept = found.pop(name)
                assert not VALIDATOR.is_valid(value), name
                found[name] = kept
        assert VALIDATOR.is_valid(value)


def test_a_status_has_what_it_means_and_how_what_comes_to_it_has_ended() -> None:
    found = {status["name"]: status for status in rendered(OWN, links={"LOST": "lost.html"})["statuses"]}
    assert [(name, one["meaning"], one["outcome"]) for name, one in found.items()] == [
        ("CREATED", "WAITING", None),
        ("QUEUED", "WAITING", None),
        ("RUNNING", "RUNNING", None),
        ("UNKNOWN", "WAITING", None),
        ("FINISHED", "SUCCESS", "success"),
        ("SUCCESS", "ERROR", "error"),
        ("ERROR", "CANCELED", "canceled"),
        ("LOST", "UNKNOWN", None),
    ]
    assert [name for name, one in found.items() if one["aside"]] == ["LOST"]
    assert {name: one["link"] for name, one in found.items() if one["link"]} == {"LOST": "lost.html"}
    assert {one["meaning"] for one in rendered(sack())["statuses"]} == {None}


def test_a_move_says_whether_it_is_an_observation_and_when_it_is_taken() -> None:
    moves = rendered(JOB_LIFECYCLE)["moves"]
    assert moves[0] == {
        "trigger": "start_run",
        "label": "start_run",
        "source": "WAITING",
        "dest": "RUNNING",
        "condition": "",
        "otherwise": False,
        "words": "a platform takes the job",
        "observation": False,
    }
    assert {move["trigger"] for move in moves if move["observation"]} == {"observe"}
    assert {move["trigger"] for move in moves if not move["observation"]} >= {"start_run", "stop_run"}
    found = [(move["dest"], move["condition"], move["otherwise"]) for move in rendered(sack())["moves"] if move["source"] == "c"]
    assert found == [("b", "full", False), ("a", "not late", False), ("d", "", True), ("d", "", False)]


def test_names_are_as_they_are() -> None:
    value = rendered(hostile_machine())
    assert [status["name"] for status in value["statuses"]] == HOSTILE
    assert value["initial"] == HOSTILE[0]


def test_there_is_a_trace_of_a_job_numbers_of_a_log_and_groups_of_a_nested_machine() -> None:
    assert not {"trace", "numbers"} & rendered(JOB_LIFECYCLE).keys()
    assert rendered(traced_job())["trace"]["current"] == "CANCELED"
    assert rendered(JOB_LIFECYCLE, numbers=LOG)["numbers"] == {
        "moves": [{"source": "WAITING", "dest": "RUNNING", "count": 3}, {"source": "SUCCESS", "dest": "RUNNING", "count": 1}],
        "visits": {"RUNNING": 3},
        "stays": {"RUNNING": {"p50": 1.5, "p90": 2.0}},
    }
    groups = {group["name"]: group for group in rendered(COFFEE)["groups"]}
    assert groups["walking_fast"] == {
        "name": "walking_fast",
        "statuses": ["walking_fast_jog", "walking_fast_sprint"],
        "parallel": False,
    }
    assert [name for name, group in groups.items() if group["parallel"]] == ["busy"]


def test_only_the_statuses_shown_and_the_moves_between_them_are_there() -> None:
    value = rendered(JOB_LIFECYCLE, only=["RUNNING", "SUSPENDED"])
    assert [status["name"] for status in value["statuses"]] == ["RUNNING", "SUSPENDED"]
    assert value["initial"] is None
    assert value["triggers"] == ["update_progress", "suspend", "resume"]
