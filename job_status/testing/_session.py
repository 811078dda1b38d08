"""Transition coverage of a pytest session, with the workers of pytest-xdist merged."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from .._lifecycle import JOB_LIFECYCLE, Guard, Lifecycle, RunningStatus, Transition
from ._coverage import Coverage
from ._graph import Source
from ._names import resolve_source
from ._recorder import Deed, Recorder
from ._reports import RENDERERS, summary, text, write

_KEY = "job_status_transition_coverage"


class CoverageSession:
    """Counts while the session runs, and reports at its end. In a worker of xdist, it hands its counts on instead."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.reports = [Path(config.invocation_params.dir, name) for name in config.option.transition_coverage_report]
        for path in self.reports:
            if path.suffix not in RENDERERS:
                raise pytest.UsageError(f"--transition-coverage-report={path.name}: the suffix is one of {', '.join(RENDERERS)}")
        self.named = _named_sources(config.getini("transition_coverage_machines"))
        self.recorder = Recorder({name: source for name, source in self.named.items() if not isinstance(source, Lifecycle)})
        self.hits: dict[Source, Counter[Deed]] = {source: Counter() for source in self.named.values()}
        self.lost: list[str] = []
        try:
            self.recorder.install()
        except TypeError as error:
            self.recorder.uninstall()
            raise pytest.UsageError(str(error)) from None

    def pytest_unconfigure(self) -> None:
        """Leave JobStatus and the machines as they were."""
        self.recorder.uninstall()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take over what a worker of xdist counted."""
        told = getattr(node, "workeroutput", {}).get(_KEY)
        if told is None:
            self.lost.append(node.gateway.id)
            return
        for rows, deeds in told["lifecycles"]:
            self._add(_lifecycle(rows), {tuple(deed): hits for *deed, hits in deeds})
        for name, deeds in told["machines"]:
            self._add(self.named[name], {tuple(deed): hits for *deed, hits in deeds})

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Sum up; in a worker, hand on."""
        output = getattr(self.config, "workeroutput", None)
        if output is not None:
            output[_KEY] = {
                "lifecycles": [(_rows(source), _plain(hits)) for source, hits in self.recorder.lifecycles()],
                "machines": [(name, _plain(hits)) for name, hits in self.recorder.machines()],
            }
            return
        for lifecycle, hits in self.recorder.lifecycles():
            self._add(lifecycle, hits)
        for name, hits in self.recorder.machines():
            self._add(self.named[name], hits)
        if self._short() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the tables, and write the reports."""
        coverages = self.coverages()
        terminalreporter.section("transition coverage")
        for line in text(coverages):
            terminalreporter.write_line(line)
        for worker in self.lost:
            terminalreporter.write_line(f"worker {worker} went down: what it counted is lost", red=True)
        for path in self.reports:
            write(coverages, path)
            terminalreporter.write_line(f"written to {path}")
        for coverage in self._short():
            least = self.config.option.transition_coverage_fail_under
            terminalreporter.write_line(f"FAIL {summary(coverage)}; required: {least:g} %", red=True)

    def coverages(self) -> list[Coverage]:
        """What is reported: all that is named, and every lifecycle that a job moved in unless lifecycles are named."""
        found = [Coverage(name, source, self.hits[source]) for name, source in self.named.items()]
        if not any(isinstance(source, Lifecycle) for source in self.named.values()):
            met = [source for source in self.hits if source not in self.named.values()]
            # In an order that does not depend on which worker was done first.
            found += [Coverage(_name(source), source, self.hits[source]) for source in sorted(met, key=_order)]
        return found or [Coverage(_name(JOB_LIFECYCLE), JOB_LIFECYCLE)]

    def _short(self) -> list[Coverage]:
        """What is covered less than required."""
        least = self.config.option.transition_coverage_fail_under
        return [c for c in self.coverages() if least is not None and min(c.percent_moves, c.percent_refusals) < least - 1e-9]

    def _add(self, source: Source, hits: Any) -> None:
        self.hits.setdefault(source, Counter()).update(hits)


def _named_sources(names: list[str]) -> dict[str, Source]:
    try:
        return {name: resolve_source(name) for name in names}
    except ValueError as error:
        raise pytest.UsageError(f"transition_coverage_machines: {error}") from None


def _name(source: Source) -> str:
    return "job_status:JOB_LIFECYCLE" if source == JOB_LIFECYCLE else repr(source)


def _order(source: Source) -> tuple[bool, str]:
    return source != JOB_LIFECYCLE, "\n".join(map(str, source.rows)) if isinstance(source, Lifecycle) else ""


# What a worker tells goes through execnet, which carries plain values alone.


def _plain(hits: Counter[Deed]) -> list[tuple[str, str, str | None, int]]:
    return [(*deed, number) for deed, number in hits.items()]


def _rows(lifecycle: Lifecycle) -> list[tuple[str, str, str, str, str]]:
    return [(row.trigger, row.source.name, row.dest.name, row.guard.name if row.guard else "", row.words) for row in lifecycle.rows]


def _lifecycle(rows: list[tuple[str, str, str, str, str]]) -> Lifecycle:
    return Lifecycle(
        Transition(trigger, RunningStatus[source], RunningStatus[dest], Guard[guard] if guard else None, words)
        for trigger, source, dest, guard, words in rows
    )
