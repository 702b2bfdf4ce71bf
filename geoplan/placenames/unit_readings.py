"""All ways to read the units that begin a text (行政区划的读法), and which of them is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from geoplan.placenames.unit_names import ROOT
from geoplan.placenames.unit_spellings import FULL, OTHER, SHORT, stands_alone
from geoplan.schemas.hierarchy import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geoplan.placenames.unit_names import Named, UnitNames

SEPARATORS = frozenset(",，;；/、·-—_|>.。:")
_SHOWN = 3
_VILLAGE = LEVELS.index("village")


class Step(NamedTuple):
    """A unit named in a text, from where to where."""

    named: Named
    start: int
    end: int


class Way(NamedTuple):
    """Units named one after the other; ``broken`` counts up to the one that does not fit."""

    steps: tuple[Step, ...]
    broken: int = 0


class Read(NamedTuple):
    """
    The units of a text.

    Parameters
    ----------
    state
        ``unique``, ``ambiguous``, ``contradiction``, ``outside`` or ``none``.
    units
        Numbers of the units it may mean, the likeliest first.
    end
        Where the rest of the text begins.
    short_at
        Where the last unit begins, if it is without its generic; -1 otherwise.
    notes
        Codes and values of `geoplan.placenames.address.said`.
    """

    state: str
    units: tuple[int, ...]
    end: int
    short_at: int
    notes: tuple[tuple[str, tuple[str, ...]], ...]


def read_units(names: UnitNames, text: str, *, numbered: bool) -> Read:
    """
    Read the units that begin a tidy text.

    Parameters
    ----------
    names
        The units that can be named.
    text
        Tidy text without its door number.
    numbered
        Whether a door number follows it.

    Returns
    -------
    read
        The longest reading in which every unit lies in the one before; where a longer one does
        not fit together, the contradiction.
    """
    start = _begin(names, text)
    lead = (("lead", (text[:start],)),) if start else ()
    walk = _Walk(names, text, numbered=numbered)
    ways = list(walk.ways(start, (), breaks=False))
    best = max((w.steps[-1].end for w in ways), default=start)
    if walk.misfit and best < len(text):
        broken = [w for w in walk.ways(start, (), breaks=True) if w.broken]
        farther = max((w.steps[-1].end for w in broken), default=best)
        if farther > best:
            ways = [w for w in broken if w.steps[-1].end == farther]
            return _contradiction(names, ways, lead)
    if not ways:
        return Read("none", (), 0, -1, (("none", ()),))
    return _chosen(names, text, [w for w in ways if w.steps[-1].end == best], lead)


def _begin(names: UnitNames, text: str) -> int:
    """Return where the units begin: at once, or at the first name in full; 0 where at none."""
    for start in range(len(text)):
        least = FULL if start else SHORT
        for end, named in names.at(text, start):
            alone = named.kind > SHORT or stands_alone(text, end, numbered=False)
            if alone and named.kind >= least:
                return start
    return 0


class _Walk:
    """Steps down the hierarchy along one text; ``misfit`` tells that some step did not fit."""

    def __init__(self, names: UnitNames, text: str, *, numbered: bool) -> None:
        self.names, self.text, self.numbered = names, text, numbered
        self.misfit = False

    def ways(self, at: int, steps: tuple[Step, ...], *, breaks: bool, broken: int = 0
             ) -> Iterator[Way]:  # fmt: skip
        """Yield every way on from a place of the text; with ``breaks`` one step may not fit."""
        text, units = self.text, self.names.units
        while at < len(text) and text[at] in SEPARATORS:
            at += 1
        last = units[steps[-1].named.unit] if steps else None
        # another generic goes on after 洛阳 in 洛阳街道居委会: only a unit in full may, 街道居委会
        cut = bool(steps) and not self._may_end(steps[-1])
        for end, named in self.names.at(text, at):
            step, unit = Step(named, at, end), units[named.unit]
            if last and unit.level <= last.level and named.unit in last.chain:
                if named.kind == FULL:  # said twice
                    again = (*steps[:-1], steps[-1]._replace(end=end))
                    yield Way(again, broken)
                    yield from self.ways(end, again, breaks=breaks, broken=broken)
                continue
            fits = last is None or (
                unit.level > last.level and unit.chain[last.level] == steps[-1].named.unit
            )
            if cut and not (fits and named.kind == FULL):
                continue
            if not fits:
                self.misfit = True
                if not breaks or broken or (last and unit.level < last.level):
                    continue
            on = (*steps, step)
            mark = broken if fits else len(on)
            if self._may_end(step) and self._may_stop(step, broken=mark == len(on)):
                yield Way(on, mark)
            yield from self.ways(end, on, breaks=breaks, broken=mark)

    def _ends(self, step: Step) -> bool:
        return step.end == len(self.text) or self.text[step.end] in SEPARATORS

    def _may_end(self, step: Step) -> bool:
        if step.named.kind != SHORT:
            return True
        if self.names.units[step.named.unit].level == _VILLAGE and not self._ends(step):
            return False
        return stands_alone(self.text, step.end, numbered=self.numbered)

    def _may_stop(self, step: Step, *, broken: bool) -> bool:
        """Tell whether a way may end with a step: a weak one must end the words as well."""
        level = self.names.units[step.named.unit].level
        if broken and step.named.kind < FULL:
            return self._ends(step) and level < _VILLAGE
        return step.named.kind != SHORT or level > 0 or self._ends(step)


def _skipped(names: UnitNames, way: Way) -> int:
    """Count the levels left out between the units of a way, and above the first below province."""
    above, count = 0, 0
    for step in way.steps:
        unit = names.units[step.named.unit]
        count += sum(k != ROOT for k in unit.chain[above + 1 : unit.level])
        above = unit.level
    return count


def _chosen(
    names: UnitNames, text: str, ways: list[Way], lead: tuple[tuple[str, tuple[str, ...]], ...]
) -> Read:
    """Choose among ways of one length: the last name nearest to the register, least left out."""
    rank = {w: (w.steps[-1].named.kind, -_skipped(names, w)) for w in ways}
    top = max(rank.values())
    first = {w.steps[-1].named.unit: w for w in ways if rank[w] == top}
    others = {w.steps[-1].named.unit for w in ways} - set(first)
    unit, way = next(iter(first.items()))
    short = way.steps[-1].named.kind == SHORT
    end, short_at = way.steps[-1].end, way.steps[-1].start if short else -1
    notes = list(lead)
    if len(first) > 1:
        notes.append(("ambiguous", (_listed(names, list(first)),)))
        return Read("ambiguous", (*first, *others), end, short_at, tuple(notes))
    for step in way.steps:
        written, name = text[step.start : step.end], names.units[step.named.unit].name
        if step.named.former:
            notes.append(("former", (step.named.former, name)))
        elif step.named.kind == OTHER:
            notes.append(("other_generic", (written, name)))
    if others:
        notes.append(("also", (_listed(names, sorted(others)),)))
    if names.units[unit].outside:
        notes.append(("outside", (names.path(unit),)))
        return Read("outside", (unit,), end, short_at, tuple(notes))
    return Read("unique", (unit, *sorted(others)), end, short_at, tuple(notes))


def _contradiction(
    names: UnitNames, ways: list[Way], lead: tuple[tuple[str, tuple[str, ...]], ...]
) -> Read:
    notes: dict[tuple[str, tuple[str, ...]], None] = dict.fromkeys(lead)
    found: dict[int, None] = {}
    for way in ways:
        wrong, before = way.steps[way.broken - 1], way.steps[way.broken - 2]
        stray, last = names.units[wrong.named.unit], before.named.unit
        home = names.path(names.parent(wrong.named.unit))
        notes[("contradiction", (stray.name, home, names.units[last].name))] = None
        found[last] = found[way.steps[-1].named.unit] = None
    return Read("contradiction", tuple(found), ways[0].steps[-1].end, -1, tuple(notes))


def _listed(names: UnitNames, units: list[int]) -> str:
    paths = [names.path(k) for k in units[:_SHOWN]]
    more = f" +{len(units) - _SHOWN}" if len(units) > _SHOWN else ""
    return "、".join(paths) + more
