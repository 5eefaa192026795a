"""Put the figures and animations of the examples on the pages, with their descriptions.

Sphinx-Gallery calls `scrape` after each code block. It saves what the block has drawn, with
a description in a JSON file beside the picture, and leaves a ``page-figure`` directive on
the page. Pages written by hand use the directive as well. Sphinx-Gallery's own scraper has
no captions and no dark version, and its videos start by themselves.
"""

from __future__ import annotations

import json
import posixpath
import re
import shutil
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import matplotlib.pyplot as plt
import numpy as np
from docutils import nodes
from matplotlib.animation import Animation
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.legend import Legend
from matplotlib.text import Text
from pbt_examples.figures import description_of
from pbt_examples.figures.style import widest_legend
from PIL import Image
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

FOLDER = "gallery/images"  # where Sphinx-Gallery keeps pictures, below the source folder
DPI = 100  # CSS pixels per inch of a figure
DARK_GROUND = (21, 24, 28)  # the background of the dark theme, in site.css
WEBP = {"lossless": True, "quality": 30}  # 1 % larger than with the default effort of 80
GROUNDED = [  # what each value of each channel becomes if black is the ground
    round(ground + (255 - ground) * value / 255)
    for ground in DARK_GROUND
    for value in range(256)
]
NARROW = 4.2  # inches of a figure for a phone, on which its letters are legible
PHONE = 358  # CSS pixels of a column of text on a phone
LEGIBLE = 9  # CSS pixels of the smallest letters there
THUMBNAIL_NUMBER = re.compile(r"^# sphinx_gallery_thumbnail_number = (\d+)", re.M)
THUMBNAIL_PANEL = "thumbnail"  # a gid for the panel to show, if it is not the first one


def scrape(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Save the pictures of a code block; return the directives that show them."""
    values = block_vars["example_globals"].values()
    animations = {each._fig: each for each in values if isinstance(each, Animation)}
    try:
        directives = []
        for figure in map(plt.figure, plt.get_fignums()):
            path = Path(next(block_vars["image_path_iterator"])).with_suffix(".webp")
            place = f"{block_vars['src_file']}, line {block.lineno}"
            save_picture(animations.get(figure, figure), path, place=place)
            page, number = path.stem.removeprefix("sphx_glr_").rsplit("_", 1)
            chosen = THUMBNAIL_NUMBER.search(Path(block_vars["src_file"]).read_text())
            if int(number) == int(chosen[1] if chosen else 1):
                save_panel(figure, path.with_name(f"sphx_glr_{page}_panel.webp"))
            directives.append(f"\n.. page-figure:: {page} {int(number)}\n")
    finally:
        plt.close("all")
    return "".join(directives)


def save_picture(picture: Figure | Animation, path: Path, *, place: str) -> None:
    """Save a picture, and beside it, in JSON, what a page needs to show it."""
    about = _describe(picture, place)
    save = _save_figure if isinstance(picture, Figure) else _save_animation
    about |= save(picture, path)
    path.with_suffix(".json").write_text(json.dumps(about, indent=2))


def save_panel(figure: Figure, path: Path) -> None:
    """Save one panel without any words, for a thumbnail, where none would be legible."""
    panels = [ax for ax in figure.axes if ax.get_gid() == THUMBNAIL_PANEL]
    panel = (panels or figure.axes)[0]
    figure.set_layout_engine("none")
    figure.set_size_inches(3.2, 1.8)
    for artist in figure.findobj(lambda each: isinstance(each, (Text, Legend))):
        artist.set_visible(False)
    for ax in figure.axes:
        ax.set_visible(ax is panel)
    panel.tick_params(which="both", length=0, labelbottom=False, labelleft=False)
    panel.set_position((0.05, 0.07, 0.9, 0.86))
    if not panel.images:
        panel.set_aspect("auto")
    _write_image(figure, path, 2 * DPI)


def use_panels(app: Sphinx) -> None:
    """Replace the thumbnails that Sphinx-Gallery makes of whole figures."""
    folder = Path(app.srcdir, FOLDER)
    for panel in folder.glob("*_panel.webp"):
        name = panel.name.replace("_panel.", "_thumb.")
        # Keep the panel's time, or every page that shows the thumbnail is read again.
        shutil.copy2(panel, folder / "thumb" / name)


def _describe(picture: Figure | Animation, place: str) -> dict[str, str]:
    description = description_of(picture)
    if description is None:
        raise ExtensionError(
            f"{place}: a {type(picture).__name__} has no description for readers who "
            "cannot see it: call describe(picture, alt=..., caption=...)"
        )
    return description._asdict()


def _save_figure(figure: Figure, path: Path) -> dict[str, Any]:
    image = _draw(figure)
    large = path.with_name(f"{path.stem}_2x.webp")
    files = [*_write_both(image.reduce(2), path), *_write_both(image, large)]
    about = {"size": _size(figure), "letters": _smallest_letters(figure)}
    if about["letters"] * PHONE < LEGIBLE * about["size"][0]:
        stack(figure)
        narrow = path.with_name(f"{path.stem}_narrow.webp")
        files += _write_both(_draw(figure), narrow)
        about["narrow"] = _size(figure)
    return {"files": files} | about


def _draw(figure: Figure) -> Image.Image:
    """Return a figure for fine screens. To draw it takes longer than all else here."""
    buffer = BytesIO()
    figure.savefig(buffer, dpi=2 * DPI, pil_kwargs={"compress_level": 0})
    return Image.open(buffer).convert("RGB")


def _write_both(image: Image.Image, light: Path) -> list[str]:
    dark = light.with_name(f"{light.stem}_dark.webp")
    image.save(light, **WEBP)
    dark_version(image).save(dark, **WEBP)
    return [light.name, dark.name]


def stack(figure: Figure) -> None:
    """Lay a figure out for a phone: its panels in one column, its legends below them."""
    places = {ax: ax.get_subplotspec() for ax in figure.axes if ax.get_subplotspec()}
    rows, columns = next(iter(places.values())).get_gridspec().get_geometry()
    height = figure.get_figheight() / rows * (1 if columns < 3 else 0.75)
    figure.set_size_inches(NARROW, height * (len(places) if columns > 1 else rows))
    if columns > 1:
        grid = figure.add_gridspec(len(places), 1)
        for number, ax in enumerate(_in_order(places)):
            _label_like(ax, places[ax], places)
            ax.set_subplotspec(grid[number])
    legends = [ax.get_legend() for ax in figure.axes] + list(figure.legends)
    wide = [legend for legend in legends if legend and _has_columns(legend)]
    titles = {legend.get_title().get_text() for legend in wide}
    handles = {}
    for legend in wide:
        for handle, text in zip(legend.legend_handles, legend.get_texts(), strict=True):
            handle.set_label(text.get_text())  # that of a filled area has none of its own
            handles[text.get_text(), _color(handle)] = handle
        legend.remove()
    if handles:
        below: dict[str, Any] = {"loc": "outside lower left", "alignment": "left"}
        below |= {"borderaxespad": 1, "borderpad": 0}
        if len(titles) == 1:
            below["title"] = titles.pop() or None
        widest_legend(figure, [*handles.values()], **below)


def _has_columns(legend: Legend) -> bool:
    # Of a figure that has been drawn.
    return len({round(text.get_window_extent().x0) for text in legend.get_texts()}) > 1


def _color(handle: Any) -> str:
    color = handle.get_color() if hasattr(handle, "get_color") else handle.get_facecolor()
    return str(color)


def _in_order(places: dict[Axes, SubplotSpec]) -> list[Axes]:
    """Return panels row by row or, where titles stand above columns, column by column."""
    order = sorted(places, key=lambda ax: places[ax].num1)
    if any(ax.get_title(loc="left") for ax in order if places[ax].rowspan.start):
        return order
    return sorted(order, key=lambda ax: places[ax].colspan.start)


def _label_like(ax: Axes, place: SubplotSpec, places: dict[Axes, SubplotSpec]) -> None:
    """Give a panel the labels that it shared with those below it and beside it."""
    for other, its in places.items():
        if its.colspan == place.colspan and ax.get_shared_x_axes().joined(ax, other):
            ax.tick_params(labelbottom=True)
            ax.set_xlabel(ax.get_xlabel() or other.get_xlabel())
        if its.rowspan == place.rowspan and ax.get_shared_y_axes().joined(ax, other):
            ax.tick_params(labelleft=True)
            ax.set_ylabel(ax.get_ylabel() or other.get_ylabel())


def dark_version(image: Image.Image) -> Image.Image:
    """Return a figure for a dark page: lightness is inverted, hues stay.

    White becomes the background of the dark theme. Contrasts stay the same, so the figure
    need not be drawn again with other colours.
    """
    r, g, b = planes = np.moveaxis(np.asarray(image.convert("RGB")), -1, 0)
    brightest = np.maximum(np.maximum(r, g), b)
    darkest = np.minimum(np.minimum(r, g), b)
    shift = 255 - brightest.astype(np.int16) - darkest  # HSL's lightness is half their sum
    turned = np.stack(planes + shift, axis=-1).astype(np.uint8)
    return Image.fromarray(turned).point(GROUNDED)


def _smallest_letters(figure: Figure) -> float:
    """Return the height of the smallest text, in CSS pixels at the original size."""
    off = [axis for ax in figure.axes if not ax.axison for axis in (ax.xaxis, ax.yaxis)]
    unseen = {text for axis in off for text in axis.findobj(Text)}
    sizes = [
        text.get_fontsize()
        for text in {*figure.findobj(Text)} - unseen
        if text.get_visible() and text.get_text().strip()
    ]
    return round(min(sizes, default=np.inf) * DPI / 72, 2)


def _save_animation(animation: Animation, path: Path) -> dict[str, Any]:
    # The animation's figure now shows the last frame, which says most about the run and
    # so is the poster of the video.
    video, figure = path.with_suffix(".mp4"), animation._fig
    animation.save(video)
    _write_image(figure, path, figure.dpi)
    return {"files": [video.name, path.name], "size": _size(figure)}


def _write_image(figure: Figure, path: Path, dpi: float) -> None:
    figure.savefig(path, dpi=dpi, pil_kwargs=WEBP)


def _size(figure: Figure) -> list[int]:
    return [round(DPI * inches) for inches in figure.get_size_inches()]


class picture(nodes.General, nodes.Element):  # noqa: N801 (docutils' way)
    """A picture with its description, from the JSON file beside it."""


class PageFigure(SphinxDirective):
    """``.. page-figure:: plot_<page> <number>`` shows a picture of an example page.

    The number counts the page's figures and animations from 1, which is the default.
    """

    required_arguments = 1
    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Read the description of the picture and tell Sphinx which files it needs."""
        page, number = [*self.arguments, "1"][:2]
        facts = Path(self.env.srcdir, FOLDER, f"sphx_glr_{page}_{int(number):03}.json")
        if not facts.exists():
            raise self.error(f"gallery/{page}.py has made no picture number {number}")
        self.env.note_dependency(str(facts))
        about = json.loads(facts.read_text())
        files = [f"{FOLDER}/{file}" for file in about["files"]]
        for file in files:
            self.env.note_dependency(str(Path(self.env.srcdir, file)))
            self.env.images.add_file(self.env.docname, file)
        first = not any(self.state.document.findall(picture))
        about = {"letters": None, "narrow": None} | about | {"files": files, "first": first}
        return [picture(**about)]


def publish(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Have Sphinx copy the files of a page's pictures to the site.

    Sphinx may write pages in other processes, from which it learns nothing.
    """
    for node in doctree.findall(picture):
        for file in node["files"]:
            _, app.builder.images[file] = app.env.images[file]


def visit_picture(self: Any, node: picture) -> None:
    """Write the HTML of one picture."""
    urls = [_url(self.builder, file) for file in node["files"]]
    write = _video if urls[0].endswith(".mp4") else _image
    self.body.append(write(node, *urls))
    raise nodes.SkipNode


def _url(builder: Any, file: str) -> str:
    _, name = builder.env.images[file]
    return posixpath.join(builder.imgpath, quote(name))


def _image(node: picture, *urls: str) -> str:
    """Return a light and a dark version, of which the style sheet shows one."""
    width, height = node["size"]
    links = []
    for theme, files in {"light": urls[::2], "dark": urls[1::2]}.items():
        small, large, *narrow = files
        loading = "eager" if node["first"] and theme == "light" else "lazy"
        links.append(
            f"""<a class="in-{theme}" href="{large}" title="Open at full size">
<picture>{_source(node["narrow"], *narrow) if narrow else ""}
<img class="dark-light" src="{small}" srcset="{small} 1x, {large} 2x"
 width="{width}" height="{height}" loading="{loading}" alt="{escape(node["alt"])}"
 data-letters="{node["letters"]}"></picture></a>"""
        )
    return f"""<figure class="picture">
{"".join(links)}
<figcaption>{escape(node["caption"])}</figcaption>
</figure>
"""


def _source(size: list[int], file: str) -> str:
    width, height = size
    return f"""
<source media="screen and (max-width: 600px)" srcset="{file}"
 width="{width}" height="{height}">"""


def _video(node: picture, video: str, poster: str) -> str:
    # It never starts by itself, for readers who ask for less motion.
    width, height = node["size"]
    return f"""<figure class="picture">
<video controls muted playsinline loop preload="none" poster="{poster}" src="{video}"
 width="{width}" height="{height}"
 style="aspect-ratio: {width} / {height}; --ratio: {height / width:.4f}"
 aria-label="{escape(node["caption"])}"></video>
<figcaption>{escape(node["caption"])}
<details><summary>What the animation shows</summary><p>{escape(node["alt"])}</p></details>
</figcaption>
</figure>
"""


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and its node."""
    app.add_node(picture, html=(visit_picture, None))
    app.add_directive("page-figure", PageFigure)
    app.connect("builder-inited", use_panels, priority=900)  # after the gallery has run
    app.connect("doctree-resolved", publish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
