"""A small convolutional network learns handwritten digits.

    python examples/digits.py                       on the first engine that is installed
    KERASX_BACKEND=torch python examples/digits.py  on the one of your choice
    kerasx compare examples/digits.py               on all of them, side by side

The data are scikit-learn's: 1797 digits of 8 x 8 pixels, on your disk already.
"""

import argparse

import matplotlib
import numpy as np
from sklearn.datasets import load_digits

import kerasx
from kerasx import layers

matplotlib.use("Agg")  # draws into files, needs no screen
import matplotlib.pyplot as plt


def data():
    """(x, y) to learn from, to validate with, and to test with."""
    pixels, labels = load_digits(return_X_y=True)
    x = (pixels.reshape(-1, 8, 8, 1) / 16).astype("float32")
    y = labels.astype("int32")
    order = np.random.default_rng(0).permutation(len(x))
    parts = np.split(order, [1200, 1440])
    return [(x[part], y[part]) for part in parts]


def network():
    """From images (8, 8, 1) to the probabilities of the ten digits."""
    return kerasx.Sequential(
        [
            kerasx.Input((8, 8, 1)),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def picture(x, truth, guess, file):
    """Save the first misread digits, with what was read and what it is."""
    wrong = np.flatnonzero(guess != truth)
    figure, axes = plt.subplots(1, 8, figsize=(9, 1.9))
    for ax in axes.flat:
        ax.axis("off")
    for ax, k in zip(axes.flat, wrong):
        ax.imshow(x[k, ..., 0], cmap="gray_r")
        ax.set_title(f"{guess[k]}, is {truth[k]}", fontsize=10)
    figure.suptitle(f"{len(wrong)} of {len(x)} digits misread on {kerasx.backend.backend()}")
    figure.savefig(file, dpi=100)


def main():
    parser = argparse.ArgumentParser(description="Learn handwritten digits.")
    parser.add_argument("--epochs", type=int, default=12)
    out = f"misread-{kerasx.backend.backend()}.png"
    parser.add_argument("--out", default=out, help="picture of the misread digits")
    args = parser.parse_args()

    kerasx.utils.set_random_seed(0)
    train, validation, (x, y) = data()
    model = network()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(*train, batch_size=32, epochs=args.epochs, validation_data=validation, verbose=2)
    guess = model.predict(x, verbose=0).argmax(axis=1)
    picture(x, y, guess, args.out)
    print(f"test accuracy {np.mean(guess == y):.2%}; misread digits in {args.out}")


if __name__ == "__main__":
    main()
