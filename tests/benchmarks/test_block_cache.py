from hypothesis import given
from hypothesis import strategies as st

from benchmarks.throughput.block_cache import BlockCache

IDS = st.lists(st.integers(0, 1), min_size=1, max_size=40)


def test_a_prompt_finds_the_blocks_of_one_that_begins_alike_but_never_all_of_itself() -> None:
    cache = BlockCache(None, 4)
    cache.end(cache.begin([1, 2, 3, 4, 5, 6, 7, 8]))
    assert cache.begin([1, 2, 3, 4, 5, 6, 7, 8]).cached == 4
    assert cache.begin([1, 2, 3, 4, 5, 6, 7, 8, 9]).cached == 8
    assert cache.begin([2, 2, 3, 4, 5, 6, 7, 8, 9]).cached == 0


def test_the_block_given_back_longest_ago_is_taken_first_and_the_end_of_a_prompt_before_it() -> (
    None
):
    cache = BlockCache(1 + 4, 4)
    first, second = [1] * 9, [2] * 5
    cache.end(cache.begin(first))  # two full blocks and a part
    cache.end(cache.begin(second))  # the part again, and the fourth
    assert cache.begin([*first[:4], 0]).cached == 4
    cache = BlockCache(1 + 4, 4)
    cache.end(cache.begin(first))
    cache.end(cache.begin([3] * 12))  # three blocks: the part, the fourth, the end of the first
    assert cache.begin(first).cached == 4


@given(st.lists(IDS, max_size=12))
def test_an_endless_cache_finds_the_longest_beginning_seen_before(prompts: list[list[int]]) -> None:
    cache = BlockCache(None, 4)
    seen: list[list[int]] = []
    for prompt in prompts:
        most = (len(prompt) - 1) // 4
        best = max(
            (
                n
                for n in range(most + 1)
                if any(s[: 4 * n] == prompt[: 4 * n] and len(s) >= 4 * n for s in seen)
            ),
            default=0,
        )
        held = cache.begin(prompt)
        assert held.cached == 4 * best
        cache.end(held)
        seen.append(prompt)
