from __future__ import annotations

from exporter.tencent.recent import REMEMBERED, RecentIds


def test_an_id_is_new_once_and_again_after_many_others() -> None:
    ids = RecentIds()
    assert ids.add("first")
    assert not ids.add("first")
    for number in range(REMEMBERED):
        assert ids.add(str(number))
    assert ids.add("first")
    assert not ids.add(str(REMEMBERED - 1))
