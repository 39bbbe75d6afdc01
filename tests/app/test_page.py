"""The page without a browser: what is on it, and what each control does to it."""

import io
import pickle
import re
from dataclasses import replace

import pytest
import requests
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest
from torchvision.models import get_model

from tests.conftest import ROOT

LETTERS = {"model": "letters", "image": "letter-t", "steps": "6"}


@pytest.fixture
def run():
    """run(**query) -> the page as a new session with that address sees it."""

    def opener(**query):
        page = AppTest.from_file(str(ROOT / "explorer" / "app.py"), default_timeout=120)
        for name, value in query.items():
            page.query_params[name] = value
        return page.run()

    return opener


def html(page):
    """All HTML of the page as one text."""
    return " ".join(block.proto.body for block in page.get("html"))


def widget(page, kind, label):
    """The widget of that kind and label; fails where there is not exactly one."""
    (found,) = [w for w in page.get(kind) if w.label == label]
    return found


def with_own_model_open(page):
    """The page after "Own model" was opened; its form is drawn from then on."""
    page.session_state["own-model"] = True
    return page.run()


def test_the_page_opens_on_an_explained_example(run):
    page = run()
    assert not page.exception
    assert "Why “fireboat”?" in html(page)
    assert "truth: fireboat" in html(page)
    assert re.search(r"✓ error about [345]\s% after \d\d gradients", html(page))
    assert "stopped within the tolerance of 5" in html(page)
    assert "of the positive attribution lies on the" in html(page)


def test_a_misclassified_sample_says_so_plainly(run):
    assert "misclassified: this is a child" in html(run(image="child-railing", steps="4"))


def settings(page):
    """The request as it is set on the page, and its method's settings."""
    return page.session_state.request, page.session_state.request.method.values


def test_changing_one_control_keeps_the_others(run):
    page = run(**LETTERS, baseline="grey", target="Z", rule="left")
    widget(page, "number_input", "Steps").set_value(9).run()
    now, method = settings(page)
    assert (now.model, now.image, str(now.baseline)) == ("letters", "letter-t", "grey")
    assert (now.target, method["rule"], method["steps"]) == ("Z", "left", 9)
    assert not page.exception


def test_each_control_changes_the_request(run):
    page = run(**LETTERS)
    widget(page, "selectbox", "Baseline").set_value("white").run()
    assert page.session_state.request.baseline.name == "white"
    widget(page, "selectbox", "Why").set_value("L").run()
    assert "Why “L”?" in html(page)
    widget(page, "selectbox", "rather than").set_value("Z").run()
    assert "Why “L” rather than Z?" in html(page)
    assert page.session_state.request.score == "logit-difference"
    widget(page, "selectbox", "rather than").set_value("").run()
    widget(page, "selectbox", "Score").set_value("logit").run()
    assert page.session_state.request.score == "logit"
    widget(page, "selectbox", "Rule").set_value("trapezoid").run()
    assert settings(page)[1]["rule"] == "trapezoid"
    assert not page.exception


def test_switching_the_rule_is_never_refused_and_loses_nothing(run):
    page = run(**LETTERS, rule="left")
    widget(page, "number_input", "Steps").set_value(1).run()
    widget(page, "selectbox", "Rule").set_value("adaptive").run()
    _, method = settings(page)
    assert (method["rule"], method["steps"], method.get("tolerance")) == ("adaptive", 100, 0.05)
    assert "Gradients go where the map still changes" in " ".join(c.value for c in page.caption)
    widget(page, "number_input", "Tolerance (%)").set_value(12.5).run()
    widget(page, "number_input", "At most").set_value(30).run()
    widget(page, "selectbox", "Rule").set_value("trapezoid").run()
    _, method = settings(page)
    assert (method["rule"], method["steps"], method.get("tolerance")) == ("trapezoid", 1, None)
    widget(page, "selectbox", "Rule").set_value("right").run()
    assert settings(page)[1]["steps"] == 1
    widget(page, "selectbox", "Rule").set_value("adaptive").run()
    _now, method = settings(page)
    assert (method["steps"], method["tolerance"]) == (30, 0.125)
    assert widget(page, "number_input", "Tolerance (%)").value == 12.5
    assert not page.warning
    assert not page.exception


def test_a_rule_with_fixed_nodes_begins_with_fifty_steps(run):
    page = run(model="letters", image="letter-t")
    widget(page, "selectbox", "Rule").set_value("gauss-legendre").run()
    assert settings(page)[1]["steps"] == 50
    left = run(model="letters", image="letter-t", rule="left")
    assert settings(left)[1]["steps"] == 50


@pytest.mark.parametrize("tolerance", ["0.001", "0.9", "0.0333"])
def test_a_tolerance_in_the_address_comes_back_in_the_address_and_the_control(run, tolerance):
    page = run(model="letters", image="letter-t", tolerance=tolerance)
    assert not page.exception
    assert f"tolerance={tolerance}," in "".join(page.query_params["method"])
    shown = widget(page, "number_input", "Tolerance (%)").value
    assert shown == pytest.approx(100 * float(tolerance))


def test_a_model_that_is_forgotten_leaves_rule_steps_and_tolerance(run):
    page = run(**LETTERS, tolerance="0.2", baseline="grey")
    page.session_state.request = replace(page.session_state.request, model="own-forgotten")
    page.run()
    now, method = settings(page)
    assert now.model == "scenes-shortcut"
    assert (method["rule"], method["steps"], method.get("tolerance")) == ("adaptive", 6, 0.2)
    assert now.baseline.name == "grey"


def test_a_contrast_taken_back_restores_the_score_that_was_set(run):
    page = run(**LETTERS, score="log-probability", target="T")
    widget(page, "selectbox", "rather than").set_value("Z").run()
    widget(page, "selectbox", "rather than").set_value("").run()
    assert page.session_state.request.score == "log-probability"


def test_the_settings_of_a_baseline_appear_and_are_kept_while_another_is_looked_at(run):
    page = run(**LETTERS, baseline="gaussian")
    widget(page, "number_input", "Strength").set_value(0.3).run()
    widget(page, "number_input", "Seed").set_value(5).run()
    assert str(page.session_state.request.baseline) == "gaussian:strength=0.3,seed=5"
    widget(page, "selectbox", "Baseline").set_value("black").run()
    widget(page, "selectbox", "Baseline").set_value("gaussian").run()
    assert str(page.session_state.request.baseline) == "gaussian:strength=0.3,seed=5"


def test_switching_the_model_keeps_what_the_new_one_knows_and_comes_back_to_the_image(run):
    page = run(image="child-railing", steps="3", baseline="grey", target="child")
    widget(page, "selectbox", "Model").set_value("scenes-fair").run()
    now, _ = settings(page)
    assert (now.image, now.target, now.baseline.name) == ("child-railing", "child", "grey")
    widget(page, "selectbox", "Model").set_value("letters").run()
    now, _method = settings(page)
    assert (now.image, now.target, now.baseline.name) == ("letter-c", None, "grey")
    widget(page, "selectbox", "Model").set_value("scenes-shortcut").run()
    assert page.session_state.request.image == "child-railing"
    assert not page.exception


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"model": "nothing"}, "There is no model"),
        ({"image": "nothing"}, "There is no image"),
        ({"image": "own-0123456789abcdef"}, "own image"),
        ({"target": "zeppelin"}, "has no class"),
        ({"against": "zeppelin"}, "has no class"),
        ({"target": "child", "against": "child"}, "cannot be compared with itself"),
        ({"steps": "-3"}, "whole number from 1"),
        ({"baseline": "pink"}, "expected a baseline"),
        ({"clip": "900"}, "clip must be a number"),
        ({"show": "<script>"}, "show must be one of"),
    ],
    ids=lambda value: (
        "&".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else ""
    ),
)
def test_a_bad_value_in_the_address_falls_back_with_a_message_and_keeps_the_rest(run, query, said):
    page = run(**{"steps": "3", "rule": "left", **query})
    assert not page.exception
    assert any(said in warning.value.replace("\\", "") for warning in page.warning)
    assert settings(page)[1]["rule"] == "left"
    assert "Why “" in html(page)


def test_a_contrast_of_the_prediction_with_itself_is_one_sentence_and_loses_nothing(run):
    page = run(**LETTERS)
    widget(page, "selectbox", "rather than").set_value("T").run()
    assert "two different classes" in page.error[0].value
    assert "Why “T”?" in html(page)  # the previous explanation stays
    widget(page, "selectbox", "rather than").set_value("").run()
    assert not page.error


def test_too_few_steps_are_called_so_and_the_button_adds_some(run):
    page = run(steps="2", rule="midpoint", image="fireboat-spray")
    assert re.search(r"! error about \d\d\s% after 2 gradients", html(page))
    assert button(page).label == "Use 4 steps"
    button(page).click().run()
    assert settings(page)[1]["steps"] == 4


def test_one_gradient_says_nothing_about_its_error(run):
    page = run(steps="1", rule="midpoint", image="fireboat-spray")
    assert "! error unknown after 1 gradient" in html(page)
    assert button(page).label == "Use 2 steps"


def test_a_map_at_its_limit_is_given_room_to_halve_its_error(run):
    page = run(steps="7", image="fireboat-spray")
    assert "stopped at its limit, before the tolerance of 5" in html(page)
    assert button(page).label == "Halve the error"
    button(page).click().run()
    _now, method = settings(page)
    assert (method["steps"], method["tolerance"]) == (14, 0.05)


def test_a_coarse_map_within_its_tolerance_is_asked_for_half_of_it(run):
    page = run(tolerance="0.3", steps="8", image="fireboat-spray")
    assert "stopped within the tolerance of 30" in html(page)
    before = settings(page)[1]["tolerance"]
    button(page).click().run()
    _now, method = settings(page)
    assert (method["tolerance"], method["steps"]) == (before / 2, 30)
    assert re.search(r"[✓≈] error about", html(page))


def button(page):
    """The one beside a verdict that is not good."""
    return page.button(key="improve")


def test_the_address_follows_the_controls(run):
    page = run(**LETTERS)
    widget(page, "selectbox", "Baseline").set_value("blur").run()
    assert page.query_params["baseline"] in ("blur:sigma=8", ["blur:sigma=8"])


def test_an_uploaded_picture_is_explained_and_the_page_says_that_the_address_lacks_it(run):
    buffer = io.BytesIO()
    Image.new("RGB", (50, 40), "tomato").save(buffer, "PNG")
    page = run(steps="3")
    widget(page, "file_uploader", "Your own images").set_value(
        [("mine_[x].png", buffer.getvalue(), "image/png")]
    ).run()
    assert not page.exception
    assert page.session_state.request.image.startswith("own-")
    assert any("your own image" in caption.value for caption in page.caption)


def test_a_broken_upload_is_one_sentence_and_changes_nothing(run):
    page = run(steps="3")
    widget(page, "file_uploader", "Your own images").set_value(
        [("notes.png", b"no picture", "image/png")]
    ).run()
    assert not page.exception
    assert any("expected an image" in w.value.replace("\\", "") for w in page.warning)
    assert page.session_state.request.image == "fireboat-spray"


@pytest.fixture
def no_network(monkeypatch, tmp_path):
    """An empty folder of weights, and a network that refuses every connection."""

    def refuse(*args, **kwargs):
        raise requests.ConnectionError("no network")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(requests.Session, "send", refuse)


def test_a_model_that_must_be_downloaded_says_its_cost_first_and_fails_in_one_sentence(
    run, no_network
):
    page = run(model="squeezenet1_0", image="coffee", steps="2")
    assert not page.exception
    assert "1.2 million parameters" in page.info[0].value
    assert "5 MB to download" in page.info[0].value
    page.button(key="agree-download").click().run()
    assert not page.exception
    said = page.error[0].value.replace("\\", "")
    assert "https://download.pytorch.org/models/squeezenet1_0-b66bff10.pth" in said
    assert "hub/checkpoints" in said
    widget(page, "selectbox", "Model").set_value("letters").run()
    assert not page.error
    assert "Why “" in html(page)


def test_all_of_torchvisions_networks_are_offered_when_asked_for(run):
    page = run(steps="2")
    assert len(widget(page, "selectbox", "Model").options) < 10
    widget(page, "selectbox", "Model").set_value("more").run()
    assert len(widget(page, "selectbox", "Model").options) > 100
    assert page.session_state.request.model == "scenes-shortcut"


def test_own_weights_are_loaded_by_the_form_and_explained_with_names_shown_as_text(run):
    buffer = io.BytesIO()
    torch.save(get_model("squeezenet1_1", weights=None, num_classes=2).state_dict(), buffer)
    page = with_own_model_open(run(steps="2"))
    widget(page, "file_uploader", "Weights").set_value(
        ("mine.pth", buffer.getvalue(), "application/octet-stream")
    )
    widget(page, "file_uploader", "Class names (optional)").set_value(
        ("names.txt", b"<b>oak</b>\n**elm**\n", "text/plain")
    )
    (load,) = [b for b in page.button if b.label == "Load this model"]
    load.click().run()
    assert not page.exception
    assert page.session_state.request.model.startswith("own-")
    assert "&lt;b&gt;oak&lt;/b&gt;" in html(page)
    assert "<b>oak</b>" not in html(page)


def test_a_pickle_that_would_run_code_is_refused_in_the_form(run, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "marker"), "w"))

    page = with_own_model_open(run(steps="2"))
    widget(page, "file_uploader", "Weights").set_value(
        ("bomb.pth", pickle.dumps(Bomb()), "application/octet-stream")
    )
    (load,) = [b for b in page.button if b.label == "Load this model"]
    load.click().run()
    assert not page.exception
    assert any("state" in warning.value for warning in page.warning)
    assert not (tmp_path / "marker").exists()
    assert page.session_state.request.model == "scenes-shortcut"


def test_the_files_say_how_the_network_was_run(run):
    page = run(steps="20")
    page.session_state["details"] = "Files"
    page.run()
    assert not page.exception
    assert any("How the network was run" in caption.value for caption in page.caption)
