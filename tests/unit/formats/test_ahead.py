"""Results come in order, errors at their place, and nothing runs far ahead."""

from __future__ import annotations

import time

import pytest

from trihelix.formats.ahead import work_ahead


def test_results_come_in_the_items_order() -> None:
    def slow_when_even(n: int) -> int:
        time.sleep(0.005 * (n % 2 == 0))
        return n * n

    assert list(work_ahead(slow_when_even, range(30))) == [n * n for n in range(30)]


def test_an_error_comes_after_the_results_before_it() -> None:
    results = work_ahead(lambda n: 1 / (5 - n), range(10))
    assert [next(results) for _ in range(5)] == [1 / n for n in (5, 4, 3, 2, 1)]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_items_are_taken_only_a_little_ahead() -> None:
    taken = []

    def items() -> object:
        for n in range(100):
            taken.append(n)
            yield n

    results = work_ahead(lambda n: n, items(), threads=2)  # type: ignore[arg-type, var-annotated]
    next(results)
    assert len(taken) <= 3
    results.close()
