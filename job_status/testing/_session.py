"""Transition coverage of a pytest session, with the workers of pytest-xdist merged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Any

import pytest

from .._lifecycle import JOB_LIFECYCLE, Lifecycle
from .._source import Source, load
from ._alike import alike, machine_of, plain_machine
from ._coverage import Coverage
from ._imports import make_importable
from ._ledger import Case
from ._plain import lifecycle_of, named, plain
from ._recorder import Recorder
from ._reports import RENDERERS, text, write
from ._wording import summary

_KEY = "job_status_transition_coverage"

_NOTHING = "nothing was recorded"
_PROCESSES = "in the processes of this session (pytest-xdist's workers are, other subprocesses are not)"


class CoverageSession:
    """Counts while the session runs, and reports at its end. In a worker of xdist, it hands its counts on instead."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.reports = [Path(config.invocation_params.dir, name) for name in config.option.transition_coverage_report]
        for path in self.reports:
            if path.suffix not in RENDERERS:
                raise pytest.UsageError(f"--transition-coverage-report={path.name}: the suffix is one of {', '.join(RENDERERS)}")
        make_importable(config, config.rootpath)
        self.named = _named_sources(config.getini("transition_coverage_machines"))
        self.recorder = Recorder()
        #: what was counted, of all sources that declare the same, with one of these sources and its name
        self.hits: dict[Hashable, Counter[Case]] = {}
        self.sources: dict[Hashable, Source] = {}
        self.names: dict[Hashable, str] = {}
        self.lost: list[str] = []
        self.ran = False
        self.recorder.install()

    def pytest_unconfigure(self) -> None:
        """Leave JobStatus and the machines as they were."""
        self.recorder.uninstall()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note that a test ran, here or in a worker of xdist."""
        self.ran |= report.when == "call"

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take over what a worker of xdist counted."""
        output = getattr(node, "workeroutput", {}).get(_KEY)
        if output is None:
            self.lost.append(node.gateway.id)
            return
        for name, lifecycle, hits in output["lifecycles"]:
            self._add(name, lifecycle_of(lifecycle), _cases(hits))
        for name, machine, hits in output["machines"]:
            self._add(name, machine_of(machine), _cases(hits))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Sum up; in a worker, hand on."""
        lifecycles, machines = self.recorder.lifecycles(), self.recorder.fired()
        output = getattr(self.config, "workeroutput", None)
        if output is not None:  # it goes through execnet, which carries plain values alone
            output[_KEY] = {
                "lifecycles": [(named(source), plain(source), _entries(hits)) for source, hits in lifecycles],
                "machines": [(fired.name, plain_machine(fired.declared), _entries(fired.hits)) for fired in machines],
            }
            return
        for lifecycle, hits in lifecycles:
            self._add(named(lifecycle), lifecycle, hits)
        for fired in machines:
            self._add(fired.name, machine_of(plain_machine(fired.declared)), fired.hits)
        if self._failures() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the tables, and write the reports."""
        coverages = self.coverages()
        terminalreporter.section("transition coverage")
        if not coverages:
            terminalreporter.write_line(f"{_NOTHING}: {self._why_nothing()}", yellow=True)
        for line in text(coverages):
            terminalreporter.write_line(line)
        for worker in self.lost:
            terminalreporter.write_line(f"worker {worker} went down: what it counted is lost", red=True)
        for path in self.reports:
            write(coverages, path)
            terminalreporter.write_line(f"written to {path}")
        for failure in self._failures():
            least = self.config.option.transition_coverage_fail_under
            terminalreporter.write_line(f"FAIL {failure}; required: {least:g} %", red=True)

    def coverages(self) -> list[Coverage]:
        """Return what is reported: all that is named, and of the rest what `_is_reported`."""
        found = dict(self.named)
        for kind in self._others():
            if self._is_reported(kind):
                found[_unused(self.names[kind], found)] = self.sources[kind]
        return [self._coverage(name, source) for name, source in found.items()]

    def _coverage(self, name: str, source: Source) -> Coverage:
        hits = self.hits.get(alike(source))
        return Coverage(name, source, hits, "" if hits else self._why(source))

    def _is_reported(self, kind: Hashable) -> bool:
        """Return whether it is reported unnamed: a lifecycle unless lifecycles are named, a machine unless anything is named."""
        lifecycles = any(isinstance(source, Lifecycle) for source in self.named.values())
        return not lifecycles if isinstance(kind, Lifecycle) else not self.named

    def _others(self) -> list[Hashable]:
        """Return what was counted but is not named, in an order that does not depend on which worker was done first."""
        kinds = [alike(source) for source in self.named.values()]
        return sorted((kind for kind in self.hits if kind not in kinds), key=self._order)

    def _order(self, kind: Hashable) -> tuple[bool, str, str]:
        rows = "\n".join(map(str, kind.rows)) if isinstance(kind, Lifecycle) else ""
        return kind != JOB_LIFECYCLE, self.names[kind], rows

    def _why(self, source: Source) -> str:
        """Return why nothing was recorded of a source."""
        what = "lifecycles in which jobs moved" if isinstance(source, Lifecycle) else "machines that were fired"
        others = [self.names[one] for one in self._others() if isinstance(one, Lifecycle) == isinstance(source, Lifecycle)]
        if self.ran and others:
            return f"the {what} declare other statuses or moves: {', '.join(others)}"
        return self._why_nothing()

    def _why_nothing(self) -> str:
        if not self.ran:
            return "no test ran"
        return f"no test moved a JobStatus, fired a flat transitions.Machine, or had the testing kit fire anything, {_PROCESSES}"

    def _failures(self) -> list[str]:
        """Return what is covered less than required, a line each."""
        least = self.config.option.transition_coverage_fail_under
        if least is None:
            return []
        coverages = self.coverages()
        if not coverages and least > 0:
            return [_NOTHING]
        return [summary(c) for c in coverages if min(c.percent_moves, c.percent_refusals) < least - 1e-9]

    def _add(self, name: str, source: Source, hits: Counter[Case]) -> None:
        kind = alike(source)
        self.hits.setdefault(kind, Counter()).update(hits)
        self.sources[kind] = source
        # Of several names the same one whichever worker was done first, and one that can be looked up if there is one.
        self.names[kind] = min(self.names.get(kind, name), name, key=lambda known: (known.startswith("<"), known))


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
