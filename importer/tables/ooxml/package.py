"""The package round a workbook: which part is the workbook, which are its sheets, and what kind of file it is.

Parts are found through relationships (ECMA-376 part 2, 6.5), never by the names they usually have.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from importer.tables.base import damaged, refused
from importer.tables.ooxml import pack
from importer.tables.ooxml.markup import Edit, Element, decode_part, edited, elements, escape_attribute, mask, root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.tables.ooxml import Archive, Member, Packed


SMALL_PART = 16 * 1024 * 1024
"""Limit for the parts that say what is where: a workbook with 10,000 names stays under 2 MB."""

RELATIONS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
"""Namespace of relationships in parts and of their types, transitional and strict."""

CONTENT_TYPES = "[Content_Types].xml"
LINKS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"


@dataclass(frozen=True, slots=True)
class Relationship:
    """A part's link: `kind` is the last word of its type, `target` a part's name or, if external, an address."""

    id: str
    kind: str
    target: str
    external: bool


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet as the workbook lists it; `kind` is `worksheet`, `chartsheet` and so on, `part` its name."""

    name: str
    part: str
    kind: str
    visible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A workbook's archive and the parts in it that matter here."""

    archive: Archive
    workbook: str
    sheets: tuple[SheetEntry, ...]
    strings: Member | None
    styles: Member | None
    dates_from_1904: bool
    relations: str
    """The namespace of relationship types, transitional or strict."""

    def member(self, part: str) -> Member:
        """Return the member that holds `part`; raise Stop when it is missing."""
        found = self.archive.find(part)
        if found is None:
            raise damaged(self.archive.name, f"part {part} is missing")
        return found


def open_package(archive: Archive) -> Package:
    """Find the workbook and its sheets; raise Stop for every kind of file that is no plain workbook."""
    _refuse_other_formats(archive)
    top = relationships(archive, "")
    _refuse_signed(archive, top)
    part = next((link.target for link in top if link.kind == "officeDocument"), "")
    if not archive.find(part):
        raise damaged(archive.name, "the workbook part is missing")
    _refuse_other_types(archive, part)
    found = elements(read(archive, part), archive.name)
    if found[0].name != "workbook":
        raise refused("not-a-workbook", archive.name)
    links = {link.id: link for link in relationships(archive, part)}
    kinds = {link.kind: archive.find(link.target) for link in links.values()}
    return Package(
        archive=archive,
        workbook=part,
        sheets=tuple(_sheets(found, links)),
        strings=kinds.get("sharedStrings"),
        styles=kinds.get("styles"),
        relations=RELATIONS[1] if "purl.oclc.org" in found[0].space else RELATIONS[0],
        dates_from_1904=any(one.name == "workbookPr" and _dated_1904(one) for one in found),
    )


def relationships(archive: Archive, part: str) -> list[Relationship]:
    """Return the links of `part` (of the package itself for an empty name), none if it has none."""
    source = relationships_part(part)
    if not archive.find(source):
        return []
    found = elements(read_links(archive, source), archive.name)
    return [_relationship(one.attributes, part) for one in found if one.name == "Relationship"]


def relationships_part(part: str) -> str:
    """Return the name of the part that holds the links of `part`."""
    folder, base = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{base}.rels")


def read(archive: Archive, part: str) -> bytes:
    """Return a small part's bytes; raise Stop when it is missing, damaged or not small."""
    member = archive.find(part)
    if member is None:
        raise damaged(archive.name, f"part {part} is missing")
    return archive.read(member, limit=SMALL_PART)


def read_links(archive: Archive, source: str) -> bytes:
    """Return the bytes of a part of relationships: a sheet's may have 65,530 addresses of 2,000 characters."""
    member = archive.find(source)
    if member is None:
        raise damaged(archive.name, f"part {source} is missing")
    return archive.read(member)


def content_type(archive: Archive, part: str) -> str:
    """Return the content type that the package declares for `part`, empty if none."""
    found = elements(read(archive, CONTENT_TYPES), archive.name)
    names = {one.attributes.get("PartName", "").lstrip("/").casefold(): one for one in found if one.name == "Override"}
    suffixes = {one.attributes.get("Extension", "").casefold(): one for one in found if one.name == "Default"}
    suffix = part.rpartition(".")[2].casefold()
    declared = names.get(part.lstrip("/").casefold()) or suffixes.get(suffix)
    return declared.attributes.get("ContentType", "") if declared else ""


def with_links_typed(archive: Archive, part: str) -> Packed | None:
    """Return the content types with one for an added part of relationships, None where the package has one for it.

    Some programs name each such part by itself instead of all by their suffix; without a type the package is invalid
    (ECMA-376 part 2, 10.1.2.2).
    """
    if content_type(archive, part):
        return None
    text = decode_part(read(archive, CONTENT_TYPES), archive.name)
    masked = mask(text.utf8)
    top = root(masked)
    prefix = top.name.rpartition(b"Types")[0]
    new = b'<%bOverride PartName="/%b" ContentType="%b"/>' % (
        prefix,
        escape_attribute(part).encode(),
        LINKS_TYPE.encode(),
    )
    member = archive.find(CONTENT_TYPES)
    if member is None or top.closed:
        raise damaged(archive.name, "no content types")
    return pack(text.encoded(edited(text.utf8, [Edit(top.close, top.close, new)])), member.method)


def _relationship(facts: dict[str, str], part: str) -> Relationship:
    target, external = facts.get("Target", ""), facts.get("TargetMode") == "External"
    if not external:
        base = "/" + posixpath.dirname(part)
        target = posixpath.normpath(posixpath.join(base, unquote(target.replace("\\", "/")))).lstrip("/")
    return Relationship(facts.get("Id", ""), facts.get("Type", "").rpartition("/")[2], target, external)


def _sheets(found: list[Element], links: dict[str, Relationship]) -> Iterator[SheetEntry]:
    for one in found:
        if one.name != "sheet":
            continue
        ids = (one.attributes.get(f"{space} id", "") for space in RELATIONS)
        link = links.get(next(filter(None, ids), ""))
        visible = one.attributes.get("state", "visible") == "visible"
        if link:
            yield SheetEntry(one.attributes.get("name", ""), link.target, link.kind, visible)


def _dated_1904(element: Element) -> bool:
    return element.attributes.get("date1904", "0") in {"1", "true", "on"}


def _refuse_other_formats(archive: Archive) -> None:
    if archive.find(CONTENT_TYPES):
        return
    member = archive.find("mimetype")
    if member and b"opendocument" in archive.read(member, limit=SMALL_PART):
        raise refused("workbook-opendocument", archive.name)
    raise refused("not-a-workbook", archive.name)


def _refuse_signed(archive: Archive, top: list[Relationship]) -> None:
    """Any change breaks a signature, and a copy that claims to be signed and is not would mislead."""
    if any(link.kind == "origin" for link in top) or any(
        name.startswith("_xmlsignatures/") for name in archive.members
    ):
        raise refused("workbook-signed", archive.name)


def _refuse_other_types(archive: Archive, part: str) -> None:
    declared = content_type(archive, part).casefold()
    if "binary" in declared or part.casefold().endswith(".bin"):
        raise refused("workbook-binary", archive.name)
    if "template" in declared:
        raise refused("workbook-template", archive.name)
    if "wordprocessingml" in declared or "presentationml" in declared or "addin" in declared:
        raise refused("not-a-workbook", archive.name)
