"""What a reader of an experiment should know besides its tables."""

from __future__ import annotations

from collections.abc import Iterable


class Notes:
    """Sentences about what was left out, is unknown, or is doubtful.

    Attributes
    ----------
    texts : list of str
        All sentences, in the order in which they came up, without duplicates.
    doubts : list of str
        Those that call a table into question.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.doubts: list[str] = []

    def add(self, text: str, *, doubt: bool = False) -> None:
        """Add a sentence; a doubt also becomes a warning."""
        if text not in self.texts:
            self.texts.append(text)
            if doubt:
                self.doubts.append(text)

    def take(self, others: Notes) -> None:
        """Add all sentences of `others`."""
        for text in others.texts:
            self.add(text, doubt=text in others.doubts)


def listed(items: Iterable[object], *, most: int = 8) -> str:
    """Return items separated by commas; of more than `most`, the rest as a number."""
    texts = [str(item) for item in items]
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def counted(number: int, noun: str) -> str:
    """Return a number with a noun: ``1 report``, ``2 reports``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
