"""The command `job-status`. It shows what the rest of the package does, and decides nothing about jobs itself."""

from __future__ import annotations

import click

from ._diagrams import diagram, table
from ._inside import progress
from ._listing import listing, show
from ._options import Group
from ._orders import cancel, resume, suspend
from ._replay import replay
from ._sweeping import prune, reap
from ._waiting import wait


@click.group(cls=Group)
@click.version_option(package_name="job_status")
def cli() -> None:
    """The life of a job as an explicit finite-state machine."""


class _Run(click.Command):
    """Hands its arguments on as they are, to what reads them without click."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.args = list(args)
        return []

    def invoke(self, ctx: click.Context) -> None:
        from ._run import main

        main(ctx.args)

    def get_short_help_str(self, limit: int = 45) -> str:
        from ._run import SUMMARY

        return SUMMARY


for command in (_Run("run"), listing, show, wait, cancel, suspend, resume, progress, reap, prune, diagram, table, replay):
    cli.add_command(command)
