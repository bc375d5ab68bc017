import gc

from toolace_mt.memory import by_identity, by_value, forget


def test_the_same_records_are_worked_out_once_and_equal_ones_apart() -> None:
    seen: list[list[int]] = []

    @by_identity(8)
    def total(first: list[int], second: list[int]) -> int:
        seen.append(first)
        return sum(first) + sum(second)

    one, two = [1], [2]
    assert (total(one, two), total(one, two), total(two, one)) == (3, 3, 3)
    assert total([1], two) == 3
    assert seen == [one, two, [1]]


def test_only_so_many_are_remembered_the_oldest_goes_first() -> None:
    seen: list[str] = []

    @by_identity(2)
    def note(text: str) -> str:
        seen.append(text)
        return text

    for text in ("a", "b", "c", "c", "b", "a"):
        note(text)
    assert seen == ["a", "b", "c", "a"]


def test_an_id_used_again_is_not_taken_for_the_record_that_had_it() -> None:
    @by_identity(4)
    def only(record: list[int]) -> int:
        return record[0]

    for number in range(1000):  # each list is free again at once, if nothing keeps it
        assert only([number]) == number
        if number % 100 == 0:
            gc.collect()


def test_all_is_forgotten_on_demand() -> None:
    seen: list[object] = []

    @by_identity(8)
    def first(record: list[int]) -> int:
        seen.append(record)
        return 1

    @by_value(8)
    def second(text: str) -> int:
        seen.append(text)
        return 2

    record, others = [1], [[number] for number in range(5)]
    first(record)
    for other in others:  # until the record is among the older ones
        first(other)
    seen.clear()
    forget()
    for _ in range(2):
        first(record), second("a"), first(record), second("a")
        forget()
    assert seen == [record, "a", record, "a"]
