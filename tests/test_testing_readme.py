"""The README's section on testing: its files, written as they stand, are a project whose tests pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
FILES = dict(re.findall(r"^```\w+ (\S+\.\w+)\n(.*?)^```$", README.read_text(encoding="utf-8"), re.M | re.S))


def test_the_files_of_the_readme_pass(pytester: pytest.Pytester) -> None:
    assert sorted(FILES) == [
        "doors.py",
        "doors.transitions.md",
        "my_jobs.py",
        "my_jobs.transitions.md",
        "test_doors.py",
        "test_my_jobs.py",
    ]
    for name, text in FILES.items():
        (pytester.path / name).write_text(text, encoding="utf-8")
    pytester.makeini("[pytest]\npythonpath = .\ntransition_coverage_machines = doors:machine\nfilterwarnings = error\n")
    options = ("-p", "no:cacheprovider", "--transition-coverage", "--transition-coverage-fail-under=100")
    result = pytester.runpytest(*options)
    result.assert_outcomes(passed=74 + 12 + 18 + 2)
    result.stdout.fnmatch_lines(
        [
            "doors:machine: 100 % of 4 moves, 100 % of 8 refusals",
            "<Lifecycle of 8 statuses and 37 moves>: 100 % of 37 moves, 100 % of 48 refusals",
        ]
    )
