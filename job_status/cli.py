"""The command `job-status`. It shows what the rest of the package does, and decides nothing about jobs itself."""

from __future__ import annotations

import click

from ._cli_diagrams import diagram, table
from ._cli_replay import replay


@click.group()
@click.version_option(package_name="job_status")
def cli() -> None:
    """The life of a job as an explicit finite-state machine."""


class _Run(click.Command):
    """Hands its arguments on as they are, to what reads them without click."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.args = list(args)
        return []

    def invoke(self, ctx: click.Context) -> None:
        from ._cli_run import main

        main(ctx.args)

    def get_short_help_str(self, limit: int = 45) -> str:
        from ._cli_run import SUMMARY

        return SUMMARY


cli.add_command(diagram)
cli.add_command(table)
cli.add_command(replay)
cli.add_command(_Run("run"))
