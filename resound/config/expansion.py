"""Turn the experiments as they are written into complete ones: `like`, `grid` and `corrected`.

`like: other` copies another experiment, without its `reported` and `note`, and changes what is
written beside it. `grid` makes one experiment for each combination of the values of some settings.
`corrected` is a difference, from which an experiment X gets a second one, `X_corrected`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from resound.config.error_location import Key
from resound.config.grids import Point, lay_out
from resound.config.merging import merge, merge_changes
from resound.errors import nearest

SUFFIX = "_corrected"
"""What the name of a corrected experiment adds to that of the faithful one."""
NOT_COPIED = ("reported", "note")
"""What `like` does not copy, because it concerns one experiment only."""
NOT_CORRECTED = (*NOT_COPIED, "corrected", "variant_of", "baseline")
"""What a corrected experiment has only if its difference gives it."""
OF_ENTRIES = ("like", "grid", "corrected")
"""Keys that a difference cannot hold, nor a change of a corrected experiment."""


class Origin(NamedTuple):
    """Where a part of an experiment is written: what is below `prefix` in it is below `key`."""

    prefix: Key
    key: Key


@dataclass
class Expanded:
    """The complete experiments, where they are written, and what is wrong."""

    experiments: dict[str, Any] = field(default_factory=dict)
    """Complete experiments by name, each corrected one after its faithful one."""
    origins: dict[str, list[Origin]] = field(default_factory=dict)
    """Where each experiment is written, the part that decides first."""
    mistakes: list[tuple[Key, str]] = field(default_factory=list)
    """The key of each mistake and what is wrong there."""

    def written(self, key: Key) -> list[Key]:
        """Return the keys at which a key of an experiment may be written, the likeliest first."""
        if len(key) < 2 or key[0] != "experiments" or key[1] not in self.origins:
            return [key]
        path = key[2:]
        return [
            (*origin.key, *path[len(origin.prefix) :])
            for origin in self.origins[str(key[1])]
            if path[: len(origin.prefix)] == origin.prefix
        ]


def expand(written: Mapping[str, Any]) -> Expanded:
    """Return the complete experiments that the section `experiments` describes.

    An entry with the name of a corrected experiment, or of one of a grid, is merged over it. An
    entry that is None removes the experiment. Other entries that are no mappings are left as they
    are, for validation to refuse.
    """
    return _Expansion(written).run()


class _Experiment(NamedTuple):
    settings: dict[str, Any]
    """Complete, with `corrected` as a difference."""
    origins: list[Origin]


class _Mistake(Exception):
    """Something is wrong at a key of the experiment that is being completed."""

    def __init__(self, key: Key, what: str) -> None:
        super().__init__(what)
        self.key, self.what = key, what


class _Expansion:
    def __init__(self, written: Mapping[str, Any]) -> None:
        self._written = written
        self._mistakes: list[tuple[Key, str]] = []
        self._completed: dict[str, _Experiment | None] = {}
        self._open: list[str] = []  # the experiments that are being completed, outermost first
        self._points: dict[str, Point] = {}
        self._grids: dict[str, list[str]] = {}

    def run(self) -> Expanded:
        expanded = Expanded(mistakes=self._mistakes)
        for name, entry in self._written.items():
            if isinstance(entry, Mapping) and entry.get("grid") is not None:
                self._add_grid(name, entry["grid"])
        for name, entry in self._written.items():
            if entry is None or name in self._points or self._faithful(name):
                continue
            if not isinstance(entry, Mapping):
                expanded.experiments[name] = entry
                continue
            for made in self._grids.get(name, [name]):
                self._add(made, expanded)
        return expanded

    def _add(self, name: str, expanded: Expanded) -> None:
        """Add an experiment, and its corrected one, to those expanded."""
        experiment = None if self._is_removed(name) else self._complete(name)
        if experiment is None:
            return
        settings, corrected = dict(experiment.settings), name + SUFFIX
        expanded.experiments[name], expanded.origins[name] = settings, experiment.origins
        if settings.pop("corrected", None) and not self._is_removed(corrected):
            settings["corrected"] = corrected
            self._add(corrected, expanded)

    def _is_removed(self, name: str) -> bool:
        return name in self._written and self._written[name] is None

    def _complete(self, name: str) -> _Experiment | None:
        """Return an experiment in full, or None where something is wrong with it."""
        if name in self._open:
            circle = " is like ".join([*self._open[self._open.index(name) :], name])
            raise _Mistake(("like",), f"leads back to itself: {circle}")
        if name not in self._completed:
            self._open.append(name)
            try:
                self._completed[name] = self._made(name)
            except _Mistake as mistake:
                self._mistakes.append((("experiments", name, *mistake.key), mistake.what))
                self._completed[name] = None
            self._open.pop()
        return self._completed[name]

    def _made(self, name: str) -> _Experiment | None:
        """Complete an experiment of a grid, a corrected one, or one that has its own entry."""
        faithful = None
        if name in self._points:
            base = self._of_point(self._points[name])
        elif faithful := self._faithful(name):
            base = self._of_difference(faithful)
        else:
            return self._of_entry(name)
        entry = self._entry(name)
        for key in OF_ENTRIES if faithful else ("like", "grid"):
            if entry.get(key) is not None:
                raise _Mistake((key,), "what is made of another experiment cannot have it: drop it")
        origin = Origin((), ("experiments", name))
        return base and _Experiment(_changed(base.settings, entry), [origin, *base.origins])

    def _of_entry(self, name: str) -> _Experiment | None:
        """Complete an experiment that has its own entry, perhaps like another."""
        entry, origin = dict(self._entry(name)), Origin((), ("experiments", name))
        like = entry.pop("like", None)
        entry.pop("grid", None)
        if like is None:
            return _Experiment(_changed({}, entry), [origin])
        base = self._like(like)
        if base is None:
            return None
        copied = {key: value for key, value in base.settings.items() if key not in NOT_COPIED}
        return _Experiment(_changed(copied, entry), [origin, *base.origins])

    def _like(self, like: Any) -> _Experiment | None:
        """Return the experiment that another is like."""
        if not isinstance(like, str):
            raise _Mistake(("like",), f"needs the name of an experiment, not {like!r}")
        if like in self._grids:
            made = nearest("", self._grids[like])
            raise _Mistake(("like",), f"'{like}' is a grid: name one of its experiments{made}")
        known = self._written.get(like) is not None or like in self._points
        if not known and not self._faithful(like):
            if like in self._written:
                what = (
                    f"'{like}' is removed (`null`): remove this experiment, too, or keep '{like}'"
                )
                raise _Mistake(("like",), what)
            names = [name for name in self._written if name not in self._grids]
            near = nearest(like, [*names, *self._points])
            raise _Mistake(("like",), f"there is no experiment '{like}'{near}")
        return self._complete(like)

    def _of_difference(self, faithful: str) -> _Experiment | None:
        """Return the corrected experiment of a faithful one."""
        base = self._complete(faithful)
        if base is None:
            return None
        kept = {key: value for key, value in base.settings.items() if key not in NOT_CORRECTED}
        differences = [Origin((), (*o.key, "corrected")) for o in base.origins if not o.prefix]
        settings = merge(kept, base.settings["corrected"])
        return _Experiment(settings, [*differences, *base.origins])

    def _of_point(self, point: Point) -> _Experiment | None:
        """Return one experiment of a grid."""
        base = self._complete(point.grid)
        if base is None:
            return None
        settings, origins = base.settings, list[Origin]()
        for choice in point.choices:
            key = ("experiments", point.grid, "grid", choice.path)
            if missing := choice.find_missing(settings):
                mistake = key, f"the experiment has no mapping '{missing}' to set it in"
                self._mistakes += [mistake] if mistake not in self._mistakes else []
                return None
            settings = merge(settings, choice.change)
            origins.append(Origin(choice.steps, (*key, choice.position)))
        return _Experiment(settings, [*origins, *base.origins])

    def _add_grid(self, name: str, grid: Any) -> None:
        """Name the experiments of a grid, and keep what each chooses."""
        points, mistakes = lay_out(name, grid)
        repeated = [made for made in points if made in self._points]
        mistakes += [((), f"makes two experiments of the name '{made}'") for made in repeated]
        self._mistakes += [(("experiments", name, "grid", *key), what) for key, what in mistakes]
        self._points |= points
        self._grids[name] = list(points)

    def _faithful(self, name: str) -> str | None:
        """Return the experiment whose corrected one has this name, if there is one."""
        faithful = name.removesuffix(SUFFIX)
        own = isinstance(self._written.get(faithful), Mapping) and faithful not in self._grids
        if faithful == name or not (own or faithful in self._points):
            return None
        base = self._complete(faithful)
        return faithful if base and "corrected" in base.settings else None

    def _entry(self, name: str) -> Mapping[str, Any]:
        """Return what is written at an experiment's own name, if anything."""
        entry = self._written.get(name) or {}
        if not isinstance(entry, Mapping):
            raise _Mistake((), f"needs a mapping of what changes, not {entry!r}")
        difference = entry.get("corrected")
        if difference is None:
            return entry
        if not isinstance(difference, Mapping) or not difference:
            what = f"needs a mapping of what '{name + SUFFIX}' changes, not {difference!r}"
            raise _Mistake(("corrected",), what)
        for key in OF_ENTRIES:
            if key in difference:
                raise _Mistake(("corrected", key), "a difference cannot have it: drop it")
        return entry


def _changed(settings: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with the changes of an entry; its `corrected` extends theirs."""
    rest = {key: value for key, value in entry.items() if key != "corrected" or value is None}
    changed = merge(settings, rest)
    if entry.get("corrected") is not None:
        changed["corrected"] = merge_changes(settings.get("corrected", {}), entry["corrected"])
    return changed
