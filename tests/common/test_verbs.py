import pytest

from cned_portal.common.verbs import verb


def test_verb_without_keyword_only_actor_is_refused():
    with pytest.raises(TypeError, match="acting_user"):

        @verb
        def act(acting_user):
            pass
