from __future__ import annotations

import os
import subprocess
import uuid

from bbopt.target.tagged_processes import TAG, kill_tagged, tagged_processes
from tests.target.processes import alive_with, await_true


def test_tagged_processes_and_their_sessions_are_killed(marker: str) -> None:
    tag = str(uuid.uuid4())
    # The second sleeper clears its environment, so that only its session tells where it belongs.
    script = 'sleep 600 & exec env -i sh -c "sleep 600; : $0" "$1"'
    process = subprocess.Popen(
        ["sh", "-c", script, marker, marker], env={**os.environ, TAG: tag}, start_new_session=True
    )
    await_true(lambda: len(tagged_processes(tag)) == 3)
    assert process.pid in tagged_processes(tag)
    assert kill_tagged(tag) == 0
    process.wait()
    assert alive_with(tag) == []


def test_nobody_tagged() -> None:
    tag = str(uuid.uuid4())
    assert tagged_processes(tag) == []
    assert kill_tagged(tag) == 0


def test_tag_is_compared_as_a_whole() -> None:
    tag = str(uuid.uuid4())
    process = subprocess.Popen(["sleep", "600"], env={**os.environ, TAG: f"{tag}0", f"X{TAG}": tag})
    try:
        await_true(lambda: alive_with(tag))
        assert tagged_processes(tag) == []
    finally:
        process.kill()
        process.wait()
