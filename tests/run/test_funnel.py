from export_examples import dialogue, mixed, published

from toolace_mt.run.status import read_funnel
from toolace_mt.trajectory import Trajectory


def test_counts_what_is_published(tmp_path):
    funnel = read_funnel(published(tmp_path, mixed(), 2), 5)
    assert funnel.outcomes == {"accepted": 2, "rejected": 1, "undecided": 1, "failed": 1}
    assert funnel.verified == funnel.planned == 5
    assert funnel.pass_rate == 0.4
    assert list(funnel.stages) == ["initialization", "refinement", "verification"]
    assert (funnel.stages["refinement"].alive, funnel.stages["refinement"].failed) == (4, 1)
    assert funnel.findings == {"repetition": 2}
    assert funnel.failures == {"sub-task #: cut off": 1}
    assert funnel.answers == {"naturalness": {"pass": 4}}


def test_a_run_that_has_published_nothing(tmp_path):
    funnel = read_funnel(tmp_path, 8)
    assert (funnel.planned, funnel.verified, funnel.pass_rate) == (8, 0, None)
    assert funnel.stages == {}


def test_a_run_under_way(tmp_path):
    published(tmp_path, [dialogue(), Trajectory("x", 1, failure="no plan")], 1)
    for path in (tmp_path / "shards" / "verification").iterdir():
        path.unlink()
    funnel = read_funnel(tmp_path, 8)
    assert (funnel.stages["initialization"].alive, funnel.verified) == (1, 0)
