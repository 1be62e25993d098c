"""Work that is shared out over processes."""

import os

import pytest

from scarclinic.staff import processes
from scarclinic.staff.processes import in_processes


def doubled(pieces):
    for piece in pieces:
        yield os.getpid(), piece * 2


def refused(pieces):
    for piece in pieces:
        if piece == 3:
            raise ValueError("three")
        yield piece


@pytest.fixture
def two_cores(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def test_results_come_in_order_from_a_process_a_core(two_cores):
    done = list(in_processes(doubled, range(5)))
    assert [result for _pid, result in done] == [0, 2, 4, 6, 8]
    assert len({pid for pid, _result in done} - {os.getpid()}) == 2


@pytest.mark.parametrize(("most", "pieces"), [(4, [7]), (1, [7, 8])])
def test_what_one_process_can_do_needs_no_other(most, pieces, two_cores, monkeypatch):
    monkeypatch.setattr(processes, "MOST", most)
    assert list(in_processes(doubled, pieces)) == [(os.getpid(), p * 2) for p in pieces]


def test_what_a_process_raises_is_raised_in_its_turn(two_cores):
    results = in_processes(refused, [1, 2, 3, 4])
    assert [next(results), next(results)] == [1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)


def test_a_process_that_is_killed_is_told(two_cores):
    def killed(pieces):
        os.kill(os.getpid(), 9)
        yield

    with pytest.raises(EOFError):
        list(in_processes(killed, [1, 2]))
