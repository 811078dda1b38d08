"""Watching on a terminal: real programs on pseudo-terminals, and what their screens show."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import DEADLINE
from tests.screens import Program, Screen

#: three jobs, one of each kind
THREE = """
from job_status import *
a, b, c = jobs = [JobStatus(name=name) for name in ("alpha", "beta", "gamma")]
b.start_run()
b.update_progress(0.5, "sampling")
c.update_progress(0.25)
c.stop_run(RunningStatus.ERROR, "no such file")
"""
LOOP = "for job in watch(jobs):\n    print(job.name, 'is over')\nprint('end')\n"

WAITS = "· alpha WAITING ──────────"
RUNS = "▶ beta  RUNNING ━━━━━─────  50%     0:00     0:00 left sampling"
FAILED = "✗ gamma ERROR   ━━────────  25%     0:00               no such file"
ENDED = "✓ beta  SUCCESS ━━━━━━━━━━ 100%     0:00"


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    program = Program(tmp_path)
    yield program
    program.close()


# -- what is shown


def test_each_job_has_a_bar_and_what_the_loop_prints_comes_above(program: Program) -> None:
    screen = program.on_screen(THREE + LOOP)
    screen.comes_to("gamma is over", WAITS, RUNS, FAILED)
    program.give("b.stop_run()")
    screen.comes_to("gamma is over", "beta is over", WAITS, ENDED, FAILED)
    program.give("a.stop_run(RunningStatus.CANCELED, 'not needed')")
    assert screen.end() == 0
    assert screen.lines() == [
        *("gamma is over", "beta is over", "alpha is over"),
        "⊘ alpha CANCELED ──────────   0%     0:00               not needed",
        "✓ beta  SUCCESS  ━━━━━━━━━━ 100%     0:00",
        "✗ gamma ERROR    ━━────────  25%     0:00               no such file",
        "end",
    ]


def test_an_attempt_after_the_first_and_the_statuses_of_ones_own_are_shown(program: Program) -> None:
    code = """
from enum import Enum
from job_status import *
S = Enum("S", "QUEUED STARTED RETRYING FINISHED")
W, R = RunningStatus.WAITING, RunningStatus.RUNNING
means = {S.QUEUED: W, S.STARTED: R, S.RETRYING: W, S.FINISHED: RunningStatus.SUCCESS}
rows = [("start_run", S.QUEUED, S.STARTED), ("retry", S.STARTED, S.RETRYING), ("start_run", S.RETRYING, S.STARTED),
        ("stop_run", S.STARTED, S.FINISHED)]
job = JobStatus(lifecycle=Lifecycle([Transition(*row) for row in rows], means=means), name="thumbnails")
job.start_run()
"""
    screen = program.on_screen(code + "watch([job]).wait()")
    screen.comes_to("▶ thumbnails STARTED ──────────   0%     0:00")
    program.give("job.trigger('retry')")
    screen.comes_to("· thumbnails RETRYING ──────────")
    program.give("job.start_run()")
    screen.comes_to("▶ thumbnails STARTED  ──────────   0%     0:00               attempt 2")
    program.give("job.stop_run()")
    assert screen.end() == 0


def test_no_time_is_left_to_a_job_that_is_suspended(program: Program) -> None:
    screen = program.on_screen(THREE + "watch([b]).wait()")
    screen.comes_to("▶ beta RUNNING ━━━━━─────  50%     0:00     0:00 left sampling")
    program.give("b.suspend()")
    screen.comes_to("‖ beta SUSPENDED ━━━━━─────  50%     0:00               sampling")
    program.give("b.resume(); b.stop_run()")
    assert screen.end() == 0


HOSTILE = r"""
from job_status import *
names = ["plain", "wide 漢字テスト", "\x1b[2J\x1b[31mred\x07\r\n\x1b]0;t\x07", "\u202eturned", "🚀 and é", "long " * 40, "", None,
         "👩\u200d🚀" * 9]
jobs = [JobStatus(name=name) for name in names]
for job in jobs:
    job.update_progress(0.5, "\x1b[Hhome\nand a line\t" * 9)
"""


@pytest.mark.parametrize("columns", [1, 2, 5, 12, 30, 60, 80, 200])
def test_no_name_or_phase_breaks_the_screen(program: Program, columns: int) -> None:
    screen = program.on_screen(HOSTILE + "print('top')\nwatch(jobs)", (columns, 12))
    screen.comes_to_show("▶" if columns > 1 else "t")
    program.give("for job in jobs: job.stop_run()")
    assert screen.end() == 0
    lines = screen.lines()
    if columns > 2:
        assert [line[:1] for line in lines[-9:]] == ["✓"] * 9
    if columns > 10:
        assert lines[-10] == "top"
    if columns == 80:
        assert [re.split("  | RUNNING| SUCCESS", line[2:])[0] for line in lines[-9:-1]] == [
            "plain",
            "wide 漢字テスト",
            r"\x1b[2J\x1b[31mred\x07\r\…",
            "\\u202eturned",
            "🚀 and é",
            "long long long long long …",
            "job 7",
            "job 8",
        ]


@pytest.mark.parametrize(
    ("ground", "running", "failed"),
    [
        pytest.param({}, "brightblue", "red", id="unknown"),
        pytest.param({"COLORFGBG": "15;0", "COLORTERM": "truecolor"}, "58a6ff", "f0883e", id="dark"),
        pytest.param({"COLORFGBG": "0;default;15", "COLORTERM": "truecolor"}, "0969da", "b34700", id="light"),
        pytest.param({"NO_COLOR": "1"}, "default", "default", id="none"),
    ],
)
def test_the_colors_are_those_of_the_pictures(program: Program, ground: dict[str, str], running: str, failed: str) -> None:
    screen = program.on_screen(THREE + LOOP, (80, 12), **ground)
    screen.comes_to("gamma is over", WAITS, RUNS, FAILED)
    assert running in screen.colors(2)
    assert failed in screen.colors(3)
    if "NO_COLOR" in ground:
        assert screen.colors(2) == screen.colors(3) == {"default"}
    program.give("b.stop_run(); a.stop_run(RunningStatus.CANCELED)")
    assert screen.end() == 0


def test_a_terminal_that_writes_no_unicode(program: Program) -> None:
    screen = program.on_screen(THREE + "watch([*jobs, JobStatus(name='été')])", PYTHONIOENCODING="ascii:strict")
    screen.comes_to(
        ". alpha WAITING ----------",
        "> beta  RUNNING #####-----  50%     0:00     0:00 left sampling",
        "x gamma ERROR   ##--------  25%     0:00               no such file",
        ". ?t?   WAITING ----------",
    )


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_terminal_without_a_cursor_gets_plain_lines(program: Program, term: str) -> None:
    screen = program.on_screen(THREE + LOOP, TERM=term)
    screen.comes_to_show("3 jobs: 1 RUNNING, 1 WAITING, 1 ERROR")
    program.give("b.stop_run(); a.stop_run(RunningStatus.CANCELED)")
    assert screen.end() == 0
    assert "\x1b" not in screen.screen
    assert "3 jobs: 1 ERROR, 1 CANCELED, 1 SUCCESS\r\n" in screen.screen


# -- the size of the screen


MANY = """
from job_status import *
jobs = [JobStatus(name=f"job {number:02}") for number in range(20)]
for job in jobs[12:]:
    job.start_run()
"""


def rows(screen: Screen) -> list[str]:
    """The names on the screen and the sum of the others."""
    return [re.sub(r"^. (job \d\d) .*", r"\1", line) for line in screen.lines()]


def test_those_that_fit_are_shown_and_the_others_are_summed_up(program: Program) -> None:
    screen = program.on_screen(MANY + "watch(jobs)", (80, 8))
    screen.comes_to_show("14 more: 2 RUNNING, 12 WAITING (0 of 20 are over)")
    assert rows(screen)[:-1] == [f"job {number}" for number in range(12, 18)]
    program.give("jobs[13].stop_run()")
    screen.comes_to_show("14 more: 1 RUNNING, 12 WAITING, 1 SUCCESS (1 of 20 are over)")
    assert rows(screen)[:-1] == ["job 12", "job 18", "job 14", "job 15", "job 16", "job 17"]
    screen.resize(80, 5)
    screen.comes_to_show("17 more: 4 RUNNING, 12 WAITING, 1 SUCCESS (1 of 20 are over)")
    assert rows(screen)[-4:-1] == ["job 12", "job 18", "job 14"]
    screen.resize(80, 30)
    screen.comes_to_show("job 00")
    assert [row for row in rows(screen) if row.startswith("job")][-20:] == [f"job {number:02}" for number in range(20)]


def test_a_narrower_and_a_wider_terminal(program: Program) -> None:
    screen = program.on_screen(THREE + "print('top')\nwatch(jobs)", (110, 12))
    screen.comes_to_show("━━━━━━━━━━━━────────────  50%")
    screen.resize(40, 12)
    screen.comes_to_show("▶ beta  RUNNING  50% sampling")
    assert sum("beta" in line for line in screen.lines()) == 1
    screen.resize(14, 12)
    screen.comes_to_show("▶ beta   50%")
    assert sum("beta" in line for line in screen.lines()) == 1
    screen.resize(80, 12)
    screen.comes_to_show(RUNS)
    assert screen.lines()[-3:] == [WAITS, RUNS, FAILED]


# -- what the program prints


def test_a_line_without_its_end_stays_just_above_the_bars(program: Program) -> None:
    screen = program.on_screen(THREE + "print('before')\nwatch([b])\nb.wait()\nprint('after')")
    bar = RUNS.replace("beta  ", "beta ")
    screen.comes_to("before", bar)
    program.give("print('Name? ', end='', flush=True)")
    screen.comes_to("before", "Name?", bar)
    program.give("print('Ada'); print('10%\\r20%', end='', file=sys.stderr)")
    screen.comes_to("before", "Name? Ada", "20%", bar)
    program.give("sys.stdout.write('\\x1b[31mred\\n'); print('left', end=''); b.stop_run()")
    assert screen.end() == 0
    assert screen.lines()[:3] == ["before", "Name? Ada", "red"]
    assert sorted(screen.lines()[3:]) == ["20%", "leftafter", ENDED.replace("beta  ", "beta ")]


def test_what_the_program_logs_comes_above_the_bars_too(program: Program) -> None:
    code = """
import logging
logging.basicConfig(format="%(name)s: %(message)s")
logging.getLogger("of.one").addHandler(logging.FileHandler("log"))
watching = watch([b])
b.wait()
watching.wait()
logging.warning("after")
"""
    screen = program.on_screen(THREE + code)
    screen.comes_to_show("beta")
    program.give("logging.getLogger('of.one').warning('while')")
    screen.comes_to("of.one: while", RUNS.replace("beta  ", "beta "))
    program.give("b.stop_run()")
    assert screen.end() == 0
    assert screen.lines() == ["of.one: while", ENDED.replace("beta  ", "beta "), "root: after"]


def test_what_the_program_gets_instead_of_stdout_is_like_it(program: Program) -> None:
    code = """
out = sys.stdout
found = [out.encoding, out.errors, out.isatty(), out.fileno(), out.buffer.name]
shown = watch(jobs)
assert sys.stdout is not out
assert [sys.stdout.encoding, sys.stdout.errors, sys.stdout.isatty(), sys.stdout.fileno(), sys.stdout.buffer.name] == found
kept = sys.stdout
shown.close()
assert sys.stdout is out
print("late", file=kept, flush=True)
other = watch(jobs)
sys.stdout.flush()
sys.stdout = kept  # as a redirection does that is over at the wrong moment
other.close()
assert sys.stdout is kept
sys.stdout = out
print(repr(shown)[:40])
"""
    screen = program.on_screen(THREE + code)
    assert screen.end() == 0
    assert screen.lines()[-1].startswith("<Watch of <JobGroup RUNNING")


def test_stdout_in_a_pipe_is_left_alone(program: Program) -> None:
    screen = program.on_screen(THREE + LOOP)
    screen.close()
    piped = program.command(THREE + LOOP)
    screen = program.run_on_screen(["/bin/sh", "-c", 'exec "$@" > out', "sh", *piped])
    screen.comes_to(WAITS, RUNS, FAILED)
    program.give("b.stop_run(); a.stop_run(RunningStatus.CANCELED)")
    assert screen.end() == 0
    assert sorted((program.folder / "out").read_text().split("\n")) == ["", "alpha is over", "beta is over", "end", "gamma is over"]


def test_a_second_display_writes_lines_above_the_first(program: Program) -> None:
    screen = program.on_screen(THREE + "first = watch([b])\nwatch([a]).wait()\nprint('second')\nfirst.wait()")
    screen.comes_to_show("1 job: 1 WAITING")
    program.give("a.stop_run(RunningStatus.CANCELED)")
    screen.comes_to_show("second")
    assert screen.lines()[-1].startswith("▶ beta RUNNING")
    program.give("b.stop_run()")
    assert screen.end() == 0


def test_a_child_of_the_program_prints_as_it_always_does(program: Program) -> None:
    code = """
import os
shown = watch([b])
if os.fork() == 0:
    sys.exit(type(sys.stdout).__name__ == "Above")
assert os.wait()[1] == 0
b.stop_run()
shown.wait()
"""
    screen = program.on_screen(THREE + code, PYTHONWARNINGS="ignore")
    assert screen.end() == 0


# -- how it ends


@pytest.mark.parametrize("way", ["for job in watch(jobs): pass", "watch(jobs).wait()", "watch(jobs); threading.Event().wait()"])
def test_ctrl_c_leaves_the_jobs_alone_and_restores_the_terminal(program: Program, way: str) -> None:
    code = f"""
out = sys.stdout
try:
    {way}
except KeyboardInterrupt:
    print("interrupted", [job.status.name for job in jobs], sys.stdout is out)
    raise
"""
    screen = program.on_screen(THREE + code, (80, 40))
    screen.comes_to(WAITS, RUNS, FAILED)
    screen.type("\x03")
    assert screen.end() == -signal.SIGINT
    own = way.startswith("watch(jobs);")  # what shows them goes on until the program ends
    assert f"interrupted ['WAITING', 'RUNNING', 'ERROR'] {not own}" in "\n".join(screen.lines())
    assert screen.screen.count("\x1b[?25l") == screen.screen.count("\x1b[?25h")
    assert screen.lines()[-1] in ("KeyboardInterrupt", FAILED)


def test_an_exception_or_a_break_in_the_loop_restores_the_terminal(program: Program) -> None:
    code = """
out = sys.stdout
try:
    for job in watch(jobs):
        raise ValueError("in the body")
except ValueError as error:
    print("caught", error, sys.stdout is out)
watching = watch(jobs)
for job in watching:
    break
print("left", job.name, [job.name for job in watching], sys.stdout is out)
with watch(jobs):
    print("inside", sys.stdout is out)
print("outside", sys.stdout is out, watching.wait())
"""
    screen = program.on_screen(THREE + code, (80, 24))
    assert screen.end() == 0
    three = [WAITS, RUNS, FAILED]
    assert screen.lines() == [
        *(*three, "caught in the body True"),
        *(*three, "left gamma ['gamma'] True"),
        *("inside False", *three, "outside True False"),
    ]


def test_a_program_that_has_no_more_to_do_exits_when_all_jobs_are_over(program: Program) -> None:
    screen = program.on_screen(THREE + "watch([b])\nprint('nothing more to do')")
    screen.comes_to_show("nothing more to do")
    program.give("b.stop_run()")
    assert screen.end() == 0
    assert screen.lines() == ["nothing more to do", ENDED.replace("beta  ", "beta ")]


def test_ctrl_c_while_the_program_has_no_more_to_do(program: Program) -> None:
    screen = program.on_screen(THREE + "import atexit\natexit.register(print, 'last of all')\nwatch(jobs)")
    screen.comes_to(WAITS, RUNS, FAILED)
    program.give("threading.main_thread().join(); open('joined', 'w').close()")
    while not (program.folder / "joined").exists():
        screen.lines()
    screen.type("\x03")
    assert screen.end() == -signal.SIGINT


def test_a_program_that_failed_waits_for_no_job(program: Program) -> None:
    screen = program.on_screen(THREE + "watch(jobs)\nraise ValueError('no')")
    assert screen.end() == 1
    assert "ValueError: no" in screen.lines()


def test_jobs_are_watched_to_their_end_though_the_terminal_has_hung_up(program: Program) -> None:
    code = """
import signal
signal.signal(signal.SIGHUP, signal.SIG_IGN)
for job in watch([b]):
    open("seen", "w").write(job.name)
"""
    screen = program.on_screen(THREE + code)
    screen.comes_to_show("beta")
    screen.hang_up()
    program.give("b.stop_run()")
    assert screen.process.wait(DEADLINE) == 0
    assert (program.folder / "seen").read_text() == "beta"


def test_at_the_prompt_nothing_is_drawn_before_one_waits(program: Program) -> None:
    screen = program.run_on_screen([sys.executable, "-q", "-i", *program.command(THREE)[1:]], (110, 20), PYTHON_BASIC_REPL="1")
    screen.comes_to_show(">>>")
    screen.type("watch([b])\n")
    screen.comes_to_show("wait() or a loop over it shows them live>\n>>>")
    assert "━" not in screen.screen
    screen.type("watch([b])._ipython_display_()\n")  # as IPython does at its prompt
    screen.comes_to_show("wait() or a loop over it shows them live>\n>>> watch([b])._ipython_display_()\n<Watch of")
    screen.type("watch([b]).wait()\n")
    screen.comes_to_show("━━━━━━━━━━━━────────────  50%")
    program.give("b.stop_run()")
    screen.comes_to_show("True")
    screen.type("exit()\n")
    assert screen.end() == 0


def test_it_is_drawn_ten_times_a_second_at_most(program: Program) -> None:
    """However slow the machine is."""
    code = """
from time import monotonic
began = monotonic()
shown = watch([b])
for number in range(20_000):
    b.update_progress(number / 20_000, f"{number}")
b.stop_run()
shown.wait()
print("lasted", monotonic() - began)
"""
    screen = program.on_screen(THREE + code, (120, 12))
    assert screen.end() == 0
    lasted = float(screen.screen.split("lasted ")[1])
    assert screen.screen.count("beta") <= 10 * lasted + 2
