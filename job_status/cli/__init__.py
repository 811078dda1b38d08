"""The command `job-status`, a module for each kind of its commands. They show what the rest of the package does, no more.

`job-status run` starts without click, and so does what `_run` imports; all the others are put together in `_commands`.
"""
