"""From a state dict to a bundle that answers as torch does."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from genrelens.audio.windows import listen
from genrelens.errors import CheckpointError, TeachError
from genrelens.listening.analyze import analyze, predict_genre
from genrelens.listening.model import load_model
from genrelens.listening.picture import PictureSpec
from genrelens.workflows import import_checkpoint as module
from genrelens.workflows.import_checkpoint import LABEL_SETS, import_checkpoint, read_labels
from tests.workflows.conftest import RATE, noise_between

REASON = "importing needs torch and onnx: pip install 'genrelens[import]'"
if os.environ.get("GENRELENS_REQUIRE_CORPUS") == "1":
    import torch  # where nothing may be skipped, a missing torch is a failure
else:
    torch = pytest.importorskip("torch", reason=REASON)

THREE = ("low", "high", "<b>other</b>")


def plain_head(state, classes, random):
    state |= {"heads.head.weight": 0.1 * random(classes, 768), "heads.head.bias": random(classes)}


def ccmusic_head(state, classes, random, place="heads.head"):
    from genrelens.workflows.vit import ccmusic_widths

    widths = [768, *ccmusic_widths(classes)]
    for index, width, out in zip((1, 4, 7, 9), widths, widths[1:], strict=False):
        state |= {f"{place}.{index}.weight": random(out, width) / width**0.5, f"{place}.{index}.bias": random(out)}


def state_dict(layers=2, classes=3, head=plain_head, older=False, size=224):
    """Random weights under the names and of the shapes of torchvision's `vit_b_16`."""
    generator = torch.Generator().manual_seed(layers * 100 + classes)

    def random(*shape):
        return torch.randn(*shape, generator=generator)

    def linear(out, width):
        return random(out, width) / width**0.5

    first, second = ("mlp.linear_1", "mlp.linear_2") if older else ("mlp.0", "mlp.3")
    state = {
        "class_token": random(1, 1, 768),
        "conv_proj.weight": random(768, 3, 16, 16) / 768**0.5,
        "conv_proj.bias": 0.1 * random(768),
        "encoder.pos_embedding": random(1, (size // 16) ** 2 + 1, 768),
    }
    for number in range(layers):
        name = f"encoder.layers.encoder_layer_{number}"
        state |= {
            f"{name}.ln_1.weight": 1 + 0.1 * random(768),
            f"{name}.ln_1.bias": 0.1 * random(768),
            f"{name}.self_attention.in_proj_weight": linear(3 * 768, 768),
            f"{name}.self_attention.in_proj_bias": 0.1 * random(3 * 768),
            f"{name}.self_attention.out_proj.weight": linear(768, 768),
            f"{name}.self_attention.out_proj.bias": 0.1 * random(768),
            f"{name}.ln_2.weight": 1 + 0.1 * random(768),
            f"{name}.ln_2.bias": 0.1 * random(768),
            f"{name}.{first}.weight": linear(3072, 768),
            f"{name}.{first}.bias": 0.1 * random(3072),
            f"{name}.{second}.weight": linear(768, 3072),
            f"{name}.{second}.bias": 0.1 * random(768),
        }
    state |= {"encoder.ln.weight": 1 + 0.1 * random(768), "encoder.ln.bias": 0.1 * random(768)}
    head(state, classes, random)
    return state


def saved(folder, state, name="save.pt"):
    torch.save(state, folder / name)
    return folder / name


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A checkpoint of two layers and three classes, and the bundle made of it."""
    folder = tmp_path_factory.mktemp("small")
    path = saved(folder, state_dict())
    imported = import_checkpoint(path, THREE, "small", folder / "bundle")
    return path, folder / "bundle", imported


def reference(state, pictures):
    """The same network put together from torch's own layers: another hand than `vit.py`."""
    from torch import nn

    layers = len({name.split(".")[2] for name in state if name.startswith("encoder.layers.")})
    layer = nn.TransformerEncoderLayer(
        768, 12, 3072, activation="gelu", batch_first=True, norm_first=True, layer_norm_eps=1e-6
    )
    final = nn.LayerNorm(768, eps=1e-6)
    body = nn.TransformerEncoder(layer, layers, final, enable_nested_tensor=False).eval()
    pairs = "self_attn self_attention linear1 mlp.0 linear2 mlp.3 norm1 ln_1 norm2 ln_2".split()
    names = {f"{theirs}.": f"{ours}." for theirs, ours in zip(pairs[::2], pairs[1::2], strict=True)}
    weights = {"norm.weight": state["encoder.ln.weight"], "norm.bias": state["encoder.ln.bias"]}
    for name in body.state_dict():
        if name.startswith("layers."):
            _, number, rest = name.split(".", 2)
            for theirs, ours in names.items():
                rest = rest.replace(theirs, ours)
            weights[name] = state[f"encoder.layers.encoder_layer_{number}.{rest}"]
    body.load_state_dict(weights)
    with torch.inference_mode():
        patches = torch.nn.functional.conv2d(
            torch.from_numpy(pictures), state["conv_proj.weight"], state["conv_proj.bias"], stride=16
        )
        tokens = patches.flatten(2).transpose(1, 2)
        tokens = (
            torch.cat([state["class_token"].expand(len(tokens), -1, -1), tokens], 1) + state["encoder.pos_embedding"]
        )
        embedding = body(tokens)[:, 0]
        return (embedding @ state["heads.head.weight"].T + state["heads.head.bias"]).numpy(), embedding.numpy()


def code_of(function, *arguments, **options):
    with pytest.raises((CheckpointError, TeachError)) as caught:
        function(*arguments, **options)
    return caught.value


def test_the_bundle_answers_as_torchs_own_layers_do(small):
    path, folder, imported = small
    assert imported.difference < 1e-4
    pictures = np.random.default_rng(0).uniform(-1, 1, (3, 3, 224, 224)).astype(np.float32)
    hearing = load_model(folder)._ear.hear({"picture": pictures})
    logits, embedding = reference(torch.load(path, weights_only=True), pictures)
    np.testing.assert_allclose(hearing.logits, logits, atol=1e-4)
    np.testing.assert_allclose(hearing.embedding, embedding, atol=1e-4)


def test_what_the_bundle_says(small):
    _, folder, imported = small
    bundle = load_model(folder).bundle
    assert (bundle.labels, bundle.evidence, bundle.window_s) == (THREE, "none", 11.4)
    assert bundle.inputs[0].spec == PictureSpec(bundle.inputs[0].spec.mel)
    assert (bundle.sample_rate, bundle.calibration.calibrated, bundle.calibration.tiers) == (22_050, False, {})
    values = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    assert values["training"]["max_abs_difference_from_torch"] == imported.difference
    assert values["training"]["network"] == {"layout": "vit_b_16", "layers": 2, "head": "linear"}


def test_a_song_goes_through_the_product(small):
    from genrelens.cli.report import Report
    from genrelens.studio.verdict import render, render_facts

    model = load_model(small[1])
    sound = noise_between(200, 3000, seed=1, seconds=30)
    answer = analyze(model, sound, sample_rate=RATE)
    assert answer.not_music is None
    assert answer.tier != "not_music"
    assert set(answer.prediction_set) == set(THREE)
    assert answer.embedding.shape == (768,)
    assert answer.to_dict()["model"]["calibrated"] is False
    assert sum(p for _, p in predict_genre(model, sound, sample_rate=RATE)) == pytest.approx(1)
    page = render(answer) + render_facts(answer)
    assert "not calibrated" in page
    assert "Prediction set" not in page
    assert "<b>other" not in page
    assert "未经校准" in page
    Report("en").write(small[0], answer)


def test_it_can_be_taught(small, sounds, tmp_path):
    from genrelens.workflows.teaching.examples import read_examples
    from genrelens.workflows.teaching.lesson import listen_to
    from genrelens.workflows.teaching.teach import teach
    from genrelens.workflows.writing import write_bundle

    model = load_model(small[1])
    lesson = listen_to(model, read_examples(sounds, model.bundle.labels).songs, listen)
    taught = teach(model.bundle, lesson)
    assert taught.figures["accuracy"] > 0.8
    write_bundle(model.bundle, taught, "noises", tmp_path / "noises")
    answer = analyze(load_model(tmp_path / "noises"), noise_between(3000, 7000, 5), sample_rate=RATE)
    assert answer.top[0].id == "hiss"
    assert answer.model.calibrated


@pytest.mark.parametrize("place", ["heads.head", "heads", "classifier"])
def test_the_ccmusic_head(tmp_path, place):
    state = state_dict(1, 16, lambda *arguments: ccmusic_head(*arguments, place=place))
    imported = import_checkpoint(saved(tmp_path, state), LABEL_SETS["ccmusic"], "cc", tmp_path / "cc")
    assert (imported.head, imported.warnings) == ("ccmusic", ())
    assert imported.difference < 1e-4


def test_the_ccmusic_head_is_four_layers_with_relu_between():
    """By hand: q = (768 / 16)^(1/4) = 2.632, so 42, 110 and 289 values inside."""
    from genrelens.workflows.vit import _VisionTransformer, ccmusic_widths

    assert ccmusic_widths(16) == [289, 110, 42, 16]
    heads = _VisionTransformer(0, 16, 224, 3072, ccmusic_widths(16)).heads
    assert [type(layer).__name__ for layer in heads] == ["Linear", "ReLU"] * 3 + ["Linear"]


def test_our_genres_on_a_ccmusic_head_are_doubted(tmp_path):
    from genrelens.taxonomy import GENRES

    state = state_dict(1, 16, ccmusic_head)
    imported = import_checkpoint(saved(tmp_path, state), [genre.id for genre in GENRES], "x", tmp_path / "x")
    assert "--label-set ccmusic" in imported.warnings[0]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: {"state_dict": state, "epoch": 3},
        lambda state: {"model": {f"module.{name}": tensor for name, tensor in state.items()}},
        lambda state: {name: tensor.half() for name, tensor in state.items()},
    ],
)
def test_wrapped_prefixed_older_and_half(tmp_path, wrap):
    path = saved(tmp_path, wrap(state_dict(1, 2, older=True)))
    assert import_checkpoint(path, ["a", "b"], "w", tmp_path / "w").layers == 1


def test_full_depth(tmp_path):
    """The real thing, 86 million parameters."""
    path = saved(tmp_path, state_dict(12, 16, ccmusic_head))
    imported = import_checkpoint(path, LABEL_SETS["ccmusic"], "full", tmp_path / "full")
    assert imported.layers == 12
    assert imported.difference < 1e-4
    print(f"largest difference from torch at full depth: {imported.difference:.2e}")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.pop("encoder.ln.bias"), "encoder.ln.bias"),
        (lambda s: s.update(extra=torch.zeros(2)), "extra"),
        (lambda s: s.pop("encoder.layers.encoder_layer_0.ln_1.weight"), "ln_1.weight"),
        (lambda s: s.update({"class_token": torch.zeros(1, 1, 5)}), "class_token"),
        (lambda s: s.pop("heads.head.weight"), "head"),
        (lambda s: (s.pop("heads.head.weight"), s.pop("heads.head.bias")), "there is none"),
        (lambda s: s.update({"classifier.weight": torch.zeros(3, 768)}), "classifier and heads.head"),
        (lambda s: s.update({"heads.head.weight": torch.zeros(3, 1024)}), "(3, 1024)"),
        (lambda s: s.update({"conv_proj.weight": torch.zeros(1024, 3, 16, 16)}), "conv_proj.weight [1024"),
        (lambda s: s.update({"encoder.pos_embedding": torch.zeros(1, 100, 768)}), "no square"),
        (lambda s: s.update(note="hello"), "note is no tensor"),
    ],
)
def test_another_network_is_named_not_guessed(tmp_path, change, words):
    state = state_dict(1)
    change(state)
    error = code_of(import_checkpoint, saved(tmp_path, state), THREE, "x", tmp_path / "x")
    assert (error.code, words in error.message) == ("CHECKPOINT_UNKNOWN", True), error.message
    assert not (tmp_path / "x").exists()


def test_four_layers_of_other_widths_are_not_ccmusics(tmp_path):
    state = state_dict(1, 16, ccmusic_head)
    state["heads.head.4.weight"], state["heads.head.4.bias"] = torch.zeros(111, 289), torch.zeros(111)
    state["heads.head.7.weight"] = torch.zeros(42, 111)
    error = code_of(import_checkpoint, saved(tmp_path, state), LABEL_SETS["ccmusic"], "x", tmp_path / "x")
    assert error.code == "CHECKPOINT_UNKNOWN"


class Evil:
    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return (os.mkdir, (self.folder,))


def test_code_in_a_checkpoint_never_runs(tmp_path):
    path = saved(tmp_path, {"model": Evil(tmp_path / "was-here")})
    error = code_of(import_checkpoint, path, THREE, "x", tmp_path / "x")
    assert (error.code, "more than weights" in error.message) == ("CHECKPOINT_UNREADABLE", True)
    assert not (tmp_path / "was-here").exists()


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04 broken"])
def test_what_is_no_checkpoint(tmp_path, content):
    (tmp_path / "save.pt").write_bytes(content)
    assert code_of(import_checkpoint, tmp_path / "save.pt", THREE, "x", tmp_path / "x").code == "CHECKPOINT_UNREADABLE"


def test_what_is_not_there_or_no_number(tmp_path):
    assert code_of(import_checkpoint, tmp_path / "no.pt", THREE, "x", tmp_path / "x").code == "CHECKPOINT_UNREADABLE"
    state = state_dict(1)
    state["encoder.ln.bias"][3] = float("nan")
    error = code_of(import_checkpoint, saved(tmp_path, state), THREE, "x", tmp_path / "x")
    assert (error.code, "encoder.ln.bias" in error.message) == ("CHECKPOINT_UNREADABLE", True)


def test_labels_must_be_given_and_fit(tmp_path):
    path = saved(tmp_path, state_dict(1, 3))
    error = code_of(import_checkpoint, path, None, "x", tmp_path / "x")
    assert (error.code, error.details["classes"], "CCMUSIC" in error.message) == ("CHECKPOINT_LABELS", 3, False)
    error = code_of(import_checkpoint, path, ["a", "b"], "x", tmp_path / "x")
    assert "3 classes, the list has 2" in error.message


def test_sixteen_classes_without_names_are_not_our_genres(tmp_path):
    path = saved(tmp_path, state_dict(1, 16))
    error = code_of(import_checkpoint, path, None, "x", tmp_path / "x")
    assert "16 classes" in error.message
    assert "--label-set ccmusic" in error.message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a\n\nb", "line 2"),
        (b"a\nb\na\n", "line 3"),
        (b"\xff\xfe", "UTF-8"),
        (b"a\x07\nb", "line 1"),
        (b"", "classes"),
        (b"x" * 81 + b"\ny", "line 1"),
    ],
)
def test_lists_that_are_refused(tmp_path, content, words):
    (tmp_path / "labels.txt").write_bytes(content)
    path = saved(tmp_path, state_dict(1, 3))
    error = code_of(
        lambda: import_checkpoint(path, read_labels(tmp_path / "labels.txt"), "x", tmp_path / "x")
    )  # an empty list is read, and fits nothing
    assert (error.code, words in error.message) == ("CHECKPOINT_LABELS", True), error.message


def test_a_list_as_windows_writes_it(tmp_path):
    (tmp_path / "labels.txt").write_bytes("\ufeff民谣\r\n Rock \r\n".encode())
    assert read_labels(tmp_path / "labels.txt") == ("民谣", "Rock")
    assert code_of(read_labels, tmp_path / "none.txt").code == "CHECKPOINT_LABELS"


def test_ccmusic_is_sixteen_other_classes():
    from genrelens.taxonomy import GENRES

    assert len(set(LABEL_SETS["ccmusic"])) == 16
    assert not set(LABEL_SETS["ccmusic"]) & {genre.id for genre in GENRES}


def test_a_network_that_answers_otherwise_is_refused(small, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "TOLERANCE", 1e-12)
    error = code_of(import_checkpoint, small[0], THREE, "x", tmp_path / "x")
    assert (error.code, error.details["difference"] > 0) == ("CHECKPOINT_DIFFERS", True)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_replaced_unless_told(small, tmp_path):
    path = saved(tmp_path, state_dict(1))
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "diary.txt").write_text("mine")
    assert code_of(import_checkpoint, path, THREE, "x", tmp_path / "x", force=True).code == "TEACH_OUT_EXISTS"
    import_checkpoint(path, THREE, "y", tmp_path / "y")
    assert code_of(import_checkpoint, path, THREE, "y", tmp_path / "y").code == "TEACH_OUT_EXISTS"
    import_checkpoint(path, THREE, "z", tmp_path / "y", force=True, window_s=5.0)
    assert (load_model(tmp_path / "y").bundle.name, load_model(tmp_path / "y").bundle.window_s) == ("z", 5.0)


def test_without_torch_it_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    error = code_of(import_checkpoint, tmp_path / "save.pt", THREE, "x", tmp_path / "x")
    assert error.code == "IMPORT_NOT_INSTALLED"
    assert "genrelens[import]" in error.hint
