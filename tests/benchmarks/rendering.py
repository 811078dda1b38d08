"""How long rendering takes, in milliseconds: `python tests/benchmarks/rendering.py`. To be read; nothing is asserted.

Meant for the lifecycle of a job: at most 5 ms for each text, at most 150 ms for the SVG.
"""

from __future__ import annotations

from statistics import median
from time import perf_counter
from typing import Any

from job_status import JOB_LIFECYCLE
from job_status.diagrams import FORMATS, render


def main() -> None:
    for form in FORMATS:
        first, *others = (_timed(form) for _ in range(50))
        print(f"{form:>8}  first {first:7.2f} ms   median {median(others):6.2f} ms   worst {max(others):6.2f} ms")


def _timed(form: Any) -> float:
    start = perf_counter()
    render(JOB_LIFECYCLE, form)
    return (perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
