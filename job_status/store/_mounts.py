"""Whether a file is on a file system of the network, where locks cannot be relied on."""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["network_of"]

#: the types that Linux gives to such file systems
NETWORKED = frozenset(("afs", "beegfs", "ceph", "cifs", "fuse.sshfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"))

MOUNTS = Path("/proc/self/mountinfo")


def network_of(path: str, mounts: Path = MOUNTS) -> str | None:
    """Return the type of the network file system that a path is on; None if it is on none, or nothing says so."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:  # it is not Linux
        return None
    place = os.path.realpath(path)
    found = "", ""
    for line in lines:
        fields = line.split(" ")
        point, kind = _plain(fields[4]), fields[fields.index("-") + 1]
        inside = place == point or place.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(found[0]):  # the innermost one counts; of two at one place, the later
            found = point, kind
    return found[1] if found[1] in NETWORKED else None


def _plain(escaped: str) -> str:
    """Return a path of the list with the characters that it has as octal numbers: spaces above all."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), escaped)
