"""Whether a file is on a disk that other hosts see, too."""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["network_file_system"]

_MOUNTS = Path("/proc/self/mountinfo")
_TYPES = re.compile(
    r"nfs\d?|cifs|smb\w*|ncpfs|afs|coda|lustre|gpfs|beegfs\w*|ceph|glusterfs|pvfs2|orangefs|ocfs2|gfs2|panfs"
    r"|fuse\.(?:sshfs|glusterfs\S*|ceph\S*|s3fs|lustre\S*|moosefs|mfs|juicefs|rclone|cvmfs\S*)"
)


def network_file_system(path: Path, mounts: Path = _MOUNTS) -> str | None:
    """The type of the network file system that the path is on, or would be; None for a local disk.

    None, too, where the system does not tell.
    """
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return None
    found, longest, real = "", -1, os.path.realpath(path)
    for line in lines:
        fields, _, kind = line.partition(" - ")
        point = _unescaped(fields.split(" ")[4]) if fields.count(" ") >= 4 else ""
        is_above = real == point or real.startswith(point.rstrip("/") + "/")
        if point and is_above and len(point) >= longest:  # of two mounts at one place the later one is seen
            found, longest = kind.partition(" ")[0], len(point)
    return found if _TYPES.fullmatch(found) else None


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
