import asyncio
import gc

import pytest

from toolace_mt.caching import Same, cached, dialogue_cache


def test_the_same_records_are_worked_out_once_and_equal_ones_apart() -> None:
    seen: list[list[int]] = []

    @cached
    def total(first: list[int], second: list[int]) -> int:
        seen.append(first)
        return sum(first) + sum(second)

    one, two = [1], [2]
    with dialogue_cache():
        assert (total(one, two), total(one, two), total(two, one)) == (3, 3, 3)
        assert total([1], two) == 3
    assert seen == [one, two, [1]]


def test_texts_are_the_same_if_they_say_the_same_and_functions_do_not_mix_theirs_up() -> None:
    seen: list[str] = []

    @cached
    def shout(text: str) -> str:
        seen.append(text)
        return text.upper()

    @cached
    def ask(text: str) -> str:
        return f"{text}?"

    @cached
    def both(text: str, record: list[int]) -> str:
        seen.append(text)
        return f"{text}{record}"

    record = [1]
    with dialogue_cache():
        assert (shout("a b"), ask("a b"), shout(" ".join(["a", "b"]))) == ("A B", "a b?", "A B")
        assert [both("".join(("x", "y")), record) for _ in range(2)] == ["xy[1]"] * 2
        assert both("xy", [1]) == "xy[1]"
    assert seen == ["a b", "xy", "xy"]


def test_values_that_are_equal_and_not_the_same_are_apart() -> None:
    @cached
    def spelt(value: object) -> str:
        return repr(value)

    with dialogue_cache():
        assert [spelt(value) for value in (1, True, 1.0, "1")] == ["1", "True", "1.0", "'1'"]


def test_nothing_is_kept_of_a_function_that_raises() -> None:
    attempts: list[int] = []

    @cached
    def fails_once(record: list[int]) -> int:
        attempts.append(1)
        if len(attempts) == 1:
            raise ValueError("once")
        return 7

    record = [1]
    with dialogue_cache():
        with pytest.raises(ValueError, match="once"):
            fails_once(record)
        assert (fails_once(record), fails_once(record)) == (7, 7)
    assert len(attempts) == 2


def test_an_id_used_again_is_not_taken_for_the_record_that_had_it() -> None:
    @cached
    def only(record: list[int]) -> int:
        return record[0]

    @cached
    def both(one: list[int], other: list[int]) -> int:
        return one[0] + other[0]

    with dialogue_cache():
        for number in range(1000):  # each list is free again at once, if nothing keeps it
            assert only([number]) == number
            if number % 100 == 0:
                gc.collect()
    same = [1]
    with dialogue_cache():
        for number in range(1000):
            assert both(same, [number]) == number + 1
            assert both([number], same) == number + 1


def test_nothing_is_remembered_outside_or_after_a_block() -> None:
    seen: list[list[int]] = []

    @cached
    def note(record: list[int]) -> int:
        seen.append(record)
        return 1

    record = [1]
    for _ in range(2):
        note(record)
        with dialogue_cache():
            note(record), note(record)
    assert len(seen) == 4


async def test_each_dialogue_has_a_memory_that_its_own_coroutines_share() -> None:
    seen: list[list[int]] = []

    @cached
    def note(record: list[int]) -> int:
        seen.append(record)
        return 1

    async def ask(record: list[int]) -> None:
        await asyncio.sleep(0)
        note(record)

    async def dialogue(record: list[int]) -> None:
        with dialogue_cache():
            await asyncio.gather(ask(record), ask(record))
            note(record)

    record = [1]
    await asyncio.gather(dialogue(record), dialogue(record))
    assert len(seen) == 2


def test_a_key_of_a_process_stands_for_one_object_and_not_for_its_equals() -> None:
    one, equal = {"const": 1}, {"const": True}
    assert one == equal
    found = {Same(one): "one"}
    assert found[Same(one)] == "one"
    assert Same(equal) not in found
    assert Same(one) != Same(equal)
