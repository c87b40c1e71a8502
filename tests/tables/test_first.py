"""A first sign that both formats go all the way round."""

from __future__ import annotations

from importer.tables import SheetRequest, check_copy, read_table


def test_a_csv_goes_round():
    data = b'External ID,Subject,Organizer\r\n00042,"a ""b""\nc",x@y.z\r\n\r\nN/A,,q@y.z'
    table = read_table(data, "a.csv", SheetRequest())
    results = {row.number: {"status": "created", "dial_in_number": "+49 1"} for row in table.rows()}
    copy = table.with_results(results, ["status", "dial_in_number"])
    check_copy(table, copy, results, ["status", "dial_in_number"])
    assert [row.number for row in table.rows()] == [2, 4]
    assert copy.endswith(b"N/A,,q@y.z,created,'+49 1")
