"""Which function would you call, too? Two towers recommend it.

    kerasx compare examples/recommendation.py

The users are the functions of Python's standard library, the items what they call. Each call is
hidden in turn, the others have to tell which it was. Figure of merit: how often it is among ten
recommended, in files that were not learned from. The baseline recommends what is called most.
"""

import argparse
import re
import sysconfig
from collections import Counter
from pathlib import Path

import numpy as np

import kerasx as keras
from kerasx import layers, ops

KNOWN, WIDTH = 12, 64  # calls that a user is known by, at most; size of the vectors


def data():
    """How often each item is called; (calls, hidden call) to learn from, and to test with."""
    library, users = Path(sysconfig.get_path("stdlib")), [[], []]
    for k, file in enumerate(sorted(library.rglob("*.py"))):
        if {"site-packages", "test", "tests"}.isdisjoint(file.relative_to(library).parts):
            bodies = re.split(r"\bdef \w+", file.read_text("utf8", "replace"))[1:]
            users[k % 5 == 0] += [sorted({*re.findall(r"\b([a-zA-Z]\w+)\(", b)}) for b in bodies]
    often = Counter(call for calls in users[0] for call in calls)
    items = ["", *sorted(call for call in often if often[call] >= 10)]
    rows, number = [[], []], {call: k for k, call in enumerate(items)}  # 0 is no call
    for part, found in zip(users, rows):
        for calls in part:
            known = [number[call] for call in calls if call in number][: KNOWN + 1]
            for k, call in enumerate(known) if len(known) > 2 else ():
                found.append([*known[:k], *known[k + 1 :], *[0] * (KNOWN + 1 - len(known)), call])
    counts = np.array([often[call] + 1.0 for call in items], "float32")
    return counts, *(np.split(np.array(found, "int32"), [KNOWN], axis=1) for found in rows)


class TwoTowers(keras.Model):
    """Learns vectors of users and items: by their product, each user's beats those of the batch."""

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        users, items = y_pred  # what is called often is often in a batch: made good by its count
        scores = ops.matmul(users, ops.transpose(items[:, 0])) - y["log_count"][:, 0]
        same = ops.cast(ops.equal(y["item"], y["item"][:, 0]), "float32")
        same = same / ops.sum(same, axis=1, keepdims=True)
        return ops.mean(ops.categorical_crossentropy(same, scores, from_logits=True))


def recall(scores, known, hidden):
    """How often the hidden item is among the ten with the best scores, the known ones aside."""
    np.put_along_axis(scores, np.pad(known, [(0, 0), (0, 1)]), -np.inf, axis=1)
    return np.mean(np.any(np.argsort(-scores)[:, :10] == hidden, axis=1))


def main():
    parser = argparse.ArgumentParser(description="Recommend functions to call.")
    parser.add_argument("--epochs", type=int, default=10)
    epochs = parser.parse_args().epochs
    keras.utils.set_random_seed(0)
    counts, (x, y), (x_test, y_test) = data()
    calls, item = keras.Input((KNOWN,), dtype="int32"), keras.Input((1,), dtype="int32")
    own, embedding = (layers.Embedding(len(counts), WIDTH, mask_zero=m) for m in (True, False))
    user = layers.Dropout(0.5)(layers.GlobalAveragePooling1D()(own(calls)))  # not of the padding
    model = TwoTowers([calls, item], [user, embedding(item)])
    model.compile(keras.optimizers.Adam(5e-3))
    target = {"item": y, "log_count": np.log(counts)[y]}
    model.fit([x, y], target, batch_size=256, epochs=epochs, verbose=2)
    scores = keras.Model(calls, user).predict(x_test, verbose=0) @ embedding.get_weights()[0].T
    naive = np.tile(counts, (len(y_test), 1))
    found, baseline = (recall(s, x_test, y_test) for s in (scores, naive))
    print(f"recall at 10 {found:.2%}; most called {baseline:.2%}")


if __name__ == "__main__":
    main()
