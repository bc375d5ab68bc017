from dataclasses import replace

from export_examples import dialogue

from toolace_mt.dataset.profile import Profile


def test_accepted_dialogues_are_counted_by_what_they_hold() -> None:
    one, rejected = dialogue("d-1"), dialogue("d-2", "rejected")
    short = replace(one, turns=one.turns[:2], edits=())
    profile = Profile()
    for each in (one, one, short, rejected):
        profile.add(each)
    calls = [sum(len(turn.calls) for turn in each.turns) for each in (one, short)]
    users = [sum(turn.role == "user" for turn in each.turns) for each in (one, short)]
    kinds = [edit.kind for edit in one.edits if edit.judgement.adopted]
    injected = [kind for kind in kinds if kind != "refinement"]
    assert profile.turns == {len(one.turns): 2, 2: 1}
    assert profile.user_turns == {users[0]: 2, users[1]: 1}
    assert profile.calls == {calls[0]: 2, calls[1]: 1}
    assert profile.injections == {len(injected): 2, 0: 1}
    assert profile.injection_kinds == {kind: 2 * injected.count(kind) for kind in injected}
    assert profile.domains == {tool.domain: 3 for tool in one.tools}
    outputs = [output.status for turn in one.turns for output in turn.outputs]
    assert profile.statuses == {status: 2 * outputs.count(status) for status in outputs}
