"""Steps on TensorFlow: several in one call of a graph."""

import math
from time import perf_counter

import tensorflow as tf

from ...core import tree
from .state import feed, graph_of

SECONDS = 0.1  # that a call should take: as long as an eye needs to see a progress bar move
BYTES = 8 * 2**20  # of its data, which should be small beside the model
FIRST, MOST = 8, 256  # steps: in a call before any is timed, and at most


class Loop:
    """`loop(data, rows)`: one step for each entry along the first axis of `data`, then the logs.

    `size` is how many steps a call should take: `most` if `exactly` so many, else as many as fit
    into SECONDS, by what the last call took. `rows` is None: one graph serves batches of every
    size, so that none is filled up.
    """

    fills_up = False

    def __init__(self, fn, after, variables, example, fills_up, most, exactly):
        arrays = [a for a in tree.flatten(example) if a is not None]
        room = BYTES // max(sum(math.prod(a.shape) * a.dtype.itemsize for a in arrays), 1)
        self.fitting = most if exactly else max(1, min(MOST, room))
        self.size = self.fitting if exactly else min(FIRST, self.fitting)
        self.alone = most == 1 or self.fitting == 1
        self.calls = 0

        def one(*batch):
            fn(batch)
            return after()

        def many(*data):
            steps = tf.shape(next(a for a in tree.flatten(data) if a is not None))[0]

            def body(k):
                fn(tree.map_structure(lambda a: None if a is None else a[k], data))
                return k + 1

            tf.while_loop(lambda k: k < steps, body, [tf.constant(0)], parallel_iterations=1)
            return after()

        tensors = tree.map_structure(lambda a: None if a is None else feed(a), example)
        if self.alone:
            self.size = 1
            self.graph = graph_of(one, tensors)
        else:
            several = tree.map_structure(lambda a: None if a is None else a[None], tensors)
            self.graph = graph_of(many, several, 2)
        self.adapts = not (self.alone or exactly)

    def __call__(self, data, rows):
        tensors = [feed(a[0] if self.alone else a) for a in tree.flatten(data) if a is not None]
        start = perf_counter()
        logs = self.graph(*tensors)
        self.calls += 1
        if self.adapts and self.calls > 1:  # the first one prepares the graph
            pace = (perf_counter() - start) / len(tensors[0])
            self.size = max(1, min(self.fitting, int(SECONDS / pace)))
        return logs

    def is_short_of(self, most):
        """Whether it was made for fewer steps than would be good for `most`."""
        return self.alone and most != 1 and self.fitting > 1


compile_loop = Loop
