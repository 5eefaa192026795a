"""Figures of a `Run`: one module a kind of figure, and one for what they share."""
