"""Work done ahead by threads while the caller uses earlier results, in order and never far ahead."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
THREADS = 2


def work_ahead(work: Callable[[T], R], items: Iterable[T], threads: int = THREADS) -> Iterator[R]:
    """The results of `work` on each item, in the items' order. At most `threads` + 1 items are under way, so
    memory stays bounded; an error is raised where its result would have come."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[R]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
