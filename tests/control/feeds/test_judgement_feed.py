from cockpit.deploy import store_keys
from cockpit.ports import Put
from tests.control.dispatching import filled, snapshot_of


async def test_a_damaged_verdict_is_an_error_and_blocks_nothing() -> None:
    store = await filled()
    await store.commit(Put(store_keys.JUDGEMENT, b"[]"))
    snapshot = await snapshot_of(store)
    assert snapshot.judgement.value is None
    assert "cannot be read" in snapshot.judgement.error
