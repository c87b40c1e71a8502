"""CSV as Excel and others really save it: read as Excel shows it, and copied with every byte outside results kept."""

from __future__ import annotations

import codecs

import pytest

from importer.core.model import Stop
from importer.languages import LANGUAGES
from importer.tables.copies import check_copy
from tests.tables.packages import opened

COLUMNS = ["status"]
MARKS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "cp1252": b"",
}


def encoded(text: str, codec: str) -> bytes:
    return MARKS[codec] + text.encode(codec)


def copied(data: bytes, results: dict[int, dict[str, str]], columns: list[str] | None = None) -> bytes:
    table = opened(data, "roster.csv")
    copy = table.with_results(results, columns or COLUMNS)
    check_copy(table, copy, results, columns or COLUMNS)
    return copy


def ids(data: bytes) -> dict[int, object]:
    return {row.number: row.cells["external_id"][0] for row in opened(data, "roster.csv").rows()}


@pytest.mark.parametrize("codec", MARKS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "end"])
def test_encoding_delimiter_and_line_ends_stay(codec: str, delimiter: str, ending: str, last: str) -> None:
    lines = [["External ID", "Organizer", "Note"], ["00042", "zoë@b.c", '"a, b; c"'], [], ["N/A", "b@c.d"]]
    text = ending.join(delimiter.join(line) for line in lines) + (ending if last else "")
    then = ending.join(
        delimiter.join(line) for line in [[*lines[0], "Status"], [*lines[1], "created"], [], [*lines[3], "", "failed"]]
    ) + (ending if last else "")
    data = encoded(text, codec)
    assert ids(data) == {2: "00042", 4: "N/A"}
    assert copied(data, {2: {"status": "created"}, 4: {"status": "failed"}}) == encoded(then, codec)


def test_a_line_break_in_a_cell_is_no_row_and_a_blank_line_is_one() -> None:
    data = b'External ID,Subject,Organizer\n1,"two\r\nlines\n",a@b.c\n\n\n2,,b@c.d\n'
    assert ids(data) == {2: "1", 5: "2"}
    assert next(iter(opened(data, "a.csv").rows())).cells["subject"] == ("two\r\nlines\n",)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ('"a ""b"" c"', 'a "b" c'),
        ('5" pipe', '5" pipe'),
        ('"quoted"tail', "quotedtail"),
        ('""', None),
        (" spaced ", " spaced "),
        ('="00042"', "00042"),
        ('"=""00042"""', "00042"),
        ("=1+1", "=1+1"),
        ("'x", "'x"),
        ("N/A", "N/A"),
    ],
)
def test_a_field_says_what_excel_shows(field: str, value: str | None) -> None:
    data = f"Subject,External ID,Organizer\n{field},1,a@b.c\n".encode()
    assert next(iter(opened(data, "a.csv").rows())).cells["subject"] == (value,)
    assert field.encode() in copied(data, {2: {"status": "created"}})


def test_ragged_records_are_filled_up_only_where_a_result_goes() -> None:
    data = b"External ID,Organizer,Note\n1,a@b.c\n2,b@c.d,x,y,z\n3\n"
    assert copied(data, {2: {"status": "s"}, 3: {"status": "t"}}) == (
        b"External ID,Organizer,Note,,,Status\n1,a@b.c,,,,s\n2,b@c.d,x,y,z,t\n3\n"
    )


def test_blank_fields_at_the_end_are_used_first() -> None:
    data = b"External ID,Organizer,,\n1,a@b.c,,\n2,b@c.d,,\n"
    assert copied(data, {2: {"status": "s"}}) == b"External ID,Organizer,Status,\n1,a@b.c,s,\n2,b@c.d,,\n"


@pytest.mark.parametrize("blank", [" ", "\t", "\x0c", "\u00a0", '" "'])
def test_a_blank_beyond_the_headings_is_theirs_and_stays(blank: str) -> None:
    text = f"External ID,Organizer\na,ana@contoso.example,{blank}\n"

    assert f"\na,ana@contoso.example,{blank},created\n" in copied(text.encode(), {2: {"status": "created"}}).decode()


def test_where_every_field_is_quoted_ours_are_too() -> None:
    data = b'"External ID","Organizer"\n"1","a@b.c"\n'
    assert copied(data, {2: {"status": "s"}}) == b'"External ID","Organizer","Status"\n"1","a@b.c","s"\n'


@pytest.mark.parametrize("text", ["=1+1", "+49 69 1234", "-1", "@SUM(A1)", "\tx", "\rx", "'=x", "''+1"])
def test_our_text_never_starts_a_formula_and_reads_back(text: str) -> None:
    copy = copied(b"External ID,Organizer\n1,a@b.c\n", {2: {"dial_in_number": text}}, ["dial_in_number"])
    field = copy.decode().rpartition(",")[2].strip().strip('"')
    assert field.startswith("'")
    assert next(iter(opened(copy, "a.csv").rows())).standing == {"dial_in_number": text}


def test_their_formula_is_theirs() -> None:
    data = b"External ID,Organizer,Sum\n1,a@b.c,=1+1\n"
    assert b",=1+1,created" in copied(data, {2: {"status": "created"}})


def test_what_an_encoding_can_not_say_becomes_a_question_mark() -> None:
    data = "External ID,Organizer\n1,zoë@b.c\n".encode("cp1252")
    assert copied(data, {2: {"status": "łódź"}}).endswith("?ód?\n".encode("cp1252"))


def test_bytes_that_windows_1252_leaves_undefined_come_through() -> None:
    data = b"External ID,Organizer,Note\n1,a@b.c,\x81\x8d\xe9\n"
    assert copied(data, {2: {"status": "s"}}) == b"External ID,Organizer,Note,Status\n1,a@b.c,\x81\x8d\xe9,s\n"
    assert [one.code for one in opened(data, "a.csv").notices] == ["csv-encoding-assumed"]


HEADED = "External ID,Organizer,Subject\n1,a@b.c,"


@pytest.mark.parametrize(
    ("codec", "said", "title"),
    [
        ("cp932", "cp932", "会議ソ表"),  # ソ ends in the byte of a backslash
        ("cp1250", "cp1250", "Żółć"),
        ("cp1252", "cp1252", "zoë"),
        ("utf-8", "utf-8", "zoë 会議"),
        ("utf-16-le", "utf-16-le", "会議"),
    ],
)
def test_a_named_encoding_is_read_and_kept(codec: str, said: str, title: str) -> None:
    data = (HEADED + title + "\n").encode(codec)
    table = opened(data, "a.csv", encoding=said)
    assert next(iter(table.rows())).cells["subject"] == (title,)
    assert table.notices == ()
    copy = table.with_results({2: {"status": "created"}}, COLUMNS)
    check_copy(table, copy, {2: {"status": "created"}}, COLUMNS)
    assert copy == data.replace("Subject".encode(codec), "Subject,Status".encode(codec)).replace(
        (title + "\n").encode(codec), (title + ",created\n").encode(codec)
    )


@pytest.mark.parametrize(
    ("data", "said", "reason"),
    [
        ((HEADED + "zoë").encode(), "cp1252", "is in UTF-8"),
        (codecs.BOM_UTF8 + HEADED.encode(), "cp932", "mark of UTF-8"),
        (codecs.BOM_UTF16_BE + HEADED.encode("utf-16-be"), "utf-16-le", "mark of UTF-16-BE"),
        (HEADED.encode("utf-16-le"), "utf-16", "has no mark"),
        ((HEADED + "zoë").encode("cp1252"), "utf-8", "what no text"),
        ((HEADED + "Żółć").encode("cp1250"), "cp932", "what no text"),
        ((HEADED + "“q”").encode("cp1252"), "iso8859-2", "characters that iso8859-2 has not"),
        (HEADED.encode() + b"\x87\x90", "cp932", "in two ways"),  # also 81 e0
    ],
)
def test_a_wrong_encoding_is_refused(data: bytes, said: str, reason: str) -> None:
    with pytest.raises(Stop, match=reason) as stop:
        opened(data, "a.csv", encoding=said)
    assert stop.value.problem.code == "csv-encoding-wrong"


def test_an_encoding_that_nobody_names_is_not_taken_for_windows_1252_where_that_has_no_such_bytes() -> None:
    data = (HEADED + "会議、第一回\n").encode("cp932")
    with pytest.raises(Stop, match="row 2 is not") as stop:
        opened(data, "a.csv")
    assert stop.value.problem.code == "csv-encoding-unknown"


@pytest.mark.parametrize(
    ("codec", "headings", "title", "said"),
    [
        ("cp1250", "Zewnętrzny ID;Temat;Początek;Organizator", "Zebranie – żółć", "Central European"),
        ("cp932", "外部ID;件名;開始;開催者", "会議ソ表～①", "Japanese"),
        ("cp1252", "ID externo;Assunto;Início;Organizador", "Reunião – ção", "Western European"),
        ("cp1252", "External ID;Subject;Start;Organizer", "Zoë – 5 €", "Western European"),
    ],
)
def test_what_plain_csv_is_in_is_told_by_the_headings_of_every_language(
    codec: str, headings: str, title: str, said: str
) -> None:
    data = f"{headings}\r\n00042;{title};2027-03-15 09:00;ana@b.c\r\n".encode(codec)
    table = opened(data, "a.csv", languages=LANGUAGES)
    assert next(iter(table.rows())).cells["subject"] == (title,)
    assert [note.code for note in table.notices] == ["csv-encoding-assumed"]
    assert said in table.notices[0].message
    results = {2: {"status": "created"}}
    copy = table.with_results(results, COLUMNS)
    check_copy(table, copy, results, COLUMNS)
    assert copy.startswith(headings.encode(codec))
    assert f";{title};".encode(codec) in copy


def test_a_file_in_utf_8_needs_no_notice() -> None:
    assert opened("External ID,Organizer\n1,zoë@b.c\n".encode(), "a.csv").notices == ()


@pytest.mark.parametrize(("line", "delimiter"), [("sep=;\r\n", ";"), ("SEP=|\n", "|")])
def test_a_line_that_names_the_separator_is_no_row(line: str, delimiter: str) -> None:
    data = f"{line}External ID{delimiter}Organizer\n1{delimiter}a,b@c.d\n".encode("utf-8-sig")
    assert ids(data) == {2: "1"}
    assert copied(data, {2: {"status": "s"}}).decode("utf-8-sig").startswith(line + "External ID")


def test_quotes_that_only_look_open_under_a_wrong_separator_do_no_harm() -> None:
    data = b'External ID,Organizer,Note\n1,a@b.c,"x;""y"""\n'
    assert ids(data) == {2: "1"}


def test_an_open_quote_far_below_the_headings_is_found_before_anything_is_sent() -> None:
    data = b"External ID,Organizer\n" + b"1,a@b.c\n" * 100 + b'2,"b@c.d\n'
    with pytest.raises(Stop) as stop:
        opened(data, "roster.csv")
    assert (stop.value.problem.code, "row 102" in stop.value.problem.message) == ("csv-quote-open", True)
