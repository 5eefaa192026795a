"""The house style: how every figure looks, and how a trial looks in all of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import blended_transform_factory
from pbt_examples.checks import check_type
from pbt_examples.record.run import Run, check_run

PAPER = "#ffffff"
INK = "#262626"
QUIET = "#767676"
"""For what stands beside the data: ticks, notes, the optimum's name."""
FAINT = "#d9d9d9"
"""For what must hardly be seen: grid lines, and branches that died out."""

COLORS = (
    "#0a5ea8",
    "#e6732a",
    "#1f9c75",
    "#8a3a91",
    "#56b3e6",
    "#a8262f",
    "#7d6b00",
    "#d889bd",
)
"""For up to eight trials. They differ in lightness too, for print in grey."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p")
LINESTYLES = ("-", (0, (5, 1.5)), (0, (2, 1)), (0, (6, 1.5, 1.5, 1.5)))
FEW = len(COLORS)
"""Up to this many trials, each has a colour that a reader can name."""
MANY = 4
"""Of more trials than this, the winner's ancestry is drawn on top: one line to follow."""

KEY: dict[str, Any] = {
    "linestyle": "-",
    "markersize": 6,
    "markeredgecolor": PAPER,
    "markeredgewidth": 0.5,
}
"""How the key shows a trial, beside its own style."""
SHARED_KEY = "key of trials"
JUMP: dict[str, Any] = {"color": QUIET, "linewidth": 0.9, "linestyle": (0, (3, 2))}

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

    White paper with a margin, so that a figure also looks meant on a dark page; thin
    axes without a box; letters that can be read when the figure is 700 pixels wide.
    Everything it needs comes with Matplotlib.
    """
    mpl.rcParams.update(
        {
            "figure.figsize": (7.0, 4.2),
            "figure.dpi": 100,
            "figure.facecolor": PAPER,
            "figure.constrained_layout.use": True,
            "figure.constrained_layout.w_pad": 0.12,
            "figure.constrained_layout.h_pad": 0.12,
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
            "axes.labelsize": 10,
            "axes.prop_cycle": cycler(color=COLORS),
            "grid.color": FAINT,
            "grid.linewidth": 0.6,
            "xtick.color": QUIET,
            "ytick.color": QUIET,
            "xtick.labelcolor": INK,
            "ytick.labelcolor": INK,
            "xtick.labelsize": 9,
            "ytick.labelsize": 9,
            "font.family": "DejaVu Sans",
            "font.size": 9,
            "mathtext.fontset": "dejavusans",
            "text.color": INK,
            "legend.frameon": False,
            "legend.fontsize": 9,
            "legend.handlelength": 1.6,
            "legend.columnspacing": 1.4,
            "lines.linewidth": 1.4,
        }
    )


def trial_style(run: Run, trial: int) -> dict[str, Any]:
    """Return how a trial looks in every figure of a run.

    Parameters
    ----------
    run : Run
        The run.
    trial : int
        One of its trials.

    Returns
    -------
    dict
        ``color``, ``marker`` and ``linestyle``, under the names that Matplotlib gives
        them. Up to eight trials get a colour each; more share a scale from dark to
        light, in the order of their numbers. Markers and line styles tell apart what
        colours do not.

    Raises
    ------
    ValueError
        If the run has no such trial.
    """
    check_run(run)
    trials = run.trials
    if trial not in trials:
        raise ValueError(f"trial must be one of {trials}, got {trial!r}")
    place, number = trials.index(trial), len(trials)
    if number <= FEW:
        color: Any = COLORS[place]
    else:
        color = mpl.colors.to_hex(mpl.colormaps["viridis"](0.88 * place / (number - 1)))
    return {
        "color": color,
        "marker": MARKERS[place % len(MARKERS)],
        "linestyle": LINESTYLES[(place + place // len(MARKERS)) % len(LINESTYLES)],
    }


def trial_label(run: Run, trial: int) -> str:
    """Return a name for a trial: the configuration that it began with.

    Parameters
    ----------
    run : Run
        The run.
    trial : int
        One of its trials.

    Returns
    -------
    str
        Such as ``h = [1, 0]``, in Matplotlib's notation for mathematics.
        Hyperparameters that all trials began with alike are left out, since they tell
        no trial from another. Of more than two that are left, the first stands for all.
        The trial's number is added where two labels would be equal.

    Raises
    ------
    ValueError
        If the run has no such trial.
    """
    check_run(run)
    configs = {each: run.first_config(each) for each in run.trials}
    if trial not in run.trials:
        raise ValueError(f"trial must be one of {run.trials}, got {trial!r}")
    labels = [_config_label(each, list(configs.values())) for each in configs.values()]
    label = labels[run.trials.index(trial)]
    if label and labels.count(label) == 1:
        return label
    return f"trial {trial}: {label}" if label else f"trial {trial}"


def symbol(name: str) -> str:
    """Return the symbol for a metric or a hyperparameter, for labels of axes.

    Parameters
    ----------
    name : str
        As it stands in the run: ``"theta0"``, ``"h1"``, ``"Q"``, ``"lr"``.

    Returns
    -------
    str
        A letter, with an index where a digit follows, in Matplotlib's notation for
        mathematics; any other name as it is.
    """
    parts = re.fullmatch(r"([A-Za-z]+?)_?(\d*)", name)
    if parts and (len(parts[1]) == 1 or parts[1] in GREEK):
        letter = f"\\{parts[1]}" if parts[1] in GREEK else parts[1]
        return f"${letter}_{{{parts[2]}}}$" if parts[2] else f"${letter}$"
    return literal(name)


def literal(text: str) -> str:
    """Return a text such that Matplotlib finds no mathematics in it."""
    return text.replace("$", r"\$")


def number(value: Any) -> str:
    """Return a value in at most three digits, or a text as it is."""
    if isinstance(value, (bool, np.bool_, str)):
        return str(value)
    try:
        return f"{float(value):.3g}"
    except (TypeError, ValueError):
        return str(value)


def key_of_trials(ax: Axes, run: Run, *, beside: bool = False) -> None:
    """Put the key of a run's trials above the axes, or beside them.

    Where there are too many to name, it names a few from the first to the last. It also
    names what else the lines of a run can be: jumps, and the winner's ancestry. Axes that
    share a figure share one key, above all of them, as long as no sign would then have
    two meanings.

    Parameters
    ----------
    ax : Axes
        The axes that show the run.
    run : Run
        Its trials.
    beside : bool, default: False
        Whether to put it to the right of the axes.
    """
    check_run(run)
    check_type("ax", ax, Axes, "Matplotlib's Axes")
    figure, handles = ax.figure, _key_handles(run)
    options: dict[str, Any] = {"borderaxespad": 0, "borderpad": 0}
    if beside:
        options |= {"loc": "upper left", "bbox_to_anchor": (1.03, 1)}
    elif isinstance(figure, Figure) and len(figure.axes) > 1:
        old = [legend for legend in figure.legends if legend.get_gid() == SHARED_KEY]
        known = [handle for legend in old for handle in legend.legend_handles]
        together = _merged([*known, *handles])
        if _is_clear(together):
            for legend in old:
                legend.remove()
            columns = key_columns(figure, together)
            figure.legend(
                handles=together, loc="outside upper left", ncols=columns,
                borderaxespad=1, borderpad=0,
            ).set_gid(SHARED_KEY)  # fmt: skip
            return
    if not beside:
        options |= {"loc": "lower left", "bbox_to_anchor": (0, 1.02)}
        options |= {"ncols": key_columns(ax, handles)}
    ax.legend(handles=handles, **options)


def _key_handles(run: Run) -> list[Line2D]:
    shown = run.trials
    if len(shown) > FEW:
        shown = [shown[round(each)] for each in np.linspace(0, len(shown) - 1, 5)]
    handles = [
        Line2D([], [], **trial_style(run, trial) | KEY, label=trial_label(run, trial))
        for trial in shown
    ]
    if len(run.trials) > MANY:
        handles.append(Line2D([], [], color=INK, linewidth=2.2, label="winner's ancestry"))
    if (run.exploits["target"] != run.exploits["donor"]).any():
        handles.append(Line2D([], [], **JUMP, label="jump at an exploit"))
    return handles


def _merged(handles: Sequence[Any]) -> list[Any]:
    by_meaning = {(handle.get_label(), *_sign(handle)): handle for handle in handles}
    return sorted(by_meaning.values(), key=lambda handle: handle.get_marker() == "None")


def _is_clear(handles: Sequence[Any]) -> bool:
    labels, signs = {each.get_label() for each in handles}, {*map(_sign, handles)}
    return len(labels) == len(signs) == len(handles)


def _sign(handle: Any) -> tuple[str, str]:
    return str(handle.get_color()), str(handle.get_marker())


def key_of_lanes(ax: Axes, handles: Sequence[Artist]) -> None:
    """Put a key above axes with a lane a trial, as far left as the names of the lanes."""
    place = ax.get_subplotspec()
    leftmost = place is not None and place.is_first_col()
    across = ax.figure.transSubfigure if leftmost else ax.transAxes
    ax.legend(
        handles=handles, loc="lower left", ncols=len(handles),
        borderaxespad=0.4, borderpad=0,
        bbox_to_anchor=(0.017 if leftmost else 0, 1),
        bbox_transform=blended_transform_factory(across, ax.transAxes),
    )  # fmt: skip


def key_columns(place: Axes | Figure, handles: Sequence[Artist]) -> int:
    """Return in how many columns a key fits above axes or a figure."""
    lengths = [len(re.sub(r"[$\\{}]", "", str(each.get_label()))) for each in handles]
    figure = place if isinstance(place, Figure) else place.figure
    points = place.get_window_extent().width / figure.dpi * 72
    if place is not figure:
        points *= 1.08  # the layout, which is still to come, widens axes
    letters = points / mpl.rcParams["font.size"]
    for columns in range(len(lengths), 1, -1):
        split = np.array_split(lengths, columns)
        if sum(0.54 * max(column) + 3.8 for column in split) < letters:
            return columns
    return 1


def _config_label(config: dict[str, Any], others: list[dict[str, Any]]) -> str:
    groups: dict[str, list[str]] = {}
    for name in config:  # h0 and h1 are one vector, h
        groups.setdefault(name.rstrip("0123456789"), []).append(name)
    texts = []
    for stem, names in groups.items():
        if all(other[name] == config[name] for other in others for name in names):
            continue
        values = ", ".join(literal(number(config[name])) for name in names)
        vector = len(names) > 1
        texts.append(
            f"{symbol(stem if vector else names[0])} = "
            + (f"[{values}]" if vector else values)
        )
    if len(texts) > 2:
        texts[1:] = ["…"]
    return ", ".join(texts)
