"""How far a ratio may fall before a benchmark fails: a wide margin, for any machine."""

from __future__ import annotations

LIMITS = {
    # benchmark: {ratio: (least, most)}
    "experiment": {"fit": (2.5, None), "whole script": (1.2, None)},
    "populations": {"together": (1.5, None), "buffered": (1.5, None)},
    "scaling": {
        "largest population": (None, 4.0),  # in proportion it would be 8
        "bare actor calls": (None, 25.0),
        "bare actor calls, buffered": (None, 15.0),
        "memory (GB)": (None, 1.5),
    },
    "animation": {"time": (3.0, None), "bytes": (4.0, None), "difference": (None, 3.0)},
    "explorer": {"opening": (None, 60.0), "frames": (0.03, None)},
    "report": {"twice the reports": (None, 2.5)},
    "reference": {"speed": (2.0, None), "memory": (None, 1.5)},
    "cluster": {"share of the ideal": (0.3, None)},
    "imports": {"pbt_examples": (None, 0.5)},
    "site": {"memory (GB)": (None, 2.0)},  # half a GB of it is Ray's services
}


def collapsed(benchmark: str, ratios: dict[str, float]) -> list[str]:
    """Describe the ratios of a benchmark that are beyond their limits.

    Parameters
    ----------
    benchmark : str
        A key of `LIMITS`.
    ratios : dict
        What it measured: a number for each name that has a limit, and perhaps others.

    Returns
    -------
    list of str
        A sentence for each; empty if all are within their limits.

    Raises
    ------
    KeyError
        If a ratio that has a limit was not measured.
    """
    sentences = []
    for name, (least, most) in LIMITS[benchmark].items():
        ratio = ratios[name]
        if least is not None and not ratio >= least:  # also catches NaN
            sentences.append(
                f"{benchmark}: {name} is {ratio:.3g}, and must be at least {least}"
            )
        if most is not None and not ratio <= most:
            sentences.append(
                f"{benchmark}: {name} is {ratio:.3g}, and must be at most {most}"
            )
    return sentences
