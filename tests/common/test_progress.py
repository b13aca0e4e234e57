"""The fragment of progress: polled while the work runs, and no longer."""

from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string

from cned_portal.common.progress import RunState


@pytest.mark.parametrize("state", RunState)
def test_fragment_is_polled_only_while_the_work_runs(state):
    run = SimpleNamespace(
        pk=1,
        state=state.value,
        get_state_display=state.label,
        progress=40,
        error="Le service est fermé." if state == RunState.FAILED else "",
        is_finished=state in {RunState.DONE, RunState.FAILED},
    )
    html = render_to_string("components/progress.html", {"run": run, "progress_url": "/p/", "retry_url": "/r/"})
    assert ("every 2s" in html) is not run.is_finished
    assert ("Actualiser" in html) is not run.is_finished
    assert ("Recommencer" in html) is (state == RunState.FAILED)
    assert 'aria-live="polite"' in html
