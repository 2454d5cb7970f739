"""Spacesagain: a small transformer puts back the spaces that a text has lost.

    kerasx compare examples/transformer.py

The text is the reference manual of Python's own `help()`, its last fifth kept for the test. Of
each letter it is asked: does a word end here? The baseline goes by the letter and the next one.
"""

import argparse
import textwrap
from pydoc_data.topics import topics

import numpy as np

import kerasx as keras
from kerasx import layers, ops

LENGTH, WIDTH = 48, 64  # letters in a row, at most; size of the vectors


def data():
    """(letters, ends of words), a row for a line, each once: to learn from, and to test with."""
    texts = [text.lower() for name in sorted(topics) for text in topics[name].split("\n\n")]
    texts = ["".join(c if "a" <= c <= "z" else " " for c in text) for text in texts]
    rows = {tuple(line.split()): 0 for text in texts for line in textwrap.wrap(text, LENGTH)}
    x, y = np.zeros((2, len(rows), LENGTH), "int32")  # 0 is no letter, 1 is 'a'
    for letters, ends, words in zip(x, y, rows):
        letters[: sum(map(len, words))] = [ord(letter) - 96 for letter in "".join(words)]
        ends[np.cumsum([len(word) for word in words]) - 1] = 1
    return zip(*(np.split(z, [len(rows) * 4 // 5]) for z in (x, y[:, :, None])))


class Letters(layers.Layer):
    """A vector for each letter, of it and of two on each side; and the mask: where letters are."""

    def __init__(self):
        super().__init__()
        self.embedding = layers.Embedding(27, WIDTH)
        self.neighbours = layers.Conv1D(WIDTH, 5, padding="same", activation="gelu")

    def call(self, x):
        return self.neighbours(self.embedding(x))

    def compute_mask(self, x, mask=None):
        return ops.not_equal(x, 0)


def block(x):
    """`x`, after it has looked at itself and thought. The mask comes along without a word."""
    h = layers.LayerNormalization()(x)
    x = x + layers.MultiHeadAttention(4, WIDTH // 4)(h, h)
    h = layers.Dense(2 * WIDTH, activation="gelu")(layers.LayerNormalization()(x))
    return x + layers.Dense(WIDTH)(h)


def by_pairs(x, y, x_test, y_test):
    """Accuracy of what is likelier for each letter and the one behind it."""
    pair, pair_test = (27 * z + np.pad(z[:, 1:], [(0, 0), (0, 1)]) for z in (x, x_test))
    seen, ends = (np.bincount(pair.ravel(), w, 27**2) for w in (None, y.ravel()))
    return ((2 * ends > seen)[pair_test] == y_test[:, :, 0])[x_test > 0].mean()


def main():
    parser = argparse.ArgumentParser(description="Put spaces into a text.")
    parser.add_argument("--epochs", type=int, default=6)
    epochs = parser.parse_args().epochs
    keras.utils.set_random_seed(0)
    (x, y), (x_test, y_test) = data()
    letters = keras.Input((LENGTH,), dtype="int32")
    model = keras.Model(letters, layers.Dense(1, "sigmoid")(block(block(Letters()(letters)))))
    model.compile(keras.optimizers.AdamW(2e-3), "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=epochs, verbose=2)
    _, accuracy = model.evaluate(x_test, y_test, verbose=0)  # padding counts for nothing
    for row, chance in zip(x_test, model.predict(x_test[:4], verbose=0)):
        print("".join(chr(c + 96) + " " * round(p) for c, p in zip(row, chance.flat) if c))
    print(f"test accuracy {accuracy:.2%}; pairs {by_pairs(x, y, x_test, y_test):.2%}")


if __name__ == "__main__":
    main()
