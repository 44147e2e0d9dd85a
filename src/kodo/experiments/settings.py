"""Settings: layers laid over one another, checked against frozen dataclasses, all faults at once."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, cast, get_type_hints

from pydantic import TypeAdapter, ValidationError

from kodo.errors import KodoError, near

Settings = TypeVar("Settings")

WORDS = {
    "a valid boolean": "true or false",
    "integer": "whole number",
    "dictionary": "table",
    "valid ": "",
    "Tuple": "list",
    " after validation": "",
}
"""What pydantic says, and what a file of settings calls it."""


def merged(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Nested mappings laid over one another; what comes later wins, key by key."""
    result: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            if isinstance(value, Mapping):
                below = result.get(key)
                result[key] = merged(below if isinstance(below, Mapping) else {}, value)
            else:
                result[key] = value
    return result


def changes(assignments: Sequence[str]) -> dict[str, Any]:
    """Settings given as `a.b=value`, the value read as TOML (or as a plain word).

    Args:
        assignments: as typed after `--set`.

    Raises:
        KodoError: an assignment without "=" or without a key.
    """
    result: dict[str, Any] = {}
    for assignment in assignments:
        path, sign, text = assignment.partition("=")
        keys = [key.strip() for key in path.split(".")]
        if not sign or not all(keys):
            raise KodoError(f"--set wants key=value, such as train.epochs=40; got '{assignment}'.")
        try:
            value = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            value = text.strip()
        for key in reversed(keys):
            value = {key: value}
        result = merged(result, value)
    return result


def checked(kind: type[Settings], content: Mapping[str, Any], where: str, path: str = "") -> Settings:
    """An instance of a settings dataclass from a mapping.

    Args:
        kind: the frozen dataclass.
        content: its fields; missing ones take their defaults.
        where: what they came from, for messages.
        path: of the keys above ("train.").

    Raises:
        KodoError: unknown keys, or values of the wrong kind, NaN and infinities among them: all of them in
            one sentence.
    """
    refuse_unknown(content, kind, where, path)
    try:
        made: Settings = _adapter(cast(Any, kind)).validate_python(dict(content))
        faults = list(_endless(asdict(cast(Any, made))))
    except ValidationError as error:
        faults = [_fault(e["loc"], e["type"], e["msg"], e["input"]) for e in error.errors()]
    if faults:
        raise KodoError(f"{where}: " + "; ".join(path + fault for fault in faults) + ".")
    return made


def _fault(path: Sequence[int | str], kind: str, said: str, given: Any) -> str:
    """What a place wants and what it got, in pydantic's words without its asides."""
    place = ".".join(map(str, path))
    if kind == "tuple_type":
        hint = f", such as {json.dumps([given])}" if isinstance(given, str) else ""
        return f"{place} wants a list{hint}, got {given!r}"
    said = re.sub(r", (unable|got) .*| or an instance of .*", "", said)
    for theirs, ours in WORDS.items():
        said = said.replace(theirs, ours)
    start = "Input should be "
    said = f" wants {said.removeprefix(start)}" if said.startswith(start) else f": {said.lower()}"
    return f"{place}{said}, got {given!r}"


def _endless(content: Any, path: str = "") -> Iterator[str]:
    """Fractions that are no finite number; of whole numbers pydantic says it, in these words."""
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield from _endless(value, f"{path}.{key}" if path else str(key))
    elif isinstance(content, list | tuple):
        for place, value in enumerate(content):
            yield from _endless(value, f"{path}.{place}")
    elif isinstance(content, float) and not math.isfinite(content):
        yield f"{path} wants a finite number, got {content!r}"


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    """Built once: it takes longer than a thousand checks, and a study checks every point."""
    return TypeAdapter(kind)


def refuse_unknown(content: Mapping[str, Any], kind: type, where: str, path: str = "") -> None:
    """Refuse keys that a settings dataclass, or one nested in it, does not have.

    Args:
        content: nested settings.
        kind: the dataclass.
        where: what the settings came from, for messages.
        path: of the keys above ("train.").

    Raises:
        KodoError: a key nobody reads; the near ones are suggested.
    """
    known = [f.name for f in fields(kind)]
    hints = get_type_hints(kind)
    for key, value in content.items():
        if key not in known:
            raise KodoError(f"{where}: there is no setting '{path}{key}'. {near(key, known)}")
        if isinstance(value, Mapping) and is_dataclass(hints[key]):
            refuse_unknown(value, hints[key], where, f"{path}{key}.")
