"""The generated parts of README and guide. `python -m tests.reference` writes them; a test compares them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from importer.cli.config.options import PREFIX
from importer.cli.config.param_types import Choice
from importer.cli.main import cli
from importer.core.catalogue.words import EXIT_WORDS, STATUS_WORDS, TOPICS
from importer.core.columns import EXTRA_COLUMNS, OPTION_COLUMNS, RESULT_COLUMNS, USUAL_COLUMNS
from importer.core.facts import FACT, FACTS
from importer.core.meeting_options import OPTION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click import Parameter

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
GUIDE = ROOT / "importer" / "guide"
PAGES = (README, *sorted(GUIDE.glob("*.md")))
"""Everything that is written for users."""


def table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [headings, tuple("---" for _ in headings), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def columns() -> str:
    rows = [(f"`{column.heading}`", f"`{column.key}`", column.manual) for column in USUAL_COLUMNS]
    return table(("heading", "key", "what goes in"), rows)


def meeting_options() -> str:
    rows = []
    for column in OPTION_COLUMNS:
        option = OPTION.get(column.key)
        words = [f"`{word}`" for word in option.words] if option else []
        people = ["sign-in names"] if option is None or option.by_name else []
        rows.append((f"`{column.heading}`", f"`{column.key}`", column.manual, ", ".join((*words, *people))))
    return table(("heading", "key", "what it is about", "what goes in"), rows)


def results() -> str:
    rows = [(f"`{column.heading}`", f"`{column.key}`", column.manual) for column in RESULT_COLUMNS]
    extra = ", ".join(f"`{column.key}`" for column in EXTRA_COLUMNS)
    return table(("heading", "key", "what is filled in"), rows) + f"\n\nWith `--add-column KEY` also: {extra}."


def statuses() -> str:
    return table(("status", "meaning"), [(f"`{status}`", words) for status, words in STATUS_WORDS.items()])


def exit_codes() -> str:
    rows = [(str(int(code)), f"0x{int(code):X}", words) for code, words in EXIT_WORDS.items()]
    return table(("code", "Task Scheduler shows", "meaning"), rows)


def choices_of(parameter: Parameter, help_text: str) -> str:
    """Return the words that the option takes, where its help does not name them all."""
    names = parameter.type.choices if isinstance(parameter.type, Choice) else ()
    if all(name in help_text for name in names):
        return ""
    return f" One of {', '.join(f'`{name}`' for name in names)}."


def options() -> str:
    rows = []
    for parameter in cli.commands["run"].params:
        if parameter.param_type_name == "option" and parameter.name:
            flags = ", ".join(f"`{flag}`" for flag in parameter.opts)
            help_text = getattr(parameter, "help", "") or ""
            rows.append((flags, f"`{PREFIX}{parameter.name.upper()}`", help_text + choices_of(parameter, help_text)))
    return table(("option", "environment", "what it does"), rows)


def facts() -> str:
    rows = [
        (f"`{fact.name}`", fact.sentence, fact.trial or f"Not tried: {fact.untried}")
        for fact in FACTS
        if not fact.name.startswith("option-")
    ]
    of_options = "A change sets the option, and its answer says so: a fact for each option."
    rows.append(("`option-lobby` …", of_options, FACT["option-lobby"].trial))
    return table(("name", "what it says", "how it is tried"), rows)


def pages() -> str:
    rows = [(f"[{topic}](importer/guide/{topic}.md)", about) for topic, about in TOPICS.items()]
    return table(("page", "what it answers"), rows)


PARTS = {
    "columns": columns,
    "meeting-options": meeting_options,
    "results": results,
    "statuses": statuses,
    "exit-codes": exit_codes,
    "options": options,
    "facts": facts,
    "pages": pages,
}


def rendered(text: str) -> str:
    """Return a page with its generated parts as they should be."""
    for name, part in PARTS.items():
        pattern = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text = pattern.sub(rf"\g<1>{part().replace(chr(92), chr(92) * 2)}\n\g<2>", text)
    return text


if __name__ == "__main__":
    for path in PAGES:
        path.write_text(rendered(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
