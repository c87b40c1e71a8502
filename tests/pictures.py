"""Makes the README's pictures from what the program writes today: `python -m tests.pictures`.

LibreOffice prints the sheet with the numbers in its margin, as messages name them, and Poppler's pdftoppm makes pixels
of it. Each picture carries a mark of the texts that it shows, so that a test can tell an outdated one.
"""

from __future__ import annotations

import hashlib
import shutil
import struct
import subprocess
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
from openpyxl.worksheet.header_footer import HeaderFooter
from openpyxl.worksheet.properties import PageSetupProperties

from importer.cli.main import main as program

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
BEFORE, AFTER = ROOT / "samples" / "before.png", ROOT / "samples" / "after.png"
INPUTS, RESULTS, ROWS = "ABCDEFGHI", "AJKLMNOP", 13
"""The columns of the left half and of the right half, and the last row that is shown."""
CHANGING = {"Join URL", "Conference ID", "Meeting ID", "Graph ID", "Checked at"}
"""Columns that are another's in each run."""
DPI = 88
GAP = 20
"""White lines between the halves."""
COLORS = 256
"""A PNG with a palette holds no more, and is a third of one without."""
SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Pixels:
    """Lines of pixels, three bytes each."""

    width: int
    lines: tuple[bytes, ...]


def made(folder: Path) -> tuple[Path, Path]:
    """Return the sample and its results copy, made in `folder` by a run against the sandbox."""
    roster = Path(shutil.copy(ROOT / "samples" / "roster.xlsx", folder))
    program(["run", str(roster), "--sandbox", "--state-dir", str(folder / "state"), "-q", "-o", "none"])
    return roster, folder / "roster-results.xlsx"


def mark(*books: Path) -> str:
    """Return a mark of the texts in these workbooks, but for those that are others in each run."""
    digest = hashlib.sha256()
    for book in books:
        sheet = openpyxl.load_workbook(book).worksheets[0]
        shown = [column for column in sheet.iter_cols(max_row=ROWS, values_only=True) if column[0] not in CHANGING]
        digest.update(repr(shown).encode())
    return digest.hexdigest()


def mark_in(picture: Path) -> str:
    """Return the mark that a picture carries."""
    data = picture.read_bytes()
    at = data.index(b"tEXtmark\0")
    (length,) = struct.unpack(">I", data[at - 4 : at])
    return data[at + 9 : at + 4 + length].decode()


def printed(book: Path, columns: str) -> Pixels:
    """Return what these columns of a workbook look like, cut to what is not white."""
    work = Path(tempfile.mkdtemp(dir=book.parent))
    loaded = openpyxl.load_workbook(book)
    for other in loaded.worksheets[1:]:
        other.sheet_state = "hidden"
    sheet = loaded.worksheets[0]
    for letter in INPUTS + RESULTS:
        sheet.column_dimensions[letter].hidden = letter not in columns
    sheet.print_area = f"A1:{columns[-1]}{ROWS}"
    sheet.print_title_rows = sheet.print_title_cols = None
    sheet.print_options.headings = True
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 8  # A3
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToWidth = sheet.page_setup.fitToHeight = 1
    sheet.HeaderFooter = HeaderFooter()
    loaded.save(work / "shown.xlsx")
    home = f"-env:UserInstallation={(work / 'home').as_uri()}"
    convert = ["soffice", home, "--headless", "--convert-to", "pdf", "--outdir", str(work), str(work / "shown.xlsx")]
    subprocess.run(convert, check=True, capture_output=True)
    pdf, image = str(work / "shown.pdf"), str(work / "shown")
    subprocess.run(["pdftoppm", "-r", str(DPI), "-singlefile", pdf, image], check=True)  # noqa: S607 - wherever it is
    return cut(read_ppm(Path(f"{image}.ppm").read_bytes()))


def read_ppm(data: bytes) -> Pixels:
    """Return the pixels of a binary PPM (https://netpbm.sourceforge.net/doc/ppm.html)."""
    _, size, _, rest = data.split(b"\n", 3)
    width, height = map(int, size.split())
    return Pixels(width, tuple(rest[3 * width * at : 3 * width * (at + 1)] for at in range(height)))


def cut(pixels: Pixels) -> Pixels:
    """Return pixels without the white round them."""
    rows = [at for at, line in enumerate(pixels.lines) if line.strip(b"\xff")]
    lines = pixels.lines[rows[0] : rows[-1] + 1]
    left = min((len(line) - len(line.lstrip(b"\xff"))) // 3 for line in lines if line.strip(b"\xff"))
    right = max(-(-len(line.rstrip(b"\xff")) // 3) for line in lines)
    return Pixels(right - left, tuple(line[3 * left : 3 * right] for line in lines))


def stacked(upper: Pixels, lower: Pixels) -> Pixels:
    """Return one picture over another."""
    width = max(upper.width, lower.width)
    lines = (*upper.lines, *[b""] * GAP, *lower.lines)
    return Pixels(width, tuple(line.ljust(3 * width, b"\xff") for line in lines))


def png(pixels: Pixels, text: str) -> bytes:
    """Return the pixels as a PNG with a palette (https://www.w3.org/TR/png-3), which carries `text`."""
    for step in (1, 4, 8, 16, 32):  # shades that nobody tells apart become one, until the palette holds them all
        shade = bytes(min(255, round(value / step) * step) for value in range(256))
        lines = [line.translate(shade) for line in pixels.lines]
        colors = {line[at : at + 3] for line in lines for at in range(0, len(line), 3)}
        if len(colors) <= COLORS:
            break
    palette = {color: number for number, color in enumerate(sorted(colors))}
    body = b"".join(b"\0" + bytes(palette[line[at : at + 3]] for at in range(0, len(line), 3)) for line in lines)
    header = struct.pack(">IIBBBBB", pixels.width, len(lines), 8, 3, 0, 0, 0)
    parts = [(b"IHDR", header), (b"tEXt", b"mark\0" + text.encode()), (b"PLTE", b"".join(palette))]
    return SIGNATURE + b"".join(chunks([*parts, (b"IDAT", zlib.compress(body, 9)), (b"IEND", b"")]))


def chunks(parts: list[tuple[bytes, bytes]]) -> Iterator[bytes]:
    """Yield each part with its length and its checksum."""
    for name, data in parts:
        yield struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def main() -> None:
    """Write both pictures."""
    with tempfile.TemporaryDirectory() as folder:
        roster, results = made(Path(folder))
        BEFORE.write_bytes(png(printed(roster, INPUTS), mark(roster)))
        halves = stacked(printed(results, INPUTS), printed(results, RESULTS))
        AFTER.write_bytes(png(halves, mark(roster, results)))


if __name__ == "__main__":
    main()
