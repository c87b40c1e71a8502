"""HTML put together from values: a plain text is escaped, whoever writes it; only `Html` is taken as it is.

Source of the void elements and of what a text may hold: https://html.spec.whatwg.org/multipage/syntax.html
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, TypeAlias

from importer.core.web import is_web_address

if TYPE_CHECKING:
    from collections.abc import Iterable

VOID = frozenset({"input", "meta", "wbr"})
"""Elements without an end, of those used here. SVG has none: what is not closed there swallows what follows."""

_OVERRIDES = {code: f"[U+{code:04X}]" for code in (0x202D, 0x202E)}
"""Characters that turn what follows round, so that `exe.png` reads as something else: named instead of obeyed."""
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Html(str):
    """Text that is HTML already. Made by the functions of this module, never from a cell."""

    __slots__ = ()


Child: TypeAlias = "str | Html | None"
Attribute: TypeAlias = "str | int | bool | None"


def text(value: str) -> Html:
    """Gives `value` as HTML that shows it: nothing in it is an element, and no character breaks the page."""
    if not value.isprintable():  # few are not, and for those that are this is all there is to do
        value = _UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", value).translate(_OVERRIDES)
    return Html(escape(value))


def tag(name: str, /, *children: Child, **attributes: Attribute) -> Html:
    """Gives an element; children of None are left out, and so are attributes of None or False.

    An attribute's name loses a trailing `_` and has `-` for `_`: `class_`, `aria_label`.
    """
    start = f"<{name}{''.join(map(_attribute, attributes.items()))}>"
    return Html(start if name in VOID else f"{start}{join(children)}</{name}>")


def join(children: Iterable[Child]) -> Html:
    """Gives children one after the other."""
    return Html("".join(child if isinstance(child, Html) else text(child) for child in children if child is not None))


def stranger(value: str) -> Html:
    """Gives text from a cell or from Teams, its direction kept from changing what stands beside it."""
    return tag("bdi", value)


def web_link(address: str, *children: Child, **attributes: Attribute) -> Html:
    """Gives a link that opens elsewhere and tells nothing of this page, or the address as text if it is not https."""
    if not is_web_address(address):
        return stranger(address)
    return tag("a", *children, href=address, target="_blank", rel="noopener noreferrer", **attributes)


def _attribute(pair: tuple[str, Attribute]) -> str:
    name, value = pair
    if value is None or value is False:
        return ""
    plain = name.rstrip("_").replace("_", "-")
    return f" {plain}" if value is True else f' {plain}="{text(str(value))}"'
