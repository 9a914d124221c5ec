"""Commands as jobs of a batch system or of this machine: what runs where, and workers on demand."""

from bbopt.dispatch.commands import LogFolder, batch_name, dealt_out
from bbopt.dispatch.local_commands import LocalCommands
from bbopt.dispatch.places import BatchPlace, LocalPlace, Place
from bbopt.dispatch.watch import Watch, WatchEnd, WatchSettings

__all__ = [
    "BatchPlace",
    "LocalCommands",
    "LocalPlace",
    "LogFolder",
    "Place",
    "Watch",
    "WatchEnd",
    "WatchSettings",
    "batch_name",
    "dealt_out",
]
