import pytest

from toolace_mt.errors import InputError
from toolace_mt.report.coherence import entailment_ratio, load_nli, reply_pairs
from toolace_mt.trajectory import ToolCall, ToolOutput, Trajectory, Turn

DIALOGUE = Trajectory(
    "d",
    1,
    turns=(
        Turn("user", "How warm is Oslo?"),
        Turn("assistant", "Let me look.", calls=(ToolCall("a", "t", {}),)),
        Turn("tool", outputs=(ToolOutput("a", {"degrees": 3}),)),
        Turn("assistant", "It has 3 degrees."),
        Turn("user", "Thanks."),
        Turn("assistant", "You are welcome."),
    ),
)


def test_a_reply_is_paired_with_what_it_answers_to():
    assert list(reply_pairs(DIALOGUE)) == [
        ('How warm is Oslo? {"degrees": 3}', "It has 3 degrees."),
        ("Thanks.", "You are welcome."),
    ]


def test_ratio():
    assert entailment_ratio([DIALOGUE], lambda pairs: [h[:2] == "It" for _, h in pairs]) == 0.5
    assert entailment_ratio([Trajectory("e", 1)], lambda pairs: []) is None


def test_a_missing_model_is_one_line(tmp_path):
    pytest.importorskip("transformers")
    with pytest.raises(InputError, match="cannot be loaded") as caught:
        load_nli(str(tmp_path / "nothing"))
    assert "\n" not in caught.value.message


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    """A tiny sequence classifier with random weights, saved as a real one would be."""
    transformers = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")

    def save(labels):
        path = tmp_path_factory.mktemp("nli")
        (path / "vocab.txt").write_text(
            "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "warm", "3", "you", "thanks"])
        )
        transformers.BertTokenizer(str(path / "vocab.txt")).save_pretrained(path)
        torch.manual_seed(0)
        config = transformers.BertConfig(
            vocab_size=9,
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            id2label=dict(enumerate(labels)),
            label2id={label: index for index, label in enumerate(labels)},
        )
        transformers.BertForSequenceClassification(config).save_pretrained(path)
        return str(path)

    return save


@pytest.mark.slow
def test_a_real_classifier_gives_a_verdict_for_each_pair(classifier):
    path = classifier(["Contradiction", "Entailment", "Neutral"])
    verdicts = load_nli(path)(list(reply_pairs(DIALOGUE)) * 20)
    assert len(verdicts) == 40
    assert set(verdicts) <= {True, False}


@pytest.mark.slow
def test_a_classifier_without_that_label_is_refused(classifier):
    with pytest.raises(InputError, match="expected a label `entailment`"):
        load_nli(classifier(["good", "bad"]))
