"""Batches of a PyDataset made ahead, by threads or processes."""

import random
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np

DATA: Any = None  # in a process that makes batches: the data set


def have(data: Any) -> None:
    """Take the data set: a process does so once."""
    global DATA
    DATA = data


def drawn(place: int, seed: int) -> Any:
    """The batch at a place, with random numbers of its own: processes that are forked would all
    draw the same."""
    random.seed(seed)
    np.random.seed(seed)
    return DATA[place]


def made_ahead(data: Any, places: Iterable[int]) -> Iterator[Any]:
    """`data[k]` for the places k, in their order, by `data.workers` workers.

    Up to `data.max_queue_size` batches are in the making or wait to be taken. Processes have the
    data set as it is now; what they draw from `random` and `numpy.random` depends on the seed here
    and on the place, not on which of them makes the batch.
    """
    pool: Executor
    if data.use_multiprocessing:
        pool = ProcessPoolExecutor(max(data.workers, 1), initializer=have, initargs=(data,))
        first = int(np.random.randint(2**31))
        tasks = (pool.submit(drawn, k, first + k) for k in places)
    else:
        pool = ThreadPoolExecutor(data.workers)
        tasks = (pool.submit(data.__getitem__, k) for k in places)
    coming: deque[Future[Any]] = deque()
    try:
        for task in tasks:
            coming.append(task)
            if len(coming) >= data.max_queue_size:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
    finally:  # of what is not wanted any more, what is under way is waited for: it uses the data
        pool.shutdown(cancel_futures=True)
