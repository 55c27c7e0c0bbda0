"""What a source is: a folder or file of exports, and `source.yaml`, which says what its columns are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from riskmodel.errors import InputError
from riskmodel.fault_words import Both, exception_words, validation_words
from riskmodel.records.readers import SUFFIXES, is_database
from riskmodel.tables import TABLES

# A map is written by hand; a longer one is something else.
_LONGEST_MAP = 1_000_000


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileMap(_Strict):
    """One file (or sheet) of a table: canonical column → header, and codes as the source writes them."""

    file: str
    sheet: str | None = None
    columns: Mapping[str, str] = {}
    codes: Mapping[str, Mapping[str, str]] = {}
    constants: Mapping[str, str] = {}


class SourceMap(_Strict):
    """The content of a `source.yaml`.

    Attributes
    ----------
    id_scheme : {"uscc", "opaque"}
        Whether entity ids are unified social credit codes (checked) or any text.
    exported_on : date, optional
        Day of the export: later dates are refused, and it is the default as-of date.
    absent : list of str
        Kinds of records that the source does not have.
    tables : mapping, optional
        Table → its files. Without it, files are recognised by their headers.
    """

    id_scheme: Literal["uscc", "opaque"] = "uscc"
    exported_on: date | None = None
    absent: tuple[str, ...] = ()
    tables: Mapping[str, tuple[FileMap, ...]] = {}

    @field_validator("absent")
    @classmethod
    def _absent_known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := set(value) - set(TABLES):
            raise ValueError(_no_table(", ".join(sorted(unknown))))
        return value

    @field_validator("tables")
    @classmethod
    def _tables_known(cls, value: Mapping[str, tuple[FileMap, ...]]) -> Mapping[str, tuple[FileMap, ...]]:
        for name, maps in value.items():
            if name not in TABLES:
                raise ValueError(_no_table(name))
            for m in maps:
                known = {c.name for c in TABLES[name].inputs}
                if unknown := (set(m.columns) | set(m.codes) | set(m.constants)) - known:
                    columns = ", ".join(sorted(unknown))
                    raise ValueError(Both(f"数据表 {name} 没有列 {columns}", f"{name} has no column {columns}"))
        return value


@dataclass(frozen=True)
class Source:
    """A place with exports, and its map.

    Attributes
    ----------
    path : Path
        Folder or single file; for a database the folder in which commands run.
    map : SourceMap
        From `source.yaml`, a built-in map, or empty.
    map_name : str
        Where the map comes from, '' without one.
    url : str
        Address of a database, '' for files.
    """

    path: Path
    map: SourceMap
    map_name: str
    url: str = ""

    def member(self, name: str, *, where: str) -> Path:
        """A file that the map names; it must lie within the source.

        Raises
        ------
        InputError
            No such file (RM-INP-002), or one outside of the source (RM-REC-042).
        """
        path = self.path / name if self.path.is_dir() else self.path.parent / name
        if not path.resolve().is_relative_to((self.path if self.path.is_dir() else self.path.parent).resolve()):
            raise InputError("RM-REC-042", where=where, found=name)
        if not path.is_file():
            raise InputError("RM-INP-002", where=where, found=name)
        return path

    def files(self) -> list[Path]:
        """Data files of the source, sorted by name; a link must lead to a file within the source.

        Raises
        ------
        InputError
            A link that leads out of the source (RM-REC-042).
        """
        if self.path.is_file():
            return [self.path]
        found = sorted(
            f for f in self.path.iterdir() if f.suffix.lower() in SUFFIXES and not f.name.startswith((".", "~"))
        )
        for file in found:
            if not file.resolve().is_relative_to(self.path.resolve()):
                raise InputError("RM-REC-042", where=str(self.path), found=file.name)
        return found


def open_source(path: str | Path, source_map: str | Path | None = None) -> Source:
    """Find a source and its map: given, beside the data, or a built-in one whose files are all there.

    Raises
    ------
    InputError
        No such place (RM-INP-002) or map (RM-INP-010), or a map that breaks the format (RM-REC-006).
    """
    if is_database(str(path)):
        how = _given(source_map) if source_map is not None else SourceMap()
        return Source(Path("."), how, str(source_map or ""), url=str(path))
    place = Path(path)
    if not place.exists():
        raise InputError("RM-INP-002", where="SOURCE", found=path)
    beside = (place if place.is_dir() else place.parent) / "source.yaml"
    if source_map is not None:
        return Source(place, _given(source_map), str(source_map))
    if beside.is_file():
        return Source(place, _given(beside), beside.name)
    for known in sorted((files("riskmodel.records") / "maps").iterdir(), key=lambda f: f.name):
        candidate = _parse(known.read_text(encoding="utf-8"), known.name)
        if place.is_dir() and all((place / m.file).is_file() for maps in candidate.tables.values() for m in maps):
            return Source(place, candidate, f"riskmodel:{known.name}")
    return Source(place, SourceMap(), "")


def _no_table(names: str) -> Both:
    return Both(f"没有数据表 {names}，可用：{', '.join(TABLES)}", f"no such table: {names}")


class _Loader(yaml.SafeLoader):
    """Safe YAML without aliases: ten lines of them can stand for a billion values."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            place = f"aliases (*name) are not allowed, line {mark.line + 1}"
            raise yaml.YAMLError(Both(f"第 {mark.line + 1} 行：不允许用别名（*名称）", place))
        return super().compose_node(parent, index)


def _given(path: str | Path) -> SourceMap:
    file = Path(path)
    if not file.is_file():
        raise InputError("RM-INP-010", where="--source-map", found=path)
    if file.stat().st_size > _LONGEST_MAP:
        raise InputError(
            "RM-REC-006", where=file.name, found=Both(f"{file.stat().st_size} 字节", f"{file.stat().st_size} bytes")
        )
    try:
        return _parse(file.read_text("utf-8"), file.name)
    except UnicodeDecodeError as fault:
        raise InputError("RM-REC-006", where=file.name, found=exception_words(fault)) from None


def _parse(text: str, where: str) -> SourceMap:
    try:
        return SourceMap.model_validate(yaml.load(text, _Loader) or {})
    except ValidationError as faults:
        places, found = validation_words(where, faults)
        raise InputError("RM-REC-006", where=places, found=found) from None
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        raise InputError("RM-REC-006", where=where, found=exception_words(fault)) from None
