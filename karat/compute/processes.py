"""Items in processes of their own: a killed one costs its item's time, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any, Generic

from karat.compute.crew import Crew
from karat.compute.errand import Answer, packed
from karat.compute.work import AHEAD, A, B, check_count
from karat.errors import InputError, UnavailableError


@dataclass(frozen=True)
class Processes:
    """`count` items at once, each in a spawned process that has its interpreter to itself.

    The function, the items and the results are sent as bytes: the function is one of a module (or
    a method of a value that can be sent), which each process receives once. An item whose process
    dies is done again in a new one; after `attempts` deaths it is given up.
    With `gives_way` they leave the cores to others, as `karat.compute.courtesy.give_way` says.
    Raises `InputError` when `count` or `attempts` is below 1.
    """

    count: int
    attempts: int = 3
    gives_way: bool = False

    def __post_init__(self) -> None:
        check_count(self.count)
        check_count(self.attempts)

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """Yield the results; no process is left when the iterator ends, is closed or fails.

        Raises InputError for what cannot be sent, and UnavailableError, naming the item, where its
        process died `attempts` times.
        """
        crew = Crew(self.count, packed(function, f"function {function!r}"), self.gives_way)
        at_once = True
        try:
            yield from _Ordered[A, B](crew, iter(items), self.attempts).results()
            at_once = False
        finally:
            crew.close(at_once=at_once)


@dataclass
class _Ordered(Generic[A, B]):
    """Items on their way through a crew, and results that wait for their turn."""

    crew: Crew
    todo: Iterator[A]
    attempts: int
    waiting: list[int] = field(default_factory=list)
    begun: dict[int, A | None] = field(default_factory=dict)
    done: dict[int, Answer | Exception] = field(default_factory=dict)
    deaths: Counter[int] = field(default_factory=Counter)
    turn: int = 0

    def results(self) -> Iterator[B]:
        """Yield the results in order."""
        while True:
            self._hand_out()
            if not self.begun:
                return
            while self.turn not in self.done:
                for number, news in self.crew.heard():
                    self._take(number, news)
                self._hand_out()
            yield self._result()

    def _hand_out(self) -> None:
        """Give idle workers items, those that are to be done again first."""
        while len(self.begun) < AHEAD * self.crew.count and self._take_up():
            pass
        for worker in self.crew.idle(len(self.waiting)):
            if not self.waiting:
                return
            number = heappop(self.waiting)
            try:
                self.crew.give(worker, number, self.begun[number])
            except InputError as error:
                self.done[number] = error

    def _take_up(self) -> bool:
        """Take one more item; an error on the way to it comes after the results before it."""
        number = self.turn + len(self.begun)
        try:
            self.begun[number] = next(self.todo)
        except StopIteration:
            return False
        except Exception as error:  # noqa: BLE001 - raised in its place
            self.begun[number], self.done[number], self.todo = None, error, iter(())
            return False
        heappush(self.waiting, number)
        return True

    def _take(self, number: int, news: Answer | str) -> None:
        if isinstance(news, Answer):
            self.done[number] = news
            return
        self.deaths[number] += 1
        if self.deaths[number] < self.attempts:
            heappush(self.waiting, number)
        else:
            self.done[number] = UnavailableError(
                f"{self.begun[number]}: each of {self.attempts} processes that worked on it was "
                f"ended ({news}): leave it out, or do fewer at once"
            )

    def _result(self) -> Any:
        answer = self.done.pop(self.turn)
        del self.begun[self.turn]
        self.turn += 1
        if isinstance(answer, Exception):
            raise answer
        return answer.get()
