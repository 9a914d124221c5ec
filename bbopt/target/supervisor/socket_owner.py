"""Whose the UDP sockets of this machine are: what a sender is asked for who can't be asked himself."""

from __future__ import annotations

import os

__all__ = ["own_ports"]

_TABLES = ("/proc/net/udp", "/proc/net/udp6")  # Java's sockets are in the second one, whatever they send to
_LOCAL_ADDRESS, _USER = 1, 7  # columns (the kernel's documentation, networking/proc_net_tcp)


def own_ports(tables: tuple[str, ...] = _TABLES) -> set[int]:
    """The ports of which all open sockets are this process's user's; none where the system does not tell."""
    sockets = [socket for table in tables for socket in _sockets(table)]
    user = os.geteuid()
    return {port for port, owner in sockets if owner == user} - {
        port for port, owner in sockets if owner != user
    }


def _sockets(table: str) -> list[tuple[int, int]]:
    """The port and the user of each socket."""
    try:
        with open(table, encoding="ascii", errors="replace") as file:
            rows = [line.split() for line in file.readlines()[1:]]
    except OSError:
        return []
    return [(int(row[_LOCAL_ADDRESS].rpartition(":")[2], 16), int(row[_USER])) for row in rows]
