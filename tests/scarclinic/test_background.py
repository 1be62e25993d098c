from traceback import format_exception

import pytest
from django.db import IntegrityError

from scarclinic.staff.background import TaskFailed, background_task

QUOTING = "Failed.\nDETAIL:  Failing row contains (1, very-odd)."


@background_task
def fails():
    raise IntegrityError(QUOTING)


def test_a_task_that_fails_quotes_no_row():
    with pytest.raises(TaskFailed) as failed:
        fails.call()
    told = "".join(format_exception(failed.value))
    assert "TaskFailed: IntegrityError" in told
    assert "in fails" in told
    assert "very-odd" not in told
