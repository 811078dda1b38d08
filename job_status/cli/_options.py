"""What the commands on a store have in common: their options, how they find jobs, and how they say that something is wrong.

Exit codes: 0; 1 where the answer is no; 2 where it could not be asked, since an argument is wrong or the store cannot be used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from .._rows import FINALS, RunningStatus
from ..errors import InvalidTransition, JobGone, JobStatusError
from ._place import opened
from ._texts import plain, storable
from ._times import seconds_of

if TYPE_CHECKING:
    from ..store import JobStore, StoredJob

__all__ = ["Group", "complain", "filtering", "filters", "found", "identified", "live", "on_store", "store_of", "time"]

#: how many jobs are read at once
PAGE = 500


def time(text: str) -> float:
    """Return the seconds of a time on the command line."""
    try:
        return seconds_of(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _label(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise click.BadParameter(f"{text!r} is not a label: say KEY=VALUE")
    return storable(name), storable(value)


class _Trouble(click.ClickException):
    """The command cannot be carried out."""

    exit_code = 2


class Group(click.Group):
    """Says what is wrong in one sentence, and ends with the exit code that stands for it."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except InvalidTransition as error:
            raise click.ClickException(plain(str(error))) from None
        except JobStatusError as error:
            raise _Trouble(plain(str(error))) from None
        except KeyboardInterrupt:  # what it was about goes on
            ctx.exit(130)


def complain(text: object) -> None:
    """Say on stderr that something did not go as it should; the command goes on."""
    click.echo(f"Error: {plain(str(text))}", err=True)


# -- the store


def on_store(command: Callable[..., None]) -> Callable[..., None]:
    """Add the option that names the store."""
    text = "A database, or the path of an SQLite file.  [default: $JOB_STATUS_STORE, or a file of your own]"
    return click.option("--store", "named", metavar="URL", help=text)(command)


@contextmanager
def store_of(named: str | None, **options: Any) -> Iterator[JobStore[Any]]:
    """Open the store that a command works on, and close it."""
    try:
        store = opened(named, **options)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--store") from None
    with store:
        yield store


# -- jobs


def identified(*, required: bool) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add the argument that names jobs."""
    return click.argument("ids", nargs=-1, metavar="ID...", required=required)


def found(store: JobStore[Any], ids: Sequence[str]) -> list[StoredJob[Any]]:
    """Return the jobs of ids that may be shortened, each once. Exits if one of them is wrong."""
    jobs: dict[str, StoredJob[Any]] = {}
    for job_id in ids:
        try:
            job = store.find(job_id)
        except (JobGone, ValueError) as error:
            raise click.BadParameter(plain(str(error)), param_hint="ID") from None
        jobs.setdefault(job.id, job)
    return list(jobs.values())


def filtering(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that choose jobs by what they are."""
    for option in (
        click.option(
            "--label", "labels", type=_label, metavar="KEY=VALUE", multiple=True, help="Those with this label.  [repeatable]"
        ),
        click.option("--name", help="Those of this name."),
        click.option("--meaning", help="Those whose status means this: WAITING, RUNNING, SUCCESS, ..."),
        click.option("--status", help="Those in this status of their lifecycle."),
    ):
        command = option(command)
    return command


def filters(
    store: JobStore[Any], *, status: str | None, meaning: str | None, name: str | None, labels: Sequence[Any]
) -> dict[str, Any]:
    """Return what the options of `filtering` say as the arguments of `JobStore.list`. Exits if there is no such status."""
    return {
        "status": _member("--status", store.lifecycle.statuses, status),
        "meaning": _member("--meaning", tuple(RunningStatus), meaning),
        "name": None if name is None else storable(name),
        "labels": dict(labels),
    }


def _member(option: str, members: Sequence[Any], name: str | None) -> Any:
    if name is None:
        return None
    for member in members:
        if name in (member.name, member.name.lower()):
            return member
    known = ", ".join(member.name for member in members)
    raise click.BadParameter(f"there is no status {name!r}; there are {known}", param_hint=option)


def _pages(store: JobStore[Any], **chosen: Any) -> Iterator[StoredJob[Any]]:
    """Yield all jobs that are chosen, the newest first."""
    after = None
    while page := store.list(**chosen, limit=PAGE, after=after):
        yield from page
        after = page[-1]


def live(store: JobStore[Any], **chosen: Any) -> list[StoredJob[Any]]:
    """Return the jobs among those chosen that are not over."""
    wanted = chosen.pop("meaning", None)
    meanings = [meaning for meaning in RunningStatus if meaning not in FINALS and wanted in (None, meaning)]
    return [job for meaning in meanings for job in _pages(store, **chosen, meaning=meaning)]
