"""Tables of named things (models, datasets, trainers, protocols), imported only when asked for."""

from __future__ import annotations

import importlib
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar, cast

from kodo.errors import KodoError, near

Entry = TypeVar("Entry")


class Registry(Generic[Entry]):
    """A table from a name to an entry that is imported on first use.

    Other packages add entries through an entry-point group; the group is read only when a name is not
    in the table or when all names are listed, because reading it costs 55 ms.

    Args:
        noun: what the entries are, for messages ("model").
        table: pairs (name, "module:attribute").
        group: the entry-point group that other packages may fill ("kodo.models").

    Raises:
        ValueError: a name stands twice in the table.
    """

    def __init__(self, noun: str, table: tuple[tuple[str, str], ...], group: str) -> None:
        self.noun = noun
        self.group = group
        self._addresses = dict(table)
        if len(self._addresses) < len(table):
            names = [name for name, _ in table]
            raise ValueError(f"{noun} named twice: {sorted({n for n in names if names.count(n) > 1})}")

    def names(self) -> list[str]:
        """All names, those of other packages included, in the order of the table."""
        return [*self._addresses, *self._foreign()]

    def __contains__(self, name: str) -> bool:
        """Whether there is an entry of that name; other packages are asked only where the table has none."""
        return name in self._addresses or name in self._foreign()

    def get(self, name: str) -> Entry:
        """Import and return the entry of that name.

        Raises:
            KodoError: no such name; the near ones are suggested.
        """
        if name in self._addresses:
            module, attribute = self._addresses[name].split(":")
            return cast(Entry, getattr(importlib.import_module(module), attribute))
        foreign = self._foreign()
        if name in foreign:
            return cast(Entry, foreign[name].load())
        raise KodoError(f"There is no {self.noun} '{name}'. {near(name, self.names())}")

    def _foreign(self) -> dict[str, EntryPoint]:
        found: dict[str, EntryPoint] = {}
        for point in entry_points(group=self.group):
            if point.name in self._addresses or point.name in found:
                raise KodoError(
                    f"Two {self.noun}s are named '{point.name}': {point.value} is one of them; rename it."
                )
            found[point.name] = point
        return found
