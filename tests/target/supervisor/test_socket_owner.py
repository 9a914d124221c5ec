from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from bbopt.target.supervisor.socket_owner import own_ports

HEAD = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
ROW = "  12: 0100007F:{port:04X} 00000000:0000 07 0:0 00:0 0  {user}        0 5 2 0 0\n"


@pytest.mark.parametrize(
    ("family", "target"),
    [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::ffff:127.0.0.1")],
    ids=["4", "6, as Java has it"],
)
def test_ours_while_it_is_open(family: socket.AddressFamily, target: str) -> None:
    if not Path("/proc/net/udp").exists():
        pytest.skip("this system has no /proc/net/udp")
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        try:
            sender.sendto(b"", (target, 9))
        except OSError:
            pytest.skip("this machine has no such addresses")
        port = sender.getsockname()[1]
        assert port in own_ports()
    assert port not in own_ports()


def test_strangers_and_shared_ports_are_not_ours(tmp_path: Path) -> None:
    user, table, other = os.geteuid(), tmp_path / "udp", tmp_path / "udp6"
    rows = ((5001, user), (5002, user + 1), (5003, user), (5003, user + 1), (5004, user))
    table.write_text(HEAD + "".join(ROW.format(port=port, user=owner) for port, owner in rows))
    other.write_text(HEAD + ROW.format(port=5004, user=user + 1))
    assert own_ports((str(table), str(other), str(tmp_path / "missing"))) == {5001}
