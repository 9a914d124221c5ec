from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bbopt.target.supervisor.wire import RunOrder, SupervisedRun, Unpacker, pack

_TEXT = st.text(st.characters(), max_size=20)  # lone surrogates included


@given(st.lists(st.dictionaries(_TEXT, _TEXT | st.floats(allow_nan=False)), max_size=4), st.data())
def test_messages_survive_any_cutting(messages: list[dict[str, Any]], data: st.DataObject) -> None:
    stream = b"".join(map(pack, messages))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    unpacker = Unpacker()
    received = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        received += unpacker.feed(stream[start:end])
    assert received == messages


def test_order_and_run_survive_the_way() -> None:
    order = RunOrder(["a", "\udcff"], "/tmp", 0, "u", None, 1.5, "log")
    assert RunOrder(**Unpacker().feed(pack(order.message()))[0]) == order
    run = SupervisedRun("exit", 1.0, result_lines=["x"], notes=[], exit_status=-9)
    assert SupervisedRun(**Unpacker().feed(pack(run.message()))[0]) == run
