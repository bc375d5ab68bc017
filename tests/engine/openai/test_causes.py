from toolace_mt.engine.openai.causes import Causes


def test_causes_that_differ_in_numbers_and_ids_are_one() -> None:
    causes = Causes()
    for second in range(12):
        causes.add(f"HTTP 429: slow down, try again in {second}.5 s (req-8f{second}aa0b)")
    causes.add("no answer within 120 s")
    assert causes.told().startswith("12 x HTTP 429: slow down, try again in 0.5 s")
    assert causes.told().endswith("; 1 x no answer within 120 s")


def test_the_rarest_are_only_counted() -> None:
    causes = Causes()
    for word in ("one", "two", "three", "four", "five"):
        causes.add(word)
    assert causes.told().endswith("; 2 others")


def test_trouble_is_told_within_a_minute_once_a_minute_and_ends_with_an_answer() -> None:
    causes = Causes()
    causes.good(100.0)
    assert causes.trouble(110.0, 8, 120.0) == ""
    first = causes.trouble(146.0, 8, 120.0)
    assert "no good answer for 46 s, requests open: 8; no error either" in first
    assert "toolace-mt retry" in first
    causes.add("HTTP 503: busy")
    assert causes.trouble(200.0, 8, 120.0) == first
    assert "106 s, requests open: 8; 1 x HTTP 503: busy" in causes.trouble(206.0, 8, 120.0)
    causes.good(210.0)
    assert causes.trouble(211.0, 8, 120.0) == ""


def test_idle_is_no_trouble() -> None:
    assert Causes().trouble(1000.0, 0, 120.0) == ""
