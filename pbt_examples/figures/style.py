"""The style of all figures, and of each trial in them."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from os.path import commonprefix
from typing import Any
from weakref import WeakKeyDictionary

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.transforms import blended_transform_factory
from pbt_examples.checks import check_type
from pbt_examples.record.run import Run, check_run

WIDTH = 6.84
"""Width, in inches, of a figure as wide as the site's text column."""
PAPER = "#ffffff"
INK = "#262626"
QUIET = "#767676"
"""Colour of what surrounds the data: ticks, notes, the optimum's name."""
FAINT = "#d9d9d9"
"""Colour of lines that only guide the eye, such as a grid."""

COLORS = (
    "#0a5ea8",
    "#c2550a",
    "#14805e",
    "#8a3a91",
    "#3d97cc",
    "#a8262f",
    "#7d6b00",
    "#cf6fae",
)
"""Colours for up to eight trials. Against white, each has a contrast of 3:1, and the
first four, which numbers have as well, 4.5:1. They also differ in lightness, for print."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p")
LINESTYLES = ("-", (0, (5, 1.5)), (0, (2, 1)), (0, (6, 1.5, 1.5, 1.5)))
FEW = len(COLORS)
"""The most trials for which each has a colour that a reader can name."""
MANY = 4
"""With more trials, the winner's ancestry is drawn on top, as the one line to follow."""

LEGEND: dict[str, Any] = {
    "linestyle": "-",
    "markersize": 6,
    "markeredgecolor": PAPER,
    "markeredgewidth": 0.5,
}
"""Properties of a trial's legend entry, besides the trial's own style."""
SHARED_LEGEND = "legend of trials"
SMALL = 8.0
"""Size of the smallest text in points: 11 pixels in a figure of 684, the page's width."""
LETTERS = 24
"""The most letters of a name or a value, nearly: others are shortened."""
MOST_LETTERS = 64
"""The most letters of a label that has more than one hyperparameter."""
JUMP: dict[str, Any] = {"color": QUIET, "linewidth": 0.9, "linestyle": (0, (3, 2))}
OTHER_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "WenQuanYi Micro Hei",
    "Microsoft YaHei",
    "Malgun Gothic",
    "PingFang SC",
    "Hiragino Sans",
    "Arial Unicode MS",
)
"""Fonts of Linux, Windows and macOS with letters that Matplotlib's own font lacks."""

GREEK = {
    "alpha",
    "beta",
    "gamma",
    "epsilon",
    "eta",
    "lambda",
    "mu",
    "sigma",
    "tau",
    "theta",
}


def use_style() -> None:
    """Set Matplotlib's ``rcParams`` to the house style.

    Figures have a white background with a margin, thin axes without a box, and the width
    of the site's text column, 684 pixels, at which no text is smaller than 11 pixels.
    Everything that the style needs comes with Matplotlib; only for letters that its font
    lacks, such as Chinese ones, other fonts are used if they are installed.
    """
    mpl.rcParams.update(
        {
            "figure.figsize": (WIDTH, 4.1),
            "figure.dpi": 100,
            "figure.facecolor": PAPER,
            "figure.constrained_layout.use": True,
            "figure.constrained_layout.w_pad": 0.08,
            "figure.constrained_layout.h_pad": 0.1,
            "figure.titlesize": 10.5,
            "figure.titleweight": "bold",
            "savefig.facecolor": PAPER,
            "axes.facecolor": PAPER,
            "axes.edgecolor": QUIET,
            "axes.labelcolor": INK,
            "axes.linewidth": 0.8,
            "axes.axisbelow": True,
            "axes.grid": False,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlelocation": "left",
            "axes.titlesize": 10,
            "axes.titleweight": "bold",
            "axes.titlecolor": INK,
            "axes.labelsize": 9.5,
            "axes.prop_cycle": cycler(color=COLORS),
            "grid.color": FAINT,
            "grid.linewidth": 0.6,
            "xtick.color": QUIET,
            "ytick.color": QUIET,
            "xtick.labelcolor": INK,
            "ytick.labelcolor": INK,
            "xtick.labelsize": 8.5,
            "ytick.labelsize": 8.5,
            "font.family": ["DejaVu Sans", *_installed(OTHER_FONTS)],
            "font.size": 9,
            "mathtext.fontset": "dejavusans",
            "text.color": INK,
            "legend.frameon": False,
            "legend.fontsize": 8.5,
            "legend.handlelength": 1.6,
            "legend.columnspacing": 1.4,
            "lines.linewidth": 1.4,
        }
    )


def _installed(fonts: Iterable[str]) -> list[str]:
    # Matplotlib warns of each font that it is told to use but does not find.
    known = {font.name for font in fontManager.ttflist}
    return [font for font in fonts if font in known]


def trial_style(run: Run, trial: int) -> dict[str, Any]:
    """Return the style of a trial in every figure of a run.

    Parameters
    ----------
    run : Run
        The run.
    trial : int
        One of its trials.

    Returns
    -------
    dict
        Matplotlib's ``color``, ``marker`` and ``linestyle``. Up to eight trials get a
        colour each; more share a scale from dark to light, in the order of their numbers.
        Markers and line styles distinguish trials that colours do not.

    Raises
    ------
    ValueError
        If the run has no such trial.
    """
    check_run(run)
    if trial not in run.trials:
        raise ValueError(f"trial must be one of {run.trials}, got {trial!r}")
    return style_of(run, trial)


def style_of(run: Run, trial: int) -> dict[str, Any]:
    """Return what `trial_style` returns, for a run and a trial that are checked."""
    trials = run.trials
    place, number = trials.index(trial), len(trials)
    if number <= FEW:
        color: Any = COLORS[place]
    else:
        color = _from_dark_to_light(0.88 * place / (number - 1))
    return {
        "color": color,
        "marker": MARKERS[place % len(MARKERS)],
        "linestyle": LINESTYLES[(place + place // len(MARKERS)) % len(LINESTYLES)],
    }


@cache  # figures of many trials ask for the same colours thousands of times
def _from_dark_to_light(share: float) -> str:
    return mpl.colors.to_hex(mpl.colormaps["viridis"](share))


def trial_label(run: Run, trial: int) -> str:
    """Return a label for a trial: its number and its first configuration.

    Parameters
    ----------
    run : Run
        The run.
    trial : int
        One of its trials.

    Returns
    -------
    str
        For example ``0: h = [1, 0]``, in Matplotlib's math notation, with the trial's
        number in the tables. Hyperparameters that were the same in all trials at first
        are left out, and long names and values are shortened. If more than two
        hyperparameters remain, or the label is still long, only the first is shown.

    Raises
    ------
    ValueError
        If the run has no such trial.
    """
    labels = trial_labels(run)
    if trial not in labels:
        raise ValueError(f"trial must be one of {run.trials}, got {trial!r}")
    return labels[trial]


def trial_labels(run: Run) -> dict[int, str]:
    """Return the label of each trial, as `trial_label` describes it."""
    check_run(run)
    if run not in _LABELS:  # once per run, since each label depends on all trials
        _LABELS[run] = _labels(run)
    return _LABELS[run]


_LABELS: WeakKeyDictionary[Run, dict[int, str]] = WeakKeyDictionary()


def _labels(run: Run) -> dict[int, str]:
    configs = {trial: run.first_config(trial) for trial in run.trials}
    values = {
        name: [config[name] for config in configs.values()] for name in run.hyperparameters
    }
    differing = [
        name
        for name, each in values.items()
        if any(value != each[0] and value == value for value in each)
    ]
    shown = {
        name: dict(zip(map(str, each), shortened([number(v) for v in each]), strict=True))
        for name, each in values.items()
    }
    labels, names = {}, symbols(run)
    for trial, config in configs.items():
        label = _config_label(config, differing, shown, names)
        labels[trial] = f"{trial}: {label}" if label else f"trial {trial}"
    return labels


def headline(figure: Figure, text: str) -> None:
    """Write the conclusion of a figure above it, as a sentence."""
    check_type("figure", figure, Figure, "a Figure")
    figure.suptitle(text, x=0.012, ha="left", wrap=True)


def symbol(name: str) -> str:
    """Return the symbol of a metric or a hyperparameter, for axis labels.

    Parameters
    ----------
    name : str
        The name in the run, such as ``"theta0"``, ``"h1"``, ``"Q"`` or ``"lr"``.

    Returns
    -------
    str
        A letter, with an index if a digit follows, in Matplotlib's math notation; any
        other name as it is.
    """
    parts = re.fullmatch(r"([A-Za-z]+?)_?(\d*)", name)
    if parts and (len(parts[1]) == 1 or parts[1] in GREEK):
        letter = f"\\{parts[1]}" if parts[1] in GREEK else parts[1]
        return f"${letter}_{{{parts[2]}}}$" if parts[2] else f"${letter}$"
    return literal(name)


def symbols(run: Run, *others: str) -> dict[str, str]:
    """Return the symbols of a run's metric and hyperparameters, by their names.

    Of a long name, only as many of the last components are left as distinguish it. Stems
    of vectors, such as ``"h"`` of ``"h0"`` and ``"h1"``, and `others` are included.
    """
    tuned = run.hyperparameters
    names = dict.fromkeys([run.metric, *tuned, *map(_stem, tuned), *others])
    return {name: symbol(short) for name, short in short_names(names).items()}


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Return names of at most about 24 letters; different ones stay different."""
    endings = {name: _endings(name) for name in names}
    count = Counter(symbol(each) for group in endings.values() for each in group)
    short = {name: name for name in endings if len(name) <= LETTERS}
    for name in endings:
        if name in short:
            continue
        ending = next((e for e in endings[name] if count[symbol(e)] == 1), name)
        if len(ending) > LETTERS:
            ending = f"{ending[: LETTERS // 2 - 1]}…{ending[-LETTERS // 2 :]}"
        short[name] = _distinct(ending, short.values())
    return short


def _endings(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[begin:]) for begin in reversed(range(len(parts)))]


def _distinct(text: str, taken: Collection[str]) -> str:
    numbered = (f"{text} ({number})" for number in itertools.count(2))
    return next(each for each in itertools.chain([text], numbered) if each not in taken)


def _stem(name: str) -> str:
    return name.rstrip("0123456789")


def literal(text: str) -> str:
    """Return a string in which Matplotlib finds no math."""
    return text.replace("$", r"\$")


def number(value: Any) -> str:
    """Return a value with at most three digits, or a string as it is."""
    if isinstance(value, (bool, np.bool_, str)):
        return str(value)
    try:
        return f"{float(value):.3g}"
    except (TypeError, ValueError):
        return str(value)


def legend_of_trials(ax: Axes, run: Run, *, beside: bool = False) -> None:
    """Add a legend of a run's trials above the axes, or beside them.

    If there are too many trials, the legend has a few from the first to the last. It also
    has the other lines of a run: jumps, and the winner's ancestry. Axes that share a figure
    share one legend, below all of them, unless a marker would then have two meanings.

    Parameters
    ----------
    ax : Axes
        The axes that show the run.
    run : Run
        Its trials.
    beside : bool, default: False
        Whether to put the legend to the right of the axes.
    """
    check_run(run)
    check_type("ax", ax, Axes, "Matplotlib's Axes")
    figure, handles = ax.figure, _trial_handles(run)
    flush: dict[str, Any] = {"borderaxespad": 0, "borderpad": 0}
    if beside:
        flush |= {"loc": "upper left", "bbox_to_anchor": (1.03, 1), "frameon": False}
        ax.legend(handles=handles, **flush)
        return
    if isinstance(figure, Figure) and len(figure.axes) > 1:
        old = [each for each in figure.legends if each.get_gid() == SHARED_LEGEND]
        together = _merged([h for legend in old for h in legend.legend_handles] + handles)
        if _is_clear(together):
            for legend in old:
                legend.remove()
            widest_legend(
                figure, together, loc="outside lower left", borderaxespad=1, borderpad=0
            ).set_gid(SHARED_LEGEND)
            return
    widest_legend(ax, handles, loc="lower left", bbox_to_anchor=(0, 1.02), **flush)


def widest_legend(
    place: Axes | Figure, handles: Sequence[Artist], **options: Any
) -> Legend:
    """Add a legend to axes or a figure, with as many columns as fit."""
    room = place.get_window_extent().width
    if isinstance(place, Figure):  # a legend of the figure keeps away from its border
        size = FontProperties(size=mpl.rcParams["legend.fontsize"]).get_size_in_points()
        room -= 2 * size * place.dpi / 72
    for columns in range(len(handles), 0, -1):
        legend = place.legend(handles=handles, ncols=columns, frameon=False, **options)
        if columns == 1 or legend.get_window_extent().width <= room:
            break
        legend.remove()
    return legend


def legend_of_lanes(ax: Axes, handles: Sequence[Artist]) -> None:
    """Add a legend above axes with a lane per trial, aligned with the trials' names."""
    place = ax.get_subplotspec()
    leftmost = place is not None and place.is_first_col()
    across = ax.figure.transSubfigure if leftmost else ax.transAxes
    ax.legend(
        handles=handles, loc="lower left", ncols=len(handles),
        borderaxespad=0.4, borderpad=0, frameon=False,
        bbox_to_anchor=(0.017 if leftmost else 0, 1),
        bbox_transform=blended_transform_factory(across, ax.transAxes),
    )  # fmt: skip


def _trial_handles(run: Run) -> list[Line2D]:
    shown, labels = run.trials, trial_labels(run)
    if len(shown) > FEW:
        shown = [shown[round(each)] for each in np.linspace(0, len(shown) - 1, 5)]
    handles = [
        Line2D([], [], **style_of(run, trial) | LEGEND, label=labels[trial])
        for trial in shown
    ]
    if len(run.trials) > MANY:
        handles.append(Line2D([], [], color=INK, linewidth=2.2, label="winner's ancestry"))
    if (run.exploits["target"] != run.exploits["donor"]).any():
        handles.append(Line2D([], [], **JUMP, label="jump at an exploit"))
    return handles


def _merged(handles: Sequence[Any]) -> list[Any]:
    by_meaning = {(handle.get_label(), *_look(handle)): handle for handle in handles}
    return sorted(by_meaning.values(), key=lambda handle: handle.get_marker() == "None")


def _is_clear(handles: Sequence[Any]) -> bool:
    labels, looks = {each.get_label() for each in handles}, {*map(_look, handles)}
    return len(labels) == len(looks) == len(handles)


def _look(handle: Any) -> tuple[str, str]:
    return str(handle.get_color()), str(handle.get_marker())


def _config_label(
    config: dict[str, Any],
    differing: list[str],
    shown: dict[str, dict[str, str]],
    names_shown: dict[str, str],
) -> str:
    groups: dict[str, list[str]] = {}
    for name in config:  # h0 and h1 are one vector, h
        groups.setdefault(_stem(name), []).append(name)
    texts = []
    for stem, names in groups.items():
        if not {*names} & {*differing}:
            continue
        values = ", ".join(literal(shown[name][str(config[name])]) for name in names)
        vector = len(names) > 1
        texts.append(
            f"{names_shown[stem if vector else names[0]]} = "
            + (f"[{values}]" if vector else values)
        )
    if len(texts) > 2 or len(", ".join(texts)) > MOST_LETTERS:
        texts[1:] = ["…"]
    return ", ".join(texts)


def shortened(texts: Sequence[str], *, most: int = LETTERS) -> list[str]:
    """Return strings of at most about `most` letters; different ones stay different."""
    long = [text for text in texts if len(text) > most]
    shared = len(commonprefix(long)) if len({*long}) > 1 else 0  # noqa: RUF071 - letters
    chosen: dict[str, str] = {}
    taken = {text for text in texts if len(text) <= most}
    for text in long:
        if text in chosen:
            continue
        begin = 0 if shared < most // 2 else shared - 3
        middle = text[begin : begin + most - 2]
        short = "…" * (begin > 0) + middle + "…" * (begin + most - 2 < len(text))
        chosen[text] = _distinct(short, taken)
        taken.add(chosen[text])
    return [chosen.get(text, text) for text in texts]
