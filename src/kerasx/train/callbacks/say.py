"""Messages to the user: on the standard output, or in the log."""

import logging
import sys

from ...core.config import SETTINGS


def say(message: str, line_break: bool = True) -> None:
    """Write a message where `config.enable_interactive_logging` or its opposite has it."""
    if not SETTINGS.interactive_logging:
        logging.getLogger("kerasx").info(message.strip("\r"))
        return
    try:
        sys.stdout.write(message + "\n" * line_break)
    except UnicodeEncodeError:  # a terminal without the characters of the bar
        sys.stdout.write(message.encode("ascii", "replace").decode() + "\n" * line_break)
    sys.stdout.flush()
