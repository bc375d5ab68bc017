import pytest
import yaml
from export_examples import mixed, published, settings

from toolace_mt.__main__ import main
from toolace_mt.run.directory import RunDir
from toolace_mt.run.lease import owned


@pytest.fixture
def run(tmp_path):
    path = published(tmp_path / "run", mixed(), 2)
    plain = settings(path, 5).model_dump(mode="json")
    (path / "config.yaml").write_text(yaml.safe_dump(plain))
    return path


def formats(folder) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_dir()}


def test_other_formats_come_beside_those_of_the_run(run, capsys):
    assert main(["export", str(run), "--format", "sharegpt", "atif"]) == 0
    assert formats(run / "dataset") == {"openai", "plain", "sharegpt", "atif", "failed"}
    assert capsys.readouterr().out == (
        f"2 accepted, 2 rejected, 1 failed\ndataset: {run / 'dataset'}\n"
    )


def test_elsewhere_there_are_only_those_named(run, tmp_path):
    out = tmp_path / "deep" / "out"
    assert main(["export", str(run), "--format", "messages_json", "--out", str(out)]) == 0
    assert formats(out) == {"messages_json", "failed"}
    assert not (run / "dataset").exists()
    header = yaml.safe_load((out / "README.md").read_text().split("---")[1])
    assert [config["config_name"] for config in header["configs"]] == ["messages_json", "failed"]


def test_what_is_there_is_never_replaced_elsewhere(run, tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("all of it")
    assert main(["export", str(run), "--out", str(tmp_path / "mine")]) == 2
    assert "is there and not empty; name a new directory" in capsys.readouterr().err
    assert (tmp_path / "mine" / "thesis.tex").read_text() == "all of it"


def test_what_is_wrong_is_a_line(run, tmp_path, capsys):
    assert main(["export", str(run), "--format", "strings"]) == 2
    assert "format 'strings' is gone" in capsys.readouterr().err
    assert main(["export", str(tmp_path)]) == 2
    assert "no run is here (config.yaml is missing)" in capsys.readouterr().err
    with owned(RunDir(run)):
        assert main(["export", str(run)]) == 1
    assert "Traceback" not in capsys.readouterr().err
    assert not (run / "dataset").exists()
