"""TLS credentials of a Dask cluster: without, everybody who reaches one of its ports runs code as its owner.

They are Dask's `Security`, which has no types.
"""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bbopt.durable_files import file_error
from bbopt.errors import BboptError, InputError, Place
from bbopt.scenario.clusters import TlsFiles

__all__ = ["given_credentials", "shared_credentials", "temporary_credentials"]

_ROLES = ("client", "scheduler", "worker")


def temporary_credentials() -> Any:
    """New ones, in memory: worker processes get them through a pipe."""
    try:
        return _security_class().temporary()
    except ImportError as error:
        raise BboptError(
            "a Dask cluster can't be protected without the package cryptography",
            remedy="install it: pip install cryptography",
        ) from error


@contextmanager
def shared_credentials(folder: Path | None) -> Iterator[Any]:
    """New ones in files for the jobs of a batch system, under `folder`; only their owner can read them.

    They are removed in the end.  StateError when they can't be written, InputError when dask-jobqueue, which
    quotes nothing, can't name them in a job.
    """
    if folder is not None and shlex.quote(str(folder)) != str(folder):
        raise InputError(
            "the files of a batch system's jobs can't be in a folder of that name",
            place=Place(folder),
            expected="a path without blanks and characters that mean something to a shell",
            remedy="name another folder with --output-dir",
        )
    made = temporary_credentials()
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        private = tempfile.TemporaryDirectory(prefix=".tls-", dir=folder, ignore_cleanup_errors=True)
    except OSError as error:
        raise file_error("make", folder or Path(tempfile.gettempdir()), error) from error
    with private:
        certificate, key = Path(private.name, "certificate.pem"), Path(private.name, "key.pem")
        _write_private(certificate, made.tls_ca_file)
        _write_private(key, made.tls_worker_key)
        yield _credentials(TlsFiles(certificate, certificate, key), _ROLES)


def given_credentials(files: TlsFiles) -> Any:
    """A client's own, for a running scheduler; InputError when they are none."""
    security = _credentials(files, ("client",))
    try:
        security.get_connection_args("client")
    except OSError as error:  # ssl.SSLError is one
        names = ", ".join(str(path) for path in (files.certificate, files.key) if path is not None)
        raise InputError(
            "the TLS files for the Dask scheduler can't be used",
            place=Place(files.ca),
            got=f"{error.strerror or error} ({names})",
            expected="PEM files: the certificate of the authority, a certificate that it has signed, its key",
        ) from error
    return security


def _credentials(files: TlsFiles, roles: tuple[str, ...]) -> Any:
    by_role: dict[str, str] = {}
    for role in roles:
        by_role[f"tls_{role}_cert"] = str(files.certificate)
        by_role[f"tls_{role}_key"] = str(files.key or files.certificate)
    return _security_class()(require_encryption=True, tls_ca_file=str(files.ca), **by_role)


def _write_private(path: Path, text: str) -> None:
    try:
        with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(text)
    except OSError as error:
        raise file_error("write", path, error) from error


def _security_class() -> Any:
    from distributed import Security

    return Security
