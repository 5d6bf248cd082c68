"""`genrelens policy` as a person runs it."""

from __future__ import annotations

import json

import pytest

from genrelens.catalogue.rows import RowFilter
from genrelens.workflows.policy import DEFAULT, read_policy
from tests.catalogue.made import decide, synthetic_catalogue
from tests.cli.test_classify import genrelens


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory):
    """A catalogue of which every second song was reviewed one by one: right above 0.6, wrong below."""
    where = tmp_path_factory.mktemp("policy") / "my.db"
    with synthetic_catalogue(where, 400) as made:
        model = made.latest_model()
        rows = [row for row in made.rows(model, RowFilter(first_copies=True)) if row.top and row.tier != "not_music"]
        for row in rows[::2]:
            taken = row.probability > 0.6
            decide(made, model, row.sha256, row.top[0 if taken else 1].id, kind="accept" if taken else "second")
        for row in rows[1::6]:
            decide(made, model, row.sha256, row.genre, kind="accept", batch="bulk")
    return where


@pytest.fixture(scope="module")
def unreviewed(tmp_path_factory):
    where = tmp_path_factory.mktemp("policy") / "my.db"
    synthetic_catalogue(where, 100).close()
    return where


def test_the_default_in_words():
    assert "above 0.85" in genrelens("policy", "show").stdout
    assert "高于 0.85" in genrelens("policy", "show", "--lang", "zh").stdout


def test_a_policy_of_ones_own(tmp_path, unreviewed):
    file = tmp_path / "policy.yaml"
    assert genrelens("policy", "init", file).returncode == 0
    assert genrelens("policy", "init").stdout == file.read_text(encoding="utf-8")
    assert read_policy(file) == DEFAULT
    assert genrelens("policy", "init", file).returncode == 2
    text = "accept_above: 0.9\ngenres:\n  folk: {accept_above: 0.95}\n  World: review\nreview: {health: [CLIPPING]}\n"
    file.write_text(text + "tag_disagrees: suggest\n", encoding="utf-8")
    said = genrelens("policy", "show", "--policy", file, "-c", unreviewed).stdout
    for words in ("above 0.90", "Folk: accepted above 0.95", "World: always reviewed", "CLIPPING", "at most"):
        assert words in said
    work = json.loads(genrelens("policy", "show", "--policy", file, "-c", unreviewed, "--json").stdout)["workload"]
    assert sum(work.values()) == 100
    assert work["review"] > work["accept"] > 0
    file.write_text("accept_above: 0.9\ngenres:\n  Flok: review\n", encoding="utf-8")
    done = genrelens("policy", "show", "--policy", file)
    assert done.returncode == 2
    assert "POLICY_INVALID: policy.yaml, line 3: 'Flok' is no genre of this model: did you mean Folk?" in done.stderr


def test_the_cards_curve(unreviewed):
    said = genrelens("policy", "curve").stdout
    assert "465 test songs (model card)" in said
    assert "sums only" in said
    assert "your songs" not in said
    assert "your songs" in genrelens("policy", "curve", "-c", unreviewed).stdout
    strict = json.loads(genrelens("policy", "curve", "--strict", "--json").stdout)[0]
    assert (strict["measure"], strict["source"], len(strict["points"])) == ("strict", "card", 22)
    assert "测试歌曲" in genrelens("policy", "curve", "--lang", "zh").stdout


def test_the_curve_of_ones_own_reviews(reviewed):
    done = genrelens("policy", "curve", "-c", reviewed)
    assert done.returncode == 0, done.stderr
    for words in ("people reviewed one by one", "no fair sample", "accepted in bulk: nobody's judgement", "not seen"):
        assert words in done.stdout
    curves = json.loads(genrelens("policy", "curve", "-c", reviewed, "--per-genre", "--json").stdout)
    assert len(curves) > 10
    above = {point["above"]: point for point in curves[0]["points"]}
    assert above[0.6]["precision"] == 1.0
    assert above[0.3]["precision"] < 0.9
    assert sum(curve["judged"] for curve in curves[1:]) == curves[0]["judged"]
    assert json.loads(genrelens("policy", "curve", "-c", reviewed, "--card", "--json").stdout)[0]["source"] == "card"


def test_a_proposal_from_reviews_becomes_a_policy(reviewed, tmp_path):
    file = tmp_path / "policy.yaml"
    done = genrelens("policy", "propose", "--precision", "0.9", "-c", reviewed, "-o", file)
    assert done.returncode == 0, done.stderr
    assert "right, at least" in done.stdout
    assert "In your catalogue: " in done.stdout
    found = read_policy(file)
    assert 0.5 <= found.limits.accept_above <= 0.7
    assert "reviewed songs" in file.read_text(encoding="utf-8").splitlines()[1]
    said = json.loads(genrelens("policy", "propose", "--precision", "0.9", "-c", reviewed, "--json").stdout)
    assert said["policy"] == found.to_dict()
    assert said["point"]["low"] >= 0.9
    assert genrelens("policy", "propose", "-c", reviewed, "-o", file).returncode == 2  # it is there already
    shown = genrelens("policy", "propose", "--precision", "0.9", "-c", reviewed, "--per-genre", "--lang", "zh").stdout
    assert "嘻哈：" in shown


def test_what_cannot_be_promised_is_said(tmp_path):
    file = tmp_path / "policy.yaml"
    done = genrelens("policy", "propose", "--precision", "0.99", "-o", file)
    assert done.returncode == 1, done.stderr
    assert "99.0\u00a0% cannot be promised" in done.stdout
    assert read_policy(file).limits.accept_above == 1.0
    assert "Accepted: nothing." in genrelens("policy", "show", "--policy", file).stdout
    done = genrelens("policy", "propose", "--precision", "0.95", "--estimate")
    assert (done.returncode, "by the figure alone" in done.stdout) == (0, True)
    done = genrelens("policy", "propose", "--per-genre")
    assert (done.returncode, "POLICY_NO_EVIDENCE" in done.stderr) == (2, True)
