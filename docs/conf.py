"""Configuration of the site, which ``nox -s docs`` builds."""

import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).parent
ROOT = HERE.parent
BUILD = HERE / "_build"
sys.path.insert(0, str(HERE / "_ext"))

# Where readers find the site. The default is the address of ``nox -s serve``.
docs_url = os.environ.get("DOCS_URL", "http://127.0.0.1:8000").rstrip("/")

# What the site offers beside its pages. Sphinx copies it into the site at each build.
PUBLISHED = BUILD / "published"
(PUBLISHED / "data").mkdir(parents=True, exist_ok=True)
os.environ["PBT_EXAMPLES_DATA"] = str(PUBLISHED / "data")

project = "PBT examples"
author = copyright = "the PBT examples authors"  # noqa: A001 (Sphinx's name)
extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.extlinks",
    "sphinx.ext.intersphinx",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "sphinxext.opengraph",
    "notfound.extension",
    # our own, in _ext
    "downloads",
    "example_foot",
    "front_page",
    "guide_facts",
    "interactive",
    "mathml",
    "pictures",
    "reading_order",
    "recorded_data",
    "sitemap",
    "staleness",
    "theme_parts",
]
root_doc = "index"
extlinks = {"online": (f"{docs_url}/%s", None)}  # for what a copy of the site lacks
nitpicky = True
myst_enable_extensions = [
    "attrs_block",
    "attrs_inline",
    "colon_fence",
    "deflist",
    "dollarmath",
    "substitution",
]
myst_heading_anchors = 3
myst_substitutions = {
    "version": metadata.version("pbt-examples"),
    "python": platform.python_version(),
    "installed": ", ".join(
        f"{name} {metadata.version(name)}"
        for name in ("Ray", "NumPy", "pandas", "Matplotlib")
    ),
}
templates_path = [str(HERE / "_templates")]
copybutton_prompt_text = r"^\$ "
copybutton_prompt_is_regexp = True

# The examples. Callables are given by name, since Sphinx cannot store functions.
sphinx_gallery_conf = {
    "examples_dirs": str(ROOT / "gallery"),
    "gallery_dirs": "gallery",
    "within_subsection_order": "reading_order.turn",
    "minigallery_sort_order": "reading_order.position",
    "image_scrapers": ("pictures.scrape",),
    "reset_modules": (
        "matplotlib",
        "between_examples.house_style",  # after the line above, which undoes it
        "between_examples.seeds",
        "example_foot.measure",
        "between_examples.one_ray",
        "between_examples.nothing_left_behind",
    ),
    "reset_modules_order": "both",
    "abort_on_example_error": True,
    "capture_repr": ("_repr_html_",),  # a table that ends a cell, and nothing else
    "parallel": 2,  # processes, each with a Ray session
    "remove_config_comments": True,
    "doc_module": ("pbt_examples",),
    "backreferences_dir": "backreferences",
    "min_reported_time": float("inf"),  # example_foot reports it
    "write_computation_times": False,
    "download_all_examples": False,
    "notebook_extensions": set(),  # notebooks.py makes better ones
    "show_signature": False,
    "thumbnail_size": (640, 360),
}

autosummary_generate = ["api/index.md"]
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
autodoc_typehints = "none"  # numpydoc's sections have the types
autodoc_preserve_defaults = True
autodoc_inherit_docstrings = False  # Ray documents the methods that we override
# The few objects that our pages link; complete inventories would need the network.
INVENTORIES = HERE / "inventories"
intersphinx_mapping = {
    "matplotlib": ("https://matplotlib.org/stable/", str(INVENTORIES / "matplotlib.inv")),
    "numpy": ("https://numpy.org/doc/stable/", str(INVENTORIES / "numpy.inv")),
    "pandas": ("https://pandas.pydata.org/docs/", str(INVENTORIES / "pandas.inv")),
    "ray": ("https://docs.ray.io/en/latest/", str(INVENTORIES / "ray.inv")),
}

html_theme = "pydata_sphinx_theme"
html_title = project
html_baseurl = f"{docs_url}/"
html_static_path = ["_static"]
html_logo = "_static/logo.svg"
html_favicon = "_static/logo.svg"
html_css_files = ["site.css"]
# The theme's own script finds out too late: the page would be drawn twice.
SCHEME_FIRST = """
if (document.documentElement.dataset.mode === "auto") {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}
"""
html_js_files = [(None, {"body": SCHEME_FIRST}), ("print.js", {"defer": "defer"})]
html_extra_path = [str(PUBLISHED)]
html_math_renderer = "mathml"
html_context = {
    "default_mode": "auto",  # light or dark as the reader's system is
    "docs_url": docs_url,
    "without_install": ["index", "search", "genindex", "404"],
}
ogp_site_url = f"{docs_url}/"
ogp_type = "article"
# What shows up where somebody shares a page; example_foot.py has those of the examples.
ogp_image = f"{docs_url}/_images/sphx_glr_plot_basic_pbt_thumb.webp"
ogp_custom_meta_tags = ['<meta name="twitter:card" content="summary_large_image">']
html_search_scorer = str(HERE / "_templates" / "scorer.js")
html_show_sourcelink = False
html_copy_source = False
html_sidebars = {"**": ["sidebar-nav-bs"], "index": [], "404": []}
html_theme_options = {
    "logo": {"text": project, "alt_text": ""},
    "navbar_align": "left",
    "navbar_persistent": ["search-button"],
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_prev_next": True,
    "pygments_dark_style": "github-dark",  # whose comments are quiet
    "article_footer_items": ["install"],
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 2,  # always: keyboards do not reach what comes and goes
}
path = urlsplit(docs_url).path
notfound_context = {
    "title": "Not found",
    "body": "<h1>There is no such page</h1><p>Perhaps it has moved. "
    f'<a href="{path}/search.html">Search for it</a>, or look through '
    f'<a href="{path}/gallery/index.html">the gallery</a> and '
    f'<a href="{path}/guide/index.html">the guide</a>.</p>',
}
notfound_urls_prefix = f"{path}/"
