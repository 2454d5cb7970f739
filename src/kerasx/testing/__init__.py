"""Checks that users can run on classes of their own."""

from .layer import check_layer
