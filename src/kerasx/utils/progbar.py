"""Progbar: how far a loop has come, as a line of text."""

from ..train.callbacks.progbar import Progbar
