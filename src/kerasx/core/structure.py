"""Counts the changes to what models are made of, so that what was prepared for a model can be kept
until the next one. Pure Python."""


class Structure:
    """How often any model of this library has got a variable, a layer or another `trainable`."""

    changes = 0

    def changed(self) -> None:
        """Note a change."""
        self.changes += 1


STRUCTURE = Structure()
