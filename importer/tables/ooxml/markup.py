"""XML as bytes: checked once by expat, then found by pattern and edited in place.

No tree is built and nothing is written anew, so that what isn't edited keeps its bytes, namespace prefixes and
quotes included. Patterns are sound here because `check` has shown the text to be well-formed and without DOCTYPE,
and `mask` hides comments, CDATA and processing instructions, the only places where `<` is not markup.

Result cells are written as inline strings, so that text is text and the shared strings stay as they are.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from xml.parsers import expat

from importer.tables.base import atomic_regex, damaged, refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


ATTRIBUTES = (r"""[^>"'/]*+""" + atomic_regex(r"""(?:"[^"]*+"|'[^']*+'|/(?!>))[^>"'/]*+""")).encode()
"""A tag's inside after its name; a quoted `>` does not end it."""

ELEMENTS_LIMIT = 200_000
"""Elements of a part that is read element by element: thrice the hyperlinks that a sheet can have."""

_MEGABYTE = 1024 * 1024
_ATTRIBUTE = re.compile(rb"""([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_TAG = re.compile(rb"<(/?)([^\s/>!?]+)(" + ATTRIBUTES + rb")(/?)>")
_HIDDEN = re.compile(rb"<!--.*?-->|<!\[CDATA\[(.*?)\]\]>|<\?.*?\?>", re.DOTALL)
_DECLARED = re.compile(rb"""^<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_BARE = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))


@dataclass(frozen=True, slots=True)
class PartText:
    """A part's text in UTF-8, and how to turn pieces of it into the part's own encoding again."""

    utf8: bytes
    codec: str = ""
    mark: bytes = b""

    def encoded(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Return the pieces as they go into the part; what its encoding can't say becomes a character reference."""
        if not self.codec:
            yield from pieces
            return
        yield self.mark
        for piece in pieces:
            yield piece.decode().encode(self.codec, "xmlcharrefreplace")


class Edit(NamedTuple):
    """Bytes `start` to `end` of a text become `new`."""

    start: int
    end: int
    new: bytes


@dataclass(frozen=True, slots=True)
class Node:
    """One element in a text. `inner` to `close` is its content; a self-closed one has none and `inner == end`."""

    name: bytes
    attributes: bytes
    start: int
    inner: int
    close: int
    end: int

    @property
    def closed(self) -> bool:
        """Whether it is written as `<name/>`."""
        return self.inner == self.end


def decode_part(raw: bytes, name: str) -> PartText:
    """Return the part's text as UTF-8; raise Stop when its encoding is unknown or doesn't fit its bytes."""
    for mark, codec in _MARKS:
        if raw.startswith(mark):
            return _decoded(raw[len(mark) :], codec, mark, name)
    for start, codec in _BARE:
        if raw.startswith(start):
            return _decoded(raw, codec, b"", name)
    found = _DECLARED.match(raw)
    codec = found[1].decode().lower() if found else "utf-8"
    return PartText(raw) if codec in {"utf-8", "utf8", "us-ascii"} else _decoded(raw, codec, b"", name)


def _decoded(raw: bytes, codec: str, mark: bytes, name: str) -> PartText:
    try:
        text = raw.decode(codec)
        if text.encode(codec) == raw:
            return PartText(text.encode(), codec, mark)
    except (LookupError, UnicodeError) as error:
        raise damaged(name, f"encoding {codec}: {error}") from error
    raise damaged(name, f"encoding {codec} does not fit")


def check_well_formed(chunks: Iterable[bytes], name: str, *, encoding: str | None = None) -> Top:
    """Raise Stop unless the text is well-formed XML without a DOCTYPE; return its root element.

    There is no callback but for the DOCTYPE and the root: one for every element costs ten times as much.
    """
    parser = expat.ParserCreate(encoding)
    found: list[Top] = []

    def refuse(*_: object) -> None:
        raise refused("workbook-unusual", name, detail="a part has a DOCTYPE")

    def root(tag: str, attributes: dict[str, str]) -> None:
        found.append(Top(tag.rpartition(":")[2], attributes))
        parser.StartElementHandler = None

    parser.StartDoctypeDeclHandler, parser.StartElementHandler = refuse, root
    _feed(parser, chunks, name)
    return found[0]


def _feed(parser: expat.XMLParserType, chunks: Iterable[bytes], name: str) -> None:
    """Errors besides expat's own are Python's, for a declared encoding that it doesn't know or can't use here."""
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)  # noqa: FBT003 - expat takes it by position only
        parser.Parse(b"", True)  # noqa: FBT003 - likewise
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise damaged(name, f"XML: {error}") from error


class Top(NamedTuple):
    """A part's root element: its name without prefix, and its attributes."""

    name: str
    attributes: dict[str, str]


class Element(NamedTuple):
    """An element of a small part, as expat sees it: namespace and name, attributes, how deep it lies."""

    space: str
    name: str
    attributes: dict[str, str]
    depth: int


def elements(raw: bytes, name: str) -> list[Element]:
    """Return the elements of a small part in order; raise Stop when it is no XML or has a DOCTYPE."""
    found: list[Element] = []
    depth = 0
    parser = expat.ParserCreate(namespace_separator=" ")

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        if len(found) >= ELEMENTS_LIMIT:
            raise refused("workbook-too-large", name, limit=len(raw) // _MEGABYTE, detail="too many elements")
        space, _, local = tag.rpartition(" ")
        found.append(Element(space, local, attributes, depth))
        depth += 1

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_: object) -> None:
        raise refused("workbook-unusual", name, detail="a part has a DOCTYPE")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = refuse
    _feed(parser, [raw], name)
    return found


def mask(text: bytes) -> bytes:
    """Return the text with comments, CDATA and instructions blanked, at the same length; the same object if none."""
    first = text.find(b"?>") + 1 if text[:8].lstrip(codecs.BOM_UTF8).startswith(b"<?xml") else 0
    if not any(text.find(sign, first) >= 0 and text.find(b"<" + sign, first) >= 0 for sign in (b"!", b"?")):
        return text  # one sign is found ten times as fast as two
    return _HIDDEN.sub(lambda found: (b"x" if found[1] else b" ") * len(found[0]), text)


def spelled_out(text: bytes) -> bytes:
    """Return the same document without comments, CDATA and instructions, for a reader that trips over them."""
    escapes = {b"&": b"&amp;", b"<": b"&lt;", b">": b"&gt;"}
    return _HIDDEN.sub(lambda found: re.sub(rb"[&<>]", lambda one: escapes[one[0]], found[1] or b""), text)


def attributes(inside: bytes) -> dict[bytes, bytes]:
    """Return a tag's attributes by their names as written; the values are still escaped."""
    return {found[1]: found[2] if found[2] is not None else found[3] for found in _ATTRIBUTE.finditer(inside)}


def unescape(raw: bytes) -> str:
    """Return an attribute's or a text's value with references resolved."""
    text = raw.decode()
    return _REFERENCE.sub(_resolved, text) if "&" in text else text


def number(raw: bytes) -> int:
    """Return an attribute's value as a number, 0 where it is none: who wrote it can't have meant anything by it."""
    return int(raw) if raw.isdigit() else 0


def _resolved(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1][1:], 16) if found[1][0] in "xX" else int(found[1]))
    return _NAMED[found[2]]


_REFERENCE = re.compile(r"&(?:#([xX]?[0-9A-Fa-f]+)|(\w+));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


def attribute_edit(node: Node, name: bytes, new: str) -> Edit:
    """Return the edit that sets an attribute which the element has."""
    found = next(one for one in _ATTRIBUTE.finditer(node.attributes) if one[1] == name)
    start, end = found.span(2) if found[2] is not None else found.span(3)
    at = node.start + 1 + len(node.name)
    return Edit(at + start, at + end, new.encode())


def edited(text: bytes, edits: Iterable[Edit]) -> Iterator[bytes]:
    """Return the text with the edits made, in pieces of about a megabyte; edits come in order and don't overlap."""
    at, size = 0, 0
    pieces: list[bytes] = []
    for start, end, new in edits:
        if not at <= start <= end:
            raise AssertionError("edits out of order would write a broken part")
        pieces += (text[at:start], new)
        size += start - at + len(new)
        at = end
        if size > _MEGABYTE:
            yield b"".join(pieces)
            pieces, size = [], 0
    yield b"".join(pieces)
    yield text[at:]


def root(masked: bytes) -> Node:
    """Return the document's root element."""
    found = _next(masked, 0)
    name = found[2]
    close = masked.rfind(b"</" + name) if not found[4] else found.end()
    end = masked.index(b">", close) + 1 if not found[4] else found.end()
    return Node(name, found[3], found.start(), found.end(), close, end)


def children(masked: bytes, parent: Node) -> Iterator[Node]:
    """Return the elements directly inside `parent`, in order."""
    at = parent.inner
    while at < parent.close:
        tag = _TAG.search(masked, at, parent.close)
        if tag is None:
            return
        node = tag_node(masked, tag)
        yield node
        at = node.end


def tag_node(masked: bytes, tag: re.Match[bytes]) -> Node:
    """Return the element whose opening tag was found; elements of its own name may be inside it."""
    if tag[4]:
        return Node(tag[2], tag[3], tag.start(), tag.end(), tag.end(), tag.end())
    return _nested(masked, tag) or _only(masked, tag)


def _only(masked: bytes, tag: re.Match[bytes]) -> Node:
    close = masked.index(b"</" + tag[2], tag.end())
    return Node(tag[2], tag[3], tag.start(), tag.end(), close, masked.index(b">", close) + 1)


def _nested(masked: bytes, tag: re.Match[bytes]) -> Node | None:
    """Count beginnings and ends, unless the next end is plainly the one: a sheet's rows are not searched twice."""
    close = masked.index(b"</" + tag[2], tag.end())
    plain = masked[close + len(tag[2]) + 2 : close + len(tag[2]) + 3] in b"> \t\r\n"
    if plain and masked.find(b"<" + tag[2], tag.end(), close) < 0:
        return None
    same = re.compile(rb"<(/?)" + re.escape(tag[2]) + rb"(?=[\s/>])" + ATTRIBUTES + rb"(/?)>")
    depth = 1
    for found in same.finditer(masked, tag.end()):
        depth += -1 if found[1] else 0 if found[2] else 1
        if not depth:
            return Node(tag[2], tag[3], tag.start(), tag.end(), found.start(), found.end())
    raise AssertionError("well-formed XML has an end for each beginning")


def _next(masked: bytes, at: int) -> re.Match[bytes]:
    found = _TAG.search(masked, at)
    if found is None:
        raise AssertionError("well-formed XML has a root")
    return found


TEXT_LIMIT = 32_767
"""Characters in a cell (Microsoft, "Excel specifications and limits"), counted in UTF-16 as Excel counts."""

_WRITTEN_OUT = re.compile("[\x00-\x08\x0b-\x1f]|_(?=x[0-9A-Fa-f]{4}_)")
_NO_CHARACTER = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""What XML can't hold and no reader gives back, however it is written: half characters and two reserved codes."""


class NewCell(NamedTuple):
    """What a cell is to become. `text` empty means blank; `style` is the number of a format in the workbook, or ''."""

    column: int
    text: str
    style: str


def standing(text: str) -> str:
    """Return what a cell will hold of `text`: no more than Excel's limit, nothing that is half a character."""
    if len(text) > TEXT_LIMIT // 2 and len(text.encode("utf-16-le", "replace")) > 2 * TEXT_LIMIT:
        kept = text.encode("utf-16-le", "replace")[: 2 * (TEXT_LIMIT - 1)]
        text = kept.decode("utf-16-le", "ignore") + "…"
    return text if text.isascii() else _NO_CHARACTER.sub("\ufffd", text)


def escape_text(text: str) -> str:
    """Return `text` escaped: markup as entities, what XML can't hold as `_xHHHH_` (ECMA-376 part 1, 22.9.2.19)."""
    if text.isprintable() and "&" not in text and "<" not in text and ">" not in text and "_x" not in text:
        return text  # nearly every text
    text = _WRITTEN_OUT.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_attribute(text: str) -> str:
    """Return `text` as an attribute's value."""
    return escape_text(text).replace('"', "&quot;")


def cell_xml(prefix: str, reference: str, cell: NewCell) -> str:
    """Return the element for a cell; its style is kept even where it is blank."""
    style = f' s="{cell.style}"' if cell.style else ""
    if not cell.text:
        return f'<{prefix}c r="{reference}"{style}/>'
    return (
        f'<{prefix}c r="{reference}"{style} t="inlineStr"><{prefix}is><{prefix}t xml:space="preserve">'
        f"{escape_text(cell.text)}</{prefix}t></{prefix}is></{prefix}c>"
    )
