"""A recurrent network learns to write, character by character, and shows it after each epoch.

    kerasx compare examples/characters.py

The text is the reference manual of Python's own `help()`, its last tenth kept for the test. Figure
of merit: bits a character, as if to compress it. The baseline knows how often each follows on two.
"""

import argparse
from pydoc_data.topics import topics

import numpy as np

import kerasx as keras
from kerasx import layers

LENGTH, UNITS = 50, 128  # characters that gradients go back through; size of the state


def data():
    """The characters, and their numbers in what is learned from and in the test."""
    texts = dict.fromkeys(text for name in sorted(topics) for text in topics[name].split("\n\n"))
    # That was each paragraph once: some topics contain others.
    characters, numbers = np.unique(list("\n\n".join(texts)), return_inverse=True)
    return characters, *np.split(numbers.astype("int32"), [len(numbers) * 9 // 10])


def rows(text):
    """(characters, the one after each), in rows of `LENGTH`."""
    size = (len(text) - 1) // LENGTH * LENGTH
    return text[:size].reshape(-1, LENGTH), text[1 : size + 1].reshape(-1, LENGTH)


def network(size, **options):
    """From characters to the logits of the next ones."""
    recurrent = layers.GRU(UNITS, return_sequences=True, **options)
    return keras.Sequential([layers.Embedding(size, 64), recurrent, layers.Dense(size)])


def write(model, twin, characters):
    """Print a line. `twin` is the model, but reads one character at a time and keeps its state."""
    text, rng = "The ", np.random.default_rng(0)
    twin.set_weights(model.get_weights())
    twin.layers[1].reset_state()
    for k in range(100):
        number = np.searchsorted(characters, text[k])
        logits = twin.predict_on_batch(np.array([[number]]))[0, 0]
        if k + 1 == len(text):  # Gumbel's way to draw; the factor makes it choose the likelier
            text += characters[np.argmax(2 * logits + rng.gumbel(size=len(logits)))]
    print(repr(text))


def trigrams(text, test):
    """Bits for each character of `test` by how often it followed on the two before in `text`."""
    counts = np.full((text.max() + 1,) * 3, 0.01)  # what was never seen may happen all the same
    np.add.at(counts, (text[:-2], text[1:-1], text[2:]), 1)
    counts /= counts.sum(axis=2, keepdims=True)
    return -np.log2(counts[test[:-2], test[1:-1], test[2:]]).mean()


def main():
    parser = argparse.ArgumentParser(description="Learn to write, character by character.")
    parser.add_argument("--epochs", type=int, default=5)
    epochs = parser.parse_args().epochs
    keras.utils.set_random_seed(0)
    characters, text, test = data()
    model, twin = network(len(characters)), network(len(characters), stateful=True)
    twin.build((1, 1))
    show = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: write(model, twin, characters))
    x, y = rows(text)
    rate = keras.optimizers.schedules.CosineDecay(1e-2, epochs * -(-len(x) // 32))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate, clipnorm=1.0), loss)
    model.fit(x, y, epochs=epochs, callbacks=[show], verbose=2)
    bits = model.evaluate(*rows(test), verbose=0) / np.log(2)
    print(f"test bits a character {bits:.3f}; trigrams {trigrams(text, test):.3f}")


if __name__ == "__main__":
    main()
