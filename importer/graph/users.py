"""Who people are: UPNs and object IDs to users of the directory, each distinct one once, hundreds in a request."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from importer.core.ports import Person, Refusal
from importer.graph.answers import Trouble, another_kind, text
from importer.graph.batches import BATCH_SIZE, ask_batch
from importer.graph.client import Ask
from importer.graph.faults import Asking, Next, find_rule, refuse
from importer.graph.questions import ME, Question, answers_another, ask_for, ask_together, concerns_all, read_people

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from importer.graph.answers import JsonObject
    from importer.graph.batches import Outcome
    from importer.graph.client import GraphClient

PARALLEL = 4
"""Requests at a time. 300 names each, so 10,000 names are nine rounds; more would only run into the limit of a
small organization, 3,500 units in 10 s at one unit for each question.
Source: https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits
"""


_ME = Ask(
    "GET",
    ME,
    Asking.PEOPLE,
    complete=lambda data: bool(text(data, "id")),
    stranger=lambda data: another_kind(data, "a person"),
)


class GraphDirectory:
    """The Directory port at Microsoft Graph. It remembers whom it has found, for `name_of`."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client
        self._names: dict[str, str] = {}
        self._batching = True
        self._me = ""

    def look_up(self, names: Collection[str]) -> Mapping[str, Person | None] | Refusal:
        """Gives for each name the person or None, asking once for names that differ in case only.

        UPNs are asked for 300 in a request, object IDs 20; where Graph refuses a batch or a filter, one by one.
        Raises Stop when sign-in fails.
        """
        found = self._ask(list({name.casefold(): name for name in names}.values()))
        if isinstance(found, Trouble):
            return refuse(found, Asking.PEOPLE)
        self._names |= {person.object_id.casefold(): person.upn for person in found.values()}
        return {name: found.get(name.casefold()) for name in names}

    def name_of(self, object_id: str) -> str:
        """Gives the UPN of somebody looked up before, else the object ID as it is."""
        return self._names.get(object_id.casefold()) or object_id

    def me(self) -> Person | Refusal:
        """Gives the signed-in user. Raises Stop when sign-in fails."""
        outcome = self._client.call(_ME)
        if isinstance(outcome, Trouble):
            return refuse(outcome, Asking.PEOPLE)
        self._me = text(outcome.data, "id")
        return Person(self._me, text(outcome.data, "userPrincipalName"))

    def my_id(self) -> str:
        """Return the signed-in user's object ID, empty as long as nobody has asked who that is."""
        return self._me

    def _ask(self, names: list[str]) -> dict[str, Person] | Trouble:
        found: dict[str, Person] = {}
        questions = ask_together(names)
        while questions:  # twice at most: a question for one person is never asked again
            answers = self._answers(questions)
            if isinstance(answers, Trouble):
                return answers
            unanswered: list[str] = []
            for question, outcome in zip(questions, answers, strict=True):
                people = read_people(question, outcome)
                if isinstance(people, Trouble):
                    return people
                if people is None:
                    unanswered += question.names
                found |= people or {}
            questions = [ask_for(name) for name in unanswered]
        return found

    def _answers(self, questions: list[Question]) -> list[Outcome] | Trouble:
        """Gives each question's outcome in order; the first trouble that concerns them all ends the asking."""
        groups = list(_groups(questions))
        answers: list[Outcome] = []
        with ThreadPoolExecutor(min(PARALLEL, len(groups)), thread_name_prefix="lookup") as pool:
            try:
                for outcomes in pool.map(self._answer, groups):
                    if isinstance(outcomes, Trouble):
                        return outcomes
                    answers += outcomes
            finally:
                pool.shutdown(wait=False, cancel_futures=True)  # after trouble or Ctrl-C nobody wants the rest
        return answers

    def _answer(self, group: list[Question]) -> list[Outcome] | Trouble:
        if len(group) > 1 and self._batching:
            outcomes = ask_batch(self._client, [question.path for question in group], stranger=_stranger_in(group))
            if not (isinstance(outcomes, Trouble) and _is_refused(outcomes)):
                return outcomes
            self._batching = False
        return self._one_by_one(group)

    def _one_by_one(self, group: list[Question]) -> list[Outcome] | Trouble:
        outcomes: list[Outcome] = []
        for question in group:
            stranger = partial(answers_another, question)
            outcome = self._client.call(Ask("GET", question.path, Asking.PEOPLE, stranger=stranger))
            if isinstance(outcome, Trouble) and concerns_all(question, outcome):
                return outcome
            outcomes.append(outcome)
        return outcomes


def _groups(questions: list[Question]) -> Iterator[list[Question]]:
    rest = iter(questions)
    while group := list(islice(rest, BATCH_SIZE)):
        yield group


def _stranger_in(group: list[Question]) -> Callable[[int, JsonObject], str]:
    """Return what looks at the answer to the question with that number, and finds whether it is another's."""
    return lambda number, data: answers_another(group[number], data)


def _is_refused(trouble: Trouble) -> bool:
    """Tells a batch that is not wanted (a proxy's rule, an imitation of Graph) from a sign-in or service at fault."""
    return trouble.status > 0 and find_rule(trouble, Asking.PEOPLE).next in (Next.GIVE_UP, Next.ONCE_MORE)
