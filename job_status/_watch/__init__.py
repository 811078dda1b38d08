"""Watching jobs: live bars on a terminal and in a notebook, plain lines elsewhere. It reads jobs and never changes one.

`_board` knows where the jobs stand, `_rows` says it in lines, `_screen`, `_page` and `_lines` show those, and `_watching` keeps
them up to date. Of these `_screen` and `_rows` need rich.
"""

from ._watching import Watch, watch

__all__ = ["Watch", "watch"]
