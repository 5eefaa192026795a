"""What a reader of an experiment should know beside its tables."""

from __future__ import annotations

from collections.abc import Iterable


class Notes:
    """Sentences about what was left out, is unknown, or is in doubt.

    Attributes
    ----------
    texts : list of str
        All of them, in the order in which they came up, none twice.
    doubts : list of str
        Those that call a table into question.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.doubts: list[str] = []

    def add(self, text: str, *, doubt: bool = False) -> None:
        """Note a sentence; a doubt is also worth a warning."""
        if text not in self.texts:
            self.texts.append(text)
            if doubt:
                self.doubts.append(text)


def listed(items: Iterable[object], *, most: int = 8) -> str:
    """Return items as an enumeration, the later ones of many as a number."""
    texts = [str(item) for item in items]
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def counted(number: int, noun: str) -> str:
    """Return a number with a noun: ``1 report``, ``2 reports``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
