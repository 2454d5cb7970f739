"""An autoencoder writes handwritten digits, 64 pixels each, as eight numbers.

    kerasx compare examples/autoencoder.py

Figure of merit: the mean squared error of what is read back, on digits that were not learned from.
The baseline is the best that eight numbers can do in a linear way, principal components. At the end
the model is saved, loaded, and moved to NumPy: there it gives the same, without the engine.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

import kerasx as keras
from kerasx import layers

PIXELS, CODE = 64, 8


def data():
    """Digits to learn from, and to test with: pixels between 0 and 1."""
    pixels = load_digits(return_X_y=True)[0].astype("float32") / 16
    order = np.random.default_rng(0).permutation(len(pixels))
    return pixels[order[:1440]], pixels[order[1440:]]


def network():
    """Two models, encoder and decoder, as the layers of a third."""
    pixels = keras.Input((PIXELS,))
    h = layers.GaussianNoise(0.1)(pixels)  # while it learns: nothing is to hang on one pixel
    h = layers.Dense(256, activation="gelu")(h)
    encoder = keras.Model(pixels, layers.Dense(CODE)(h), name="encoder")

    code = keras.Input((CODE,))
    h = layers.Dense(256, activation="gelu")(code)
    decoder = keras.Model(code, layers.Dense(PIXELS, activation="sigmoid")(h), name="decoder")

    image = keras.Input((PIXELS,))
    return keras.Model(image, decoder(encoder(image)))


def show(*images):
    """Print images side by side, in letters."""
    for rows in np.stack(images).reshape(-1, 8, 8).swapaxes(0, 1):
        print("   ".join("".join(" .:-=+*#%@"[int(9.99 * p)] * 2 for p in row) for row in rows))


def main():
    parser = argparse.ArgumentParser(description="Write digits as eight numbers.")
    parser.add_argument("--epochs", type=int, default=60)
    epochs = parser.parse_args().epochs

    keras.utils.set_random_seed(0)
    x, x_test = data()
    model = network()
    rate = keras.optimizers.schedules.CosineDecay(2e-3, epochs * -(-len(x) // 64))
    model.compile(keras.optimizers.Adam(rate), loss="mse")
    model.fit(x, x, batch_size=64, epochs=epochs, validation_data=(x_test, x_test), verbose=2)

    with TemporaryDirectory() as folder:
        model.save(file := Path(folder) / "digits.keras")
        loaded = keras.saving.load_model(file)
    twin = keras.models.to_backend(loaded, "numpy")
    read, again = model.predict(x_test, verbose=0), twin.predict(x_test, verbose=0)
    pca = PCA(CODE).fit(x)
    linear = pca.inverse_transform(pca.transform(x_test))
    print("a digit, what the network makes of its eight numbers, and what principal components do:")
    show(x_test[0], read[0], linear[0].clip(0, 1))
    print(f"saved, loaded and moved to NumPy it differs by {np.abs(read - again).max():.0e}")
    error, baseline = (np.mean((z - x_test) ** 2) for z in (read, linear))
    print(f"test error {error:.4f}; principal components {baseline:.4f}")


if __name__ == "__main__":
    main()
