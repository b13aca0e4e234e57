from cned_portal.common.throttle import allow


def test_limit_is_for_each_key_and_scope(db):
    assert [allow("a", "x", limit=2, seconds=60) for _ in range(3)] == [True, True, False]
    assert allow("a", "y", limit=2, seconds=60)
    assert allow("b", "x", limit=2, seconds=60)
    assert not allow("c", "x", limit=0, seconds=60)
