"""Looking people up: one by one, fifteen in a filter, guests and apostrophes included."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest

from importer.sandbox import DELEGATED_TOKEN, Sandbox, object_id_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.sandbox.client import Client, Json, Reply

GUEST = "AdeleVance_adatum.com#EXT#@contoso.com"


def names(reply: Reply) -> list[str]:
    return [person["userPrincipalName"] for person in reply.json["value"]]


def filtered(client: Client, text: str, more: Json = "", **headers: str) -> Reply:
    return client.get(f"/users?$filter={quote(text)}{more}", headers=headers)


def within(upns: Iterable[str]) -> str:
    quoted = ["'" + upn.replace("'", "''") + "'" for upn in upns]
    return f"userPrincipalName in ({','.join(quoted)})"


def test_a_user_has_the_default_properties_and_a_stable_id(client: Client) -> None:
    user = client.get("/users/ana.lopez@contoso.com").json

    assert user == {
        "@odata.context": user["@odata.context"],
        "id": object_id_of("ana.lopez@contoso.com"),
        "userPrincipalName": "ana.lopez@contoso.com",
        "mail": "ana.lopez@contoso.com",
        "displayName": "Ana Lopez",
        "givenName": "Ana",
        "surname": "Lopez",
        "businessPhones": [],
        "jobTitle": None,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
    }


def test_capitals_do_not_make_another_person(client: Client) -> None:
    first = client.get("/users/Ana@Contoso.com").json
    second = client.get("/users/ana@contoso.COM").json

    assert first == second
    assert first["userPrincipalName"] == "Ana@Contoso.com"


def test_plans_are_told_on_request_and_show_who_can_be_dialled_into(client: Client) -> None:
    counts = [
        len(client.get(f"/users/{name}@contoso.com?$select=assignedPlans").json["assignedPlans"])
        for name in ("ana", "nodialin.bo", "nolicence.cy")
    ]

    assert counts == [2, 1, 0]
    assert "assignedPlans" not in client.get("/users/ana@contoso.com").json


def test_select_gives_only_what_was_asked_for(client: Client) -> None:
    user = client.get("/users/ana@contoso.com?$select=id,mail,accountEnabled").json

    assert user.keys() == {"@odata.context", "id", "mail", "accountEnabled"}


def test_an_object_id_leads_back_to_the_upn_that_was_looked_up(client: Client) -> None:
    client.get("/users/ana@contoso.com")

    assert client.get(f"/users/{object_id_of('ana@contoso.com')}").json["userPrincipalName"] == "ana@contoso.com"


def test_any_object_id_is_a_user(client: Client) -> None:
    user = client.get("/users/1F35F2E6-9cab-44ad-8d5a-b74c14720000").json

    assert user["id"] == "1f35f2e6-9cab-44ad-8d5a-b74c14720000"
    assert user["userPrincipalName"] == "user-1f35f2e6@sandbox.invalid"


@pytest.mark.parametrize("name", ["unknown.person@contoso.com", "UNKNOWN@contoso.com", "ana", "a@b", "@contoso.com"])
def test_people_who_are_not_there(client: Client, name: str) -> None:
    message = f"Resource '{name}' does not exist or one of its queried reference-property objects are not present."

    assert client.get(f"/users/{name}").refusal == (404, "Request_ResourceNotFound", message)


def test_a_guest_s_upn_is_escaped_in_the_path_and_the_mail_is_the_one_at_home(client: Client) -> None:
    user = client.get(f"/users/{quote(GUEST, safe='')}").json

    assert (user["userPrincipalName"], user["mail"]) == (GUEST, "AdeleVance@adatum.com")


def test_the_key_form_takes_dollar_signs_and_doubled_apostrophes(client: Client) -> None:
    assert client.get("/users('$x@contoso.com')").json["userPrincipalName"] == "$x@contoso.com"
    assert client.get("/users('o''neil@contoso.com')").json["userPrincipalName"] == "o'neil@contoso.com"


def test_me_is_the_signed_in_user(client: Client) -> None:
    me = client.get("/me?$select=id,userPrincipalName", token=DELEGATED_TOKEN).json

    assert (me["id"], me["userPrincipalName"]) == (object_id_of("you@contoso.com"), "you@contoso.com")


def test_a_sandbox_needs_somebody_to_be_signed_in() -> None:
    with pytest.raises(ValueError, match="nobody"):
        Sandbox(me="unknown@contoso.com")


def test_fifteen_in_a_filter_guests_and_apostrophes_among_them(client: Client) -> None:
    upns = [GUEST, "o'neil@contoso.com", "a+b&c@contoso.com", *(f"p{n}@contoso.com" for n in range(12))]

    assert names(filtered(client, within(upns), "&$select=id,userPrincipalName")) == upns


def test_a_filter_leaves_out_whom_the_directory_does_not_have(client: Client) -> None:
    upns = ["ana@contoso.com", "unknown@contoso.com", "ANA@contoso.com", "not a upn"]

    assert names(filtered(client, within(upns))) == ["ana@contoso.com"]


def test_more_than_fifteen_are_refused(client: Client) -> None:
    reply = filtered(client, within([f"p{n}@contoso.com" for n in range(16)]))

    message = (
        "Too many child clauses specified in search filter expression containing 'OR' operators: 16. Max allowed: 15"
    )
    assert reply.refusal == (400, "Request_UnsupportedQuery", message)


def test_an_advanced_query_takes_more_until_the_url_is_too_long(client: Client) -> None:
    upns = [f"p{n}@contoso.com" for n in range(40)]

    assert names(filtered(client, within(upns), "&$count=true", ConsistencyLevel="eventual")) == upns
    more = within([f"p{n}@contoso.com" for n in range(100)])
    assert filtered(client, more, "&$count=true", ConsistencyLevel="eventual").status == 400
    assert filtered(client, within(upns), "", ConsistencyLevel="eventual").status == 400


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("userPrincipalName eq 'ana@contoso.com'", ["ana@contoso.com"]),
        ("userprincipalname EQ 'o''neil@contoso.com'", ["o'neil@contoso.com"]),
        (
            "userPrincipalName eq 'ana@contoso.com' or mail eq 'ben@contoso.com'",
            ["ana@contoso.com", "ben@contoso.com"],
        ),
        ("mail in ( 'ana@contoso.com' , 'ben@contoso.com' )", ["ana@contoso.com", "ben@contoso.com"]),
        (f"id eq '{object_id_of('you@contoso.com')}'", ["you@contoso.com"]),
        ("id eq 'ana@contoso.com'", []),
        (f"userPrincipalName eq '{object_id_of('you@contoso.com')}'", []),
        ("userPrincipalName eq ''", []),
    ],
)
def test_other_filters(client: Client, text: str, found: list[str]) -> None:
    assert names(filtered(client, text)) == found


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("userPrincipalName eq 'o'neil@contoso.com'", 24),
        ("userPrincipalName in ()", 0),
        ("userPrincipalName eq ana", 0),
        ("", 0),
        ("userPrincipalName eq 'a' or ", 27),
        ("userPrincipalName eq 'a' and mail eq 'b'", 25),
        ("userPrincipalName ne 'a'", 0),
    ],
)
def test_a_filter_that_can_t_be_parsed_is_refused_with_the_place(client: Client, text: str, position: int) -> None:
    message = f"Invalid filter clause: Syntax error at position {position} in '{text}'."

    assert filtered(client, text).refusal == (400, "BadRequest", message)


def test_a_filter_by_something_else_is_refused(client: Client) -> None:
    assert filtered(client, "city eq 'Berlin'").refusal[:2] == (400, "BadRequest")


def test_a_long_answer_comes_in_pages_with_a_link_to_the_next(client: Client) -> None:
    upns = [f"p{n}@contoso.com" for n in range(5)]
    found, path = [], f"/users?$filter={quote(within(upns))}&$top=2"
    while path:
        page = client.get(path)
        found.append(names(page))
        link = urlsplit(page.json.get("@odata.nextLink", ""))
        assert not link.netloc or link.netloc == client.host
        path = f"{link.path.removeprefix('/v1.0')}?{link.query}" if link.netloc else ""

    assert found == [upns[:2], upns[2:4], upns[4:]]


def test_without_a_filter_those_met_so_far_are_listed(client: Client) -> None:
    client.get("/users/ana@contoso.com")
    client.get("/users/unknown@contoso.com")

    assert names(client.get("/users")) == ["you@contoso.com", "ana@contoso.com"]


@pytest.mark.parametrize("query", ["$top=x", "$top=-1", "$top=99999999999999999999", "$skiptoken=½"])
def test_page_sizes_that_are_no_numbers_are_refused(client: Client, query: str) -> None:
    assert client.get("/users?" + quote(query, safe="$=")).refusal[:2] == (400, "BadRequest")


def test_an_address_can_be_one_users_mail_and_nobodys_upn(client: Client) -> None:
    address = "mailonly.ana@contoso.com"

    assert client.get(f"/users/{address}").status == 404
    assert filtered(client, within([address])).json["value"] == []
    (ana,) = filtered(client, f"mail eq '{address}'", "&$select=userPrincipalName,mail").json["value"]
    assert ana == {"userPrincipalName": "signin.ana@contoso.com", "mail": address}
    assert names(filtered(client, "mail eq 'signin.ana@contoso.com'")) == []


def test_an_address_can_be_the_mail_of_two_users(client: Client) -> None:
    found = filtered(client, "mail in ('mailtwins@contoso.com','ana@contoso.com')", "&$select=userPrincipalName,mail")

    assert [(one["userPrincipalName"], one["mail"]) for one in found.json["value"]] == [
        ("one.mailtwins@contoso.com", "mailtwins@contoso.com"),
        ("two.mailtwins@contoso.com", "mailtwins@contoso.com"),
        ("ana@contoso.com", "ana@contoso.com"),
    ]


def searched(client: Client, text: str, level: str = "eventual") -> Reply:
    return client.get(f"/users?$search={quote(text)}&$select=userPrincipalName", headers={"ConsistencyLevel": level})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ana Ruiz", ["ana.ruiz"]),
        ("Ruiz, Ana", ["ana.ruiz"]),
        ("zo\u00eb o'neil-smith", ["zo\u00eb.o.neil.smith"]),
        ("AnaRuiz", ["ana.ruiz"]),
        ("Twins Lopez", ["twins.lopez", "twins.lopez.2"]),
        ("Ana", ["ana.lopez", "ana.ruiz"]),
        ("Unknown Person", []),
        ("'", []),
    ],
)
def test_people_are_searched_for_by_the_words_of_their_display_names(
    client: Client, text: str, found: list[str]
) -> None:
    assert names(searched(client, f'"displayName:{text}"')) == [f"{one}@sandbox.invalid" for one in found]


def test_words_are_found_in_any_order_and_the_exact_name_by_a_filter(client: Client) -> None:
    searched(client, '"displayName:Ana Maria Ruiz"')

    assert names(searched(client, '"displayName:ruiz ANA"')) == [
        "ana.maria.ruiz@sandbox.invalid",
        "ruiz.ana@sandbox.invalid",
    ]
    assert names(filtered(client, "displayName eq 'Ana Maria RUIZ'")) == ["ana.maria.ruiz@sandbox.invalid"]


def test_a_search_wants_its_header(client: Client) -> None:
    message = (
        "Request with $search query parameter only works through MSGraph with a special request header: "
        "'ConsistencyLevel: eventual'"
    )

    assert searched(client, '"displayName:Ana Ruiz"', level="").refusal == (400, "Request_UnsupportedQuery", message)


@pytest.mark.parametrize("text", ["Ana Ruiz", "displayName:Ana", '"mail:ana"', '""', '"displayName:"'])
def test_a_search_that_is_no_property_and_text_in_quotation_marks_is_refused(client: Client, text: str) -> None:
    assert searched(client, text).refusal[:2] == (400, "BadRequest")
