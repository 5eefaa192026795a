"""Write the tables of a run to a folder, and read such tables back.

The files may come from anywhere, so they are read as plain data: text of limited size,
under fixed names, with the columns and types of values that ``run.json`` declares.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pbt_examples.checks import check_integer
from pbt_examples.record.files import read_text, write_texts

TABLES = ("exploits", "events", "history")
"""In this order: an exploit is on disk before the reports that follow from it."""

FORMAT = 2
"""Number of the format in which a run is saved; files without a number have format 1."""

_FORMULA = ("=", "+", "-", "@", "\t", "'")
"""A string that begins with one of these gets an apostrophe in front of it.

Otherwise a spreadsheet would run some of them as a formula.
"""


def write_folder(folder: Path, tables: dict[str, pd.DataFrame], about: dict) -> None:
    """Write tables and a description of them.

    Each file is replaced as a whole or not at all, and ``run.json``, which has the number
    of rows of each table, comes last.

    Raises
    ------
    TypeError, ValueError
        If something in `about` or in a table cannot be written.
    """
    columns = {
        name: {str(column): _dtype(table[column]) for column in table}
        for name, table in tables.items()
    }
    rows = {name: len(table) for name, table in tables.items()}
    about = {"format": FORMAT} | about | {"columns": columns, "rows": rows}
    content = json.dumps(about, indent=2)
    texts = {folder / f"{name}.csv": _csv(tables[name], columns[name]) for name in TABLES}
    folder.mkdir(parents=True, exist_ok=True)
    write_texts(texts | {folder / "run.json": content + "\n"})


def read_folder(folder: Path) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Read what `write_folder` wrote, even while it writes or after it was killed.

    In that case some tables may be newer than ``run.json``. Unless the history is, the
    others are cut to their earlier length, so that all show the same moment.

    Raises
    ------
    FileNotFoundError
        If a file is missing.
    ValueError
        If a file is not as `write_folder` writes it; the message says which and why.
    """
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file, not the folder of a run")
    path = folder / "run.json"
    text = read_text(path)
    while True:
        try:
            about = _about(path, text)
            return _tables(folder, about), about
        except ValueError:
            before, text = text, read_text(path)
            if text == before:  # else it was being saved meanwhile
                raise


def harmless_csv(table: pd.DataFrame) -> str:
    """Return a table of strings as CSV that no spreadsheet takes for formulas."""
    return _write_csv(table.map(_escape))


def _about(path: Path, text: str) -> dict[str, Any]:
    try:
        about = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not JSON: {error}") from None
    if not isinstance(about, dict):
        raise ValueError(f"{path} must hold a JSON object, got {type(about).__name__}")
    if (number := about.get("format", 1)) not in range(1, FORMAT + 1):
        raise ValueError(
            f"{path} has format {number!r}, and this version of pbt-examples reads "
            f"formats up to {FORMAT}; read it with the version that wrote it or a later one"
        )
    return about


def _tables(folder: Path, about: dict[str, Any]) -> dict[str, pd.DataFrame]:
    tables, newer = {}, False
    for name in reversed(TABLES):  # so that exploits are not older than the history
        try:
            dtypes, rows = about["columns"][name], about["rows"][name]
            table = _table(read_text(folder / f"{name}.csv"), dtypes, rows)
        except (KeyError, TypeError) as error:
            raise ValueError(
                f"{folder / 'run.json'} does not describe the table {name}: {error}"
            ) from None
        except (ValueError, OverflowError, csv.Error) as error:
            raise ValueError(f"{folder / name}.csv is not as written: {error}") from None
        # Written before the history, the others are of a later moment if this is.
        newer = newer or (name == "history" and len(table) > rows)
        tables[name] = table if newer else table.head(rows)
    return tables


def _dtype(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column):
        return "bool"
    if pd.api.types.is_integer_dtype(column):
        return "int64"
    if pd.api.types.is_float_dtype(column):
        return "float64"
    return "json" if column.dtype == object else "text"


def _escape(text: Any) -> str:
    if not isinstance(text, str):
        return "'"  # missing
    if "\r" in text:
        raise ValueError(f"a string with a carriage return cannot be saved: {text!r}")
    return f"'{text}" if text.startswith(_FORMULA) else text


def _unescape(cell: str) -> Any:
    return math.nan if cell == "'" else cell.removeprefix("'")


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        return value.item()  # a NumPy number
    raise TypeError(f"cannot save {value!r} of type {type(value).__name__} in a table")


def _dump(value: Any) -> str:
    return _escape(json.dumps(value, default=_plain))


def _load(cell: str) -> Any:
    return json.loads(_unescape(cell))


def _truth(cell: str) -> bool:
    return {"True": True, "False": False}[cell]


def _number(cell: str) -> float:
    return float(cell) if cell else math.nan


_WRITE = {"text": _escape, "json": _dump}
_READ: dict[str, tuple[Callable[[str], Any], str]] = {
    "bool": (_truth, "bool"),
    "float64": (_number, "float64"),
    "int64": (int, "int64"),
    "json": (_load, "object"),
    "text": (_unescape, "str"),
}
"""For each dtype in ``run.json``: what a cell means, and the dtype of the column."""


def _csv(table: pd.DataFrame, dtypes: dict[str, str]) -> str:
    cells = table.copy()
    for name, dtype in dtypes.items():
        if dtype in _WRITE:
            cells[name] = cells[name].map(_WRITE[dtype]).astype(object)
    return _write_csv(cells)


def _write_csv(cells: pd.DataFrame) -> str:
    # What DataFrame.to_csv writes, in a quarter of the time.
    columns = [_texts(column) for _, column in cells.items()]
    header = [_quoted(_escape(str(name))) for name in cells]
    return "".join(f"{','.join(row)}\n" for row in [header, *zip(*columns, strict=True)])


def _texts(column: pd.Series) -> list[str]:
    if column.dtype not in (np.int64, np.float64):
        return [*map(_text, column.tolist())]
    # To write a number takes much longer than to recognise it, by its bits.
    places, bits = pd.factorize(column.to_numpy().view(np.int64))
    texts = [*map(_text, bits.view(column.dtype).tolist())]
    return np.array(texts, dtype=object)[places].tolist()


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    return _quoted(value) if isinstance(value, str) else repr(value)


@lru_cache(maxsize=1000)
def _quoted(text: str) -> str:
    file = StringIO(newline="")
    csv.writer(file, lineterminator="\n").writerow([text, ""])
    return file.getvalue().removesuffix(",\n")


def _table(text: str, dtypes: dict[str, str], rows: int) -> pd.DataFrame:
    if not text.endswith("\n"):
        raise ValueError("it breaks off in the middle of a line")
    header, *lines = csv.reader(StringIO(text, newline=""), strict=True)
    if header != [_escape(name) for name in dtypes]:
        raise ValueError(f"its columns should be {list(dtypes)}, got {header}")
    check_integer("its number of rows", rows, least=0)
    if len(lines) < rows:
        raise ValueError(f"it should have {rows} rows, got {len(lines)}")
    columns = {}
    cells = list(zip(*lines, strict=True)) or [()] * len(dtypes)
    for (name, stored), column in zip(dtypes.items(), cells, strict=True):
        parse, dtype = _READ[stored]
        columns[name] = pd.Series([parse(cell) for cell in column], dtype=dtype)
    return pd.DataFrame(columns, columns=list(dtypes))
