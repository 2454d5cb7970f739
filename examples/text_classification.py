"""Which package is spoken of? A network reads a docstring and says where it stands.

    kerasx compare examples/text_classification.py

The texts are what stands between triple quotes in eight packages of the standard library, each text
once. A fifth is for the test. The baseline is naive Bayes on the same words, which is hard to beat
where there is so little text; the most frequent package is right in a fifth of the cases.
"""

import argparse
import re
import sysconfig
from collections import Counter
from pathlib import Path

import numpy as np
from sklearn.naive_bayes import MultinomialNB

import kerasx as keras
from kerasx import layers

PACKAGES = "asyncio email importlib logging multiprocessing unittest urllib xml".split()
VOCABULARY, LENGTH = 3000, 80  # words that are known; words that are read of a text


def data():
    """(numbers of words, number of package) to learn from, to validate with, and to test with."""
    label = {}
    for k, package in enumerate(PACKAGES):
        for file in sorted(Path(sysconfig.get_path("stdlib"), package).rglob("*.py")):
            for text in re.findall('"""(.*?)"""', file.read_text("utf8"), flags=re.DOTALL):
                label[tuple(re.findall("[a-z]+", text.lower())[:LENGTH])] = k
    label.pop((), None)  # there are texts without a word
    texts = list(label)
    order = np.random.default_rng(0).permutation(len(texts))
    parts = np.split(order, [len(order) * 7 // 10, len(order) * 8 // 10])

    counts = Counter(word for k in parts[0] for word in texts[k])  # only of what is learned from
    number = {w: k for k, (w, _) in enumerate(counts.most_common(VOCABULARY - 2), start=2)}
    x = np.zeros((len(texts), LENGTH), "int32")  # 0: no word; 1: a word that is not known
    for row, words in zip(x, texts):
        row[: len(words)] = [number.get(word, 1) for word in words]
    y = np.array(list(label.values()), "int32")
    return [(x[part], y[part]) for part in parts]


def network():
    """From words to the probabilities of the packages: the mean of the words' vectors decides."""
    words = keras.Input((LENGTH,), dtype="int32")
    h = layers.Embedding(VOCABULARY, 64, mask_zero=True)(words)
    h = layers.SpatialDropout1D(0.2)(h)
    h = layers.GlobalAveragePooling1D()(h)  # which leaves out what the mask does
    h = layers.Dropout(0.5)(h)
    return keras.Model(words, layers.Dense(len(PACKAGES), activation="softmax")(h))


def bayes(x, y, x_test, y_test):
    """Accuracy of naive Bayes on how often each word occurs."""
    often = [np.array([np.bincount(r, minlength=VOCABULARY)[1:] for r in z]) for z in (x, x_test)]
    return MultinomialNB(alpha=0.1).fit(often[0], y).score(often[1], y_test)


def main():
    parser = argparse.ArgumentParser(description="Tell packages by their docstrings.")
    parser.add_argument("--epochs", type=int, default=30)
    epochs = parser.parse_args().epochs
    keras.utils.set_random_seed(0)
    train, validation, test = data()
    model, adam = network(), keras.optimizers.Adam(1e-2)
    model.compile(adam, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    best = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
    model.fit(*train, epochs=epochs, validation_data=validation, callbacks=[best], verbose=2)
    _, accuracy = model.evaluate(*test, verbose=0)
    print(f"test accuracy {accuracy:.2%}; naive Bayes {bayes(*train, *test):.2%}")


if __name__ == "__main__":
    main()
