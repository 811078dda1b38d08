"""Transition coverage of a pytest session, with the workers of pytest-xdist merged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from .._lifecycle import JOB_LIFECYCLE, Lifecycle
from .._source import Source, load
from ._coverage import Coverage
from ._plain import lifecycle_of, named, plain
from ._recorder import Case, Recorder
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
        lifecycles = [source for source in self.named.values() if isinstance(source, Lifecycle)]
        machines = {name: source for name, source in self.named.items() if not isinstance(source, Lifecycle)}
        self.recorder = Recorder(machines, lifecycles)
        self.hits: dict[Source, Counter[Case]] = {source: Counter() for source in self.named.values()}
        #: the names of the lifecycles that jobs moved in
        self.names: dict[Source, str] = {}
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
        output = getattr(node, "workeroutput", {}).get(_KEY)
        if output is None:
            self.lost.append(node.gateway.id)
            return
        for name, lifecycle, hits in output["lifecycles"]:
            self._add(lifecycle_of(lifecycle), _cases(hits), name)
        for name, hits in output["machines"]:
            self._add(self.named[name], _cases(hits))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Sum up; in a worker, hand on."""
        output = getattr(self.config, "workeroutput", None)
        if output is not None:  # it goes through execnet, which carries plain values alone
            output[_KEY] = {
                "lifecycles": [(named(source), plain(source), _entries(hits)) for source, hits in self.recorder.lifecycles()],
                "machines": [(name, _entries(hits)) for name, hits in self.recorder.machines()],
            }
            return
        for lifecycle, hits in self.recorder.lifecycles():
            self._add(lifecycle, hits, named(lifecycle))
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
        """Return what is reported: all that is named, and every lifecycle that a job moved in unless lifecycles are named."""
        found = dict(self.named)
        # In an order that does not depend on which worker was done first.
        for source in sorted((source for source in self.hits if source not in found.values()), key=self._order):
            found[_unused(self.names[source], found)] = source
        if not found:
            found = {named(JOB_LIFECYCLE): JOB_LIFECYCLE}
        return [Coverage(name, source, self.hits.get(source)) for name, source in found.items()]

    def _order(self, source: Source) -> tuple[bool, str, str]:
        rows = "\n".join(map(str, source.rows)) if isinstance(source, Lifecycle) else ""
        return source != JOB_LIFECYCLE, self.names[source], rows

    def _short(self) -> list[Coverage]:
        """Return what is covered less than required."""
        least = self.config.option.transition_coverage_fail_under
        return [c for c in self.coverages() if least is not None and min(c.percent_moves, c.percent_refusals) < least - 1e-9]

    def _add(self, source: Source, hits: Counter[Case], name: str = "") -> None:
        self.hits.setdefault(source, Counter()).update(hits)
        # Of several names the same one whichever worker was done first, and one that can be looked up if there is one.
        self.names[source] = min(self.names.get(source, name), name, key=lambda known: (known.startswith("<"), known))


def _named_sources(names: Iterable[str]) -> dict[str, Source]:
    try:
        return {name: load(name) for name in names}
    except ValueError as error:
        raise pytest.UsageError(f"transition_coverage_machines: {error}") from None


def _unused(name: str, names: Iterable[str]) -> str:
    """Return a name that no other source has: lifecycles that nobody named may look alike."""
    number = 1 + sum(other == name or other.startswith(f"{name} (") for other in names)
    return name if number == 1 else f"{name} ({number})"


def _entries(hits: Counter[Case]) -> list[tuple[str, str, str | None, int]]:
    return [(status, str(column), dest, number) for (status, column, dest), number in hits.items()]


def _cases(entries: Iterable[tuple[str, str, str | None, int]]) -> Counter[Case]:
    return Counter({(status, column, dest): number for status, column, dest, number in entries})
