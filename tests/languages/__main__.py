"""The languages' files. `python -m tests.languages` renews them; `--check pl` says what is wrong with one.

What is new stands there untranslated; of what was changed the old translation is kept, marked as fuzzy, and not used.
"""

from __future__ import annotations

import io
import sys
from collections import Counter
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from importer.languages import SHIPPED
from tests.languages.declared import Declared, declared
from tests.languages.faults import faults_of, forms

FOLDER = Path(str(files("importer.languages")))
HEADER = """\
# {name} for meeting-importer.
# Each sentence has its place, where people meet it and an example; what stands in braces is filled in.
#"""
HEADER_LINES = 3
"""Behind them the file's header is its own: words that are not said, who translated it."""
MADE = datetime(2026, 12, 1, tzinfo=UTC)


def path_of(tag: str) -> Path:
    return FOLDER / f"{tag.replace('-', '_')}.po"


def renewed(tag: str, old: str, sentences: list[Declared]) -> str:
    """Return a language's file with every declared sentence, and the translations that it had."""
    locale = tag.replace("-", "_")
    before = read_po(io.StringIO(old), locale=locale) if old else Catalog(locale=locale)
    known = {(message.context or "", forms(message.id)[0]): message for message in before if message.id}
    were, are = Counter(place for place, _ in known), Counter(each.place for each in sentences)
    catalog = Catalog(locale=locale, project="meeting-importer", fuzzy=False, creation_date=MADE, revision_date=MADE)
    own = before.header_comment.splitlines() if old else []
    catalog.header_comment = "\n".join((HEADER.format(name=Locale.parse(locale).english_name), *own[HEADER_LINES:]))
    for each in sentences:
        was = known.get(each.key)
        changed = was is None and were[each.place] == are[each.place] == 1
        if changed:
            was = next(message for (place, _), message in known.items() if place == each.place)
        said = forms(was.string) if was is not None else ()
        said = (*said, *[""] * catalog.num_plurals)[: catalog.num_plurals if each.several else 1]
        flags = {"python-brace-format"} if "{" in each.one else set()
        flags |= {"fuzzy"} if was is not None and any(said) and (changed or was.fuzzy) else set()
        catalog.add(
            (each.one, each.several) if each.several else each.one,
            said if each.several else said[0],
            context=each.place,
            flags=flags,
            auto_comments=list(comments(each)),
            user_comments=list(was.user_comments) if was is not None else [],
        )
    out = io.BytesIO()
    write_po(out, catalog, width=0, omit_header=False)
    return out.getvalue().decode()


def comments(each: Declared) -> list[str]:
    said = [each.note] if each.note else []
    if each.example:
        said.append(f"example: {each.one.format(**each.example)}")
    return said


def main(arguments: list[str]) -> int:
    sentences = declared()
    match arguments:
        case []:
            for tag in SHIPPED:
                path = path_of(tag)
                old = path.read_text("utf-8") if path.exists() else ""
                path.write_text(renewed(tag, old, sentences), encoding="utf-8", newline="\n")
            return 0
        case ["--check", *tags]:
            found = [f"{tag}: {fault}" for tag in tags or SHIPPED for fault in faults_of(tag)]
            print("\n".join(found) or "No faults.")  # noqa: T201 - a script's answer
            return int(bool(found))
    print(__doc__)  # noqa: T201 - likewise
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
