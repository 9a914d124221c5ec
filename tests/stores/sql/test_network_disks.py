from __future__ import annotations

from pathlib import Path

import pytest

from bbopt.errors import StateError
from bbopt.stores.sql import database
from bbopt.stores.sql.network_disks import network_file_system
from tests.stores.sql.databases import database_for

MOUNTS = """22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 27 0:40 / /home rw,relatime shared:1 - nfs4 server:/home rw
31 30 0:41 / /home/local rw,relatime - xfs /dev/vdb rw
32 27 0:42 / /mnt/with\\040blank rw,relatime - fuse.sshfs me@there: rw
33 27 0:43 / /mnt/twice rw - cifs //server/x rw
34 33 0:44 / /mnt/twice rw - tmpfs none rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/tmp/x.db", None),
        ("/home/me/x.db", "nfs4"),
        ("/homely/x.db", None),
        ("/home/local/x.db", None),
        ("/mnt/with blank/x.db", "fuse.sshfs"),
        ("/mnt/twice/x.db", None),
    ],
)
def test_the_disk_that_a_file_is_on(tmp_path: Path, path: str, kind: str | None) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert network_file_system(Path(path), mounts) == kind
    assert network_file_system(Path(path), tmp_path / "missing") is None


def test_sqlite_is_refused_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "network_file_system", lambda _: "nfs4")
    address = database_for("sqlite", tmp_path)
    with (
        pytest.raises(StateError, match="network file system") as caught,
        database.Database(address).writing(),
    ):
        pass
    assert (caught.value.got, address.file and address.file.exists()) == ("nfs4", False)
