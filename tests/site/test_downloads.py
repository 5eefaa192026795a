"""Where pages say how to get the package, they name what the site has."""

from __future__ import annotations

import re
import tarfile
import zipfile
from urllib.parse import quote, unquote

import pytest
from built_site import EXAMPLES, PAGES, SITE

DOWNLOADS = SITE / "downloads"
(WHEEL,) = DOWNLOADS.glob("*.whl")
(ARCHIVE,) = DOWNLOADS.glob("*.tar.gz")
UNINSTALLABLE = {"404.html", "genindex.html", "index.html", "search.html"}
WRITTEN = [page for page in PAGES if page.startswith(("api/", "gallery/", "guide/"))]


@pytest.mark.parametrize("page", WRITTEN)
def test_a_page_says_once_how_to_install_the_package(page, parse):
    commands = [each.text for each in parse(page).select(".install pre")]
    assert len(commands) == 1
    assert re.search(r"pip install http\S+/downloads/" + quote(WHEEL.name), commands[0])


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_no_other_build(page):
    named = re.findall(
        r"pbt_examples-[\w.%+]+?(?:\.whl|\.tar\.gz)", (SITE / page).read_text()
    )
    assert {unquote(name) for name in named} <= {WHEEL.name, ARCHIVE.name}


@pytest.mark.parametrize("page", EXAMPLES)
def test_the_foot_offers_downloads_to_save(page, parse):
    links = parse(page).select(".example-foot a[download]")
    assert [link["href"].rpartition(".")[2] for link in links] == ["py", "ipynb", "zip"]


def test_both_packages_have_the_version_of_this_build():
    version = re.fullmatch(
        r"pbt_examples-(\d+\.\d+\.\d+\+site\w{10})\.tar\.gz", ARCHIVE.name
    )[1]
    assert WHEEL.name == f"pbt_examples-{version}-py3-none-any.whl"


def test_the_source_archive_holds_the_project():
    with tarfile.open(ARCHIVE) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "noxfile.py",
        "pyproject.toml",
        "README.md",
        "docs/conf.py",
        "constraints.txt",
    } <= names
    scripts = {f"gallery/plot_{page[13:-5]}.py" for page in EXAMPLES}
    assert scripts <= names
    assert any(name.startswith("tests/") for name in names)
    assert not any(name.startswith("docs/_build") for name in names)


@pytest.mark.parametrize(
    ("archive", "folder", "wheels"),
    [
        ("pbt-examples.zip", "gallery/", "../"),
        ("pbt-examples-site.zip", "pbt-examples-site/downloads/", "./"),
    ],
)
def test_scripts_and_notebooks_of_a_zip_need_no_site(archive, folder, wheels):
    with zipfile.ZipFile(DOWNLOADS / archive) as packed:
        names = [name for name in packed.namelist() if name.startswith(f"{folder}plot_")]
        texts = [packed.read(name).decode() for name in names]
    assert len(names) == 2 * len(EXAMPLES)
    for text in texts:
        needs = text.partition('# ///\n"""')[0] if text.startswith("#") else text
        assert f"{wheels}{WHEEL.name}" in needs
        assert " @ http" not in needs


def test_the_description_of_the_package_works_on_any_index():
    with zipfile.ZipFile(WHEEL) as wheel:
        (name,) = [each for each in wheel.namelist() if each.endswith("/METADATA")]
        metadata = wheel.read(name).decode()
    assert re.search(r"^Project-URL: Documentation, https?://", metadata, re.MULTILINE)
    targets = re.findall(r"\]\(([^)]*)\)", metadata)
    assert targets
    assert all(target.startswith("https://") for target in targets)
