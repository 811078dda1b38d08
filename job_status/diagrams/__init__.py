"""Pictures of a lifecycle, and of the path that one job took through it, in the format that a document wants.

>>> from job_status import JOB_LIFECYCLE
>>> from job_status.diagrams import render
>>> print(render(JOB_LIFECYCLE, "mermaid").splitlines()[1])
flowchart TB

Rendering is a pure function of its source: the same moves give the same text, in the order of the declaration. Only a timeline
also depends on the time, as long as a job in it goes on. Only the renderers decide how a picture looks; what it shows is decided
once, in `_drafting` and in `_stays`.
"""

from __future__ import annotations

from ._numbers import Numbers
from ._render import FORMATS, IMAGES, SUFFIXES, Drawable, Format, MissingExtra, render

__all__ = ["FORMATS", "IMAGES", "SUFFIXES", "Drawable", "Format", "MissingExtra", "Numbers", "render"]
