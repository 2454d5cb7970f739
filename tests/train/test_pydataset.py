"""Data sets whose batches are made ahead by workers."""

import threading
import time

import numpy as np
import pytest
from tests.processes import value_of

from kerasx.train.data.ahead import made_ahead
from kerasx.utils import PyDataset


class Places(PyDataset):
    """Gives the numbers of its batches, and remembers which were asked for."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.asked = []

    def __len__(self):
        return 12

    def __getitem__(self, k):
        self.asked.append(k)
        time.sleep(0.002 * (k % 3))  # the later ones may be ready first
        return k


def test_batches_come_in_order_whoever_makes_them():
    places = [5, 3, 11, 0, 7, 1, 2, 9]
    assert list(made_ahead(Places(workers=4), places)) == places


def test_workers_work_at_the_same_time():
    both = threading.Barrier(2, timeout=30)  # passed by two together only

    class Together(Places):
        def __getitem__(self, k):
            return both.wait() >= 0

    assert all(made_ahead(Together(workers=2), range(4)))


def test_no_more_than_asked_for_are_made_ahead():
    data = Places(workers=2, max_queue_size=3)
    batches = made_ahead(data, range(12))
    for k in range(4):
        assert next(batches) == k
        time.sleep(0.05)
        assert len(data.asked) <= k + 3
    batches.close()
    assert len(data.asked) <= 7  # nothing goes on behind our back


def test_what_goes_wrong_in_a_worker_goes_wrong_here():
    class Broken(Places):
        def __getitem__(self, k):
            if k == 2:
                raise OSError(f"batch {k} is gone")
            return super().__getitem__(k)

    batches = made_ahead(Broken(workers=2), range(12))
    assert [next(batches), next(batches)] == [0, 1]
    with pytest.raises(OSError, match="batch 2 is gone"):
        next(batches)


IN_PROCESSES = """
import os
import numpy as np
from kerasx.utils import PyDataset, set_random_seed
from kerasx.train.data.adapter import PyDatasetBatches

class Data(PyDataset):
    shift = 0
    def __len__(self):
        return 6
    def __getitem__(self, k):
        return np.array([k + self.shift, os.getpid()]), np.random.uniform(size=2)
    def on_epoch_end(self):
        self.shift += 10

def epochs(workers):
    set_random_seed(7)
    batches = PyDatasetBatches(Data(workers=workers, use_multiprocessing=True), shuffle=False)
    found = []
    for _ in range(2):
        found.append(list(batches.epoch()))
        batches.end_epoch()
    return found

one, three = epochs(1), epochs(3)
out = {
    "places": [[int(x[0]) for x, _, _ in epoch] for epoch in three],
    "elsewhere": all(x[1] != os.getpid() for epoch in one + three for x, _, _ in epoch),
    "draws": [[y.tolist() for _, y, _ in epoch] for found in (one, three) for epoch in found],
}
"""


def test_processes_have_the_data_as_it_is_and_draw_for_themselves():
    found = value_of(IN_PROCESSES, KERASX_BACKEND="numpy")
    assert found["places"] == [[0, 1, 2, 3, 4, 5], [10, 11, 12, 13, 14, 15]]
    assert found["elsewhere"]
    first, second, again, last = found["draws"]
    assert (first, second) == (again, last)  # however many there are
    assert len({tuple(y) for y in first + second}) == 12


def test_training_is_the_same_with_workers(trainer):
    x = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")

    class Data(trainer.utils.PyDataset):
        def __len__(self):
            return 4

        def __getitem__(self, k):
            rows = slice(10 * k, 10 * k + 10)
            return x[rows], x[rows].sum(1, keepdims=True)

    def losses(**kwargs):
        trainer.utils.set_random_seed(3)
        model = trainer.Sequential([trainer.Input((3,)), trainer.layers.Dense(1)])
        model.compile("sgd", "mse")
        history = model.fit(Data(**kwargs), epochs=2, shuffle=False, verbose=0).history
        return history["loss"], model.evaluate(Data(**kwargs), verbose=0)

    assert losses(workers=3) == losses()


def test_an_endless_data_set_is_left_where_training_stops(trainer):
    asked = []

    class Endless(trainer.utils.PyDataset):
        def __getitem__(self, k):
            asked.append(k)
            return np.ones((2, 3), "float32"), np.ones((2, 1), "float32")

    model = trainer.Sequential([trainer.Input((3,)), trainer.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(Endless(workers=2, max_queue_size=4), epochs=2, steps_per_epoch=3, verbose=0)
    assert 6 <= len(asked) <= 6 + 4 + 1  # the first batch is looked at before


@pytest.mark.parametrize("wrong", [dict(workers=-1), dict(workers=1.5), dict(max_queue_size=0)])
def test_numbers_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Places(**wrong)
