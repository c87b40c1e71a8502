"""Near misses: the name or the heading that was most likely meant, told from those that are right in the same sheet."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from importer.core.catalogue import problem, shorten
from importer.core.catalogue.headings import (
    AND_NO,
    ASKED_FOR_BY_SETTINGS,
    HEADING_LOOKS_LIKE,
    HEADINGS_LACKING,
    HEADINGS_NOT_KNOWN,
    LETTERS_EMPTY,
    ORGANIZER_OF_ALL,
    SETTINGS_LOOK_LIKE,
    STANDING_INSTEAD,
    WITHOUT_HEADINGS,
)
from importer.core.columns import COLUMNS, INPUT_COLUMNS, INPUT_KEYS
from importer.core.layout import names_letters_alone, positions
from importer.core.texts import Sentence, joined, normalize
from importer.core.wording import either, first_few

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from importer.core.layout import Layout
    from importer.core.model import Problem


SHORTEST = 3
"""Characters from which a text has a neighbour: of shorter ones nearly all are one letter apart."""
LIKENESS = 0.8
"""Share of letters in common from which a heading or a city is taken for a misspelled one (difflib's ratio)."""
SIMILAR = 0.75
"""The same for what is typed on a command line: who is asked can say no."""
NEARLY = 0.6
"""The same for headings that the settings name: one that is not there is wrong in any case, and the offer is free."""
LONG_HEADING = 7
"""Letters from which any typo tells a heading: of shorter ones many are words of their own (Start, State, Stat)."""
OWN_WORDS = frozenset({"attended", "organized", "organised"})
"""Headings one letter away from known ones that mean something else."""
ENOUGH_HEADINGS = 2
"""Known headings from which a row is one of headings: a single one can be a word in a title."""
HEADINGS_NAMED = 3
HEADING_SHOWN = 20
"""Headings named in one sentence, and characters of each: what can be read at a glance."""
NAMES_OFFERED = 3
"""Names offered in one sentence: what still fits a cell beside the names that are wrong."""


def near_names(unknown: Iterable[str], found: Iterable[str]) -> dict[str, str]:
    """Return {unknown sign-in name, case folded: the one most likely meant}; names with nothing near are left out.

    A domain nobody was found under, one typo away from one with people, is taken for that; else a local part one
    typo away from a found person's of the same domain. Takes time in proportion to the names, not to their pairs.
    """
    people: dict[str, dict[str, str]] = defaultdict(dict)
    for upn in found:
        local, _, domain = upn.casefold().rpartition("@")
        people[domain][local] = upn
    strangers: dict[str, dict[str, str]] = defaultdict(dict)
    for upn in unknown:
        local, _, domain = upn.rpartition("@")
        if local:
            strangers[domain.casefold()][local.casefold()] = local
    domains = one_typo_away([domain for domain in strangers if domain not in people], people)
    return {
        f"{local}@{domain}": meant
        for domain, locals_ in strangers.items()
        for local, meant in _meant(locals_, people.get(domain, {}), domains.get(domain, ""))
    }


def _meant(strangers: Mapping[str, str], people: Mapping[str, str], domain: str) -> Iterator[tuple[str, str]]:
    if domain:
        yield from ((local, f"{typed}@{domain}") for local, typed in strangers.items())
        return
    for local, near in one_typo_away(strangers, people).items():
        yield local, people[near]


def one_typo_away(texts: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Return {text: the first known text one typo away}: a character too many, missing, wrong, or two swapped.

    Two texts that differ in a digit are not near: room 12 is no misspelled room 13.
    """
    shorter: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        for form in _with_one_less(text):
            shorter[form].append(text)
    near: dict[str, str] = {}
    for candidate in known if shorter else ():
        for text in {text for form in _with_one_less(candidate) for text in shorter.get(form, ())}:
            if text not in near and _is_one_typo(text, candidate):
                near[text] = candidate
    return near


def _with_one_less(text: str) -> set[str]:
    """Return the text itself and every form with one character left out: texts one typo apart have one in common."""
    if len(text) < SHORTEST:
        return set()
    return {text, *(text[:place] + text[place + 1 :] for place in range(len(text)))}


def _is_one_typo(one: str, other: str) -> bool:
    if one == other or digits(one) != digits(other):
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def digits(text: str) -> str:
    """Return a text's digits: two texts that differ in one are two things, no typo."""
    return "".join(filter(str.isdigit, text))


def closest(text: str, names: Iterable[str]) -> str:
    """Return ' (did you mean …?)' with the nearest of `names`, or nothing where none is near."""
    by_fold = {name.casefold(): name for name in names}
    near = most_alike(text.casefold(), by_fold, likeness=SIMILAR)
    return did_you_mean([by_fold[near]] if near else ())


def most_alike(text: str, known: Iterable[str], *, likeness: float = LIKENESS) -> str:
    """Return the known text that shares most letters with this one, or nothing where all share too few.

    For a handful of names; among a directory's, which one is a typo away is found in linear time (`one_typo_away`).
    """
    return next(iter(get_close_matches(text, known, n=1, cutoff=likeness)), "")


def did_you_mean(names: Iterable[str]) -> str:
    """Return ' (did you mean …?)' with the first few of `names`, or nothing where there are none."""
    offered = list(dict.fromkeys(names))[:NAMES_OFFERED]
    return _DID_YOU_MEAN.format(names=joined(offered)) if offered else ""


_DID_YOU_MEAN = Sentence(
    "hint", " (did you mean {names}?)", note="behind a word: 'Ende' (did you mean End?). The blank belongs to it."
)


def nearest(name: str, headings: Mapping[str, str]) -> list[str]:
    """Return the one of {what spellings have in common: heading} that is most like `name`, if one is."""
    near = most_alike(normalize(name), headings, likeness=NEARLY)
    return [headings[near]] if near else []


def near_headings(
    rows: Iterable[tuple[int, Sequence[str]]],
    *,
    mapping: Mapping[str, tuple[str, ...]],
    required: Iterable[str],
    settings: str = "the settings file",
) -> str:
    """Return sentences about the required headings that the row with most known ones lacks; else nothing.

    What nearly is one is named; for one that nothing resembles, what the row has and what there is not known. A row
    without any known heading is a title or data, and what it resembles is chance.
    """
    if names_letters_alone(mapping):
        return LETTERS_EMPTY.format(names=either([name for key in sorted(required) for name in mapping.get(key, ())]))
    best: tuple[int, str] = (0, "")
    for number, texts in rows:
        found = positions(texts, mapping)
        if len(found) <= best[0]:
            continue
        missing = [key for key in COLUMNS if key in required and key not in found]
        best = len(found), _about(_HeadingRow(number, texts, found), missing, mapping, settings)
    return best[1]


def standing_instead(rows: Iterable[tuple[int, Sequence[str]]]) -> str:
    """Return a sentence about what stands in the first row with several cells filled in, else in the first one.

    It is for a sheet without a known heading: whoever sees what was read knows whether the headings are missing.
    """
    filled = ((number, [text for text in texts if text.strip()]) for number, texts in rows)
    some = [(number, texts) for number, texts in filled if texts]
    if not some:
        return ""
    number, texts = next((row for row in some if len(row[1]) >= ENOUGH_HEADINGS), some[0])
    data = any(re.search(r"@|\d\d", text) for text in texts)
    said = STANDING_INSTEAD.format(row=number, texts=_some([f"'{_brief(text)}'" for text in texts]))
    return joined((said, WITHOUT_HEADINGS.format()), commas=False) if data and len(texts) >= ENOUGH_HEADINGS else said


@dataclass(frozen=True, slots=True)
class _HeadingRow:
    """A row that has known headings: its number in the margin, its texts, and where the known ones stand."""

    number: int
    texts: Sequence[str]
    found: Mapping[str, tuple[int, ...]]

    def known(self) -> list[str]:
        """Return the headings of input columns as they are written, from left to right, each once."""
        places = {place for key, places in self.found.items() if key in INPUT_KEYS for place in places}
        return [self.texts[place] for place in sorted(places)]

    def free(self) -> dict[str, str]:
        """Return {what spellings have in common: the heading as it is written} of those that are not known."""
        taken = {place for places in self.found.values() for place in places}
        return {normalize(text): text for place, text in enumerate(self.texts) if text.strip() and place not in taken}


def _about(row: _HeadingRow, missing: Iterable[str], mapping: Mapping[str, tuple[str, ...]], settings: str) -> str:
    free = row.free()
    near = {key: _near_heading(key, free, mapping) for key in missing}
    said = [
        (SETTINGS_LOOK_LIKE if key in mapping else HEADING_LOOKS_LIKE).format(
            text=shorten(free[alike]), row=row.number, heading=heading, key=key, settings=_capital(settings)
        )
        for key, (alike, heading) in near.items()
        if alike
    ]
    used = {alike for alike, _ in near.values()} | {normalize(name) for names in mapping.values() for name in names}
    unknown = [text for alike, text in free.items() if alike and alike not in used]
    lacking = [
        _asked_for(key, {*map(normalize, row.texts)}, mapping, settings)
        for key, (alike, _) in near.items()
        if not alike
    ]
    return joined((*said, _lacking(row, lacking, unknown)), commas=False)


def _lacking(row: _HeadingRow, lacking: Sequence[str], unknown: Sequence[str]) -> str:
    """Return what the row lacks; nothing for a row with one known heading, which a title or a note can have."""
    known = row.known()
    if not lacking or len(known) < ENOUGH_HEADINGS:
        return ""
    others = HEADINGS_NOT_KNOWN.format(headings=_some([f"'{_brief(text)}'" for text in unknown])) if unknown else ""
    lacked = lacking[0]
    for other in lacking[1:]:
        lacked = AND_NO.format(one=lacked, other=other)
    said = HEADINGS_LACKING.format(row=row.number, known=_some([*map(_brief, known)]), lacked=lacked, others=others)
    alone = lacking == [COLUMNS["organizer"].named]
    return joined((said, ORGANIZER_OF_ALL.format()), commas=False) if alone else said


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:] if text.startswith("the ") else text


def _asked_for(key: str, present: Collection[str], mapping: Mapping[str, tuple[str, ...]], settings: str) -> str:
    """Return the heading that a key needs: the settings' where they name one, and of joined ones those not there."""
    if key not in mapping:
        return COLUMNS[key].named
    names = _some([_brief(name) for name in mapping[key] if normalize(name) not in present])
    return ASKED_FOR_BY_SETTINGS.format(names=names, settings=settings, key=key)


def _some(texts: Sequence[str]) -> str:
    return first_few(texts, HEADINGS_NAMED)


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= HEADING_SHOWN else line[: HEADING_SHOWN - 1] + "…"


def _near_heading(key: str, free: Mapping[str, str], mapping: Mapping[str, tuple[str, ...]]) -> tuple[str, str]:
    """Return the key in `free` of what nearly is a heading of the column, and the heading to write; else blanks."""
    column = COLUMNS[key]
    for name in mapping.get(key, (column.heading, *column.synonyms)):
        if near := most_alike(normalize(name), free) if len(normalize(name)) > SHORTEST else "":
            return near, name if key in mapping else column.named
    return "", ""


def near_misses(layout: Layout, mapping: Mapping[str, tuple[str, ...]]) -> Iterator[Problem]:
    """Return a warning (`heading-near-miss`) for each unread heading that is one typo off one the sheet lacks.

    Only input columns count: what stands there would be left out without a word, while results get a column anyway.
    """
    for column in INPUT_COLUMNS if layout.others else ():
        if column.key in layout.inputs:
            continue
        synonyms = (name for name in column.synonyms if len(normalize(name)) >= LONG_HEADING)
        names = mapping.get(column.key, (column.heading, *synonyms))
        for text in layout.others:
            if meant := next((name for name in names if _is_misspelled(text, name)), ""):
                heading = meant if column.key in mapping else column.named
                yield problem("heading-near-miss", column=column.key, value=text, meant=heading, row=layout.header_row)


def _is_misspelled(text: str, name: str) -> bool:
    """Say whether a heading is another one with a typo; of a short one only with two letters swapped (`Strat`)."""
    one, other = normalize(text), normalize(name)
    if one in OWN_WORDS or len(text.split()) > len(name.split()) or not _is_one_typo(one, other):
        return False
    return len(other) >= LONG_HEADING or (sorted(one) == sorted(other) and one[:1] == other[:1])
