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

from explorer.images import uploads
from explorer.survey.labels import note_label
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


def dialog_alone():
    """What stands in the dialog of models; a script of its own for AppTest, which knows none."""
    import streamlit as st

    from explorer.pictures.view import View
    from explorer.request import Request
    from explorer.ui.shell.notices import notices
    from explorer.ui.sidebar import model_dialog
    from explorer.ui.state.session import asked

    st.session_state.setdefault("request", Request())
    st.session_state.setdefault("view", View())
    notices()
    model_dialog.contents()
    st.caption(f"chosen: {asked().model}")


@pytest.fixture
def dialog():
    return AppTest.from_function(dialog_alone, default_timeout=120).run()


def test_the_page_opens_on_an_explained_example(run):
    page = run()
    assert not page.exception
    assert "Why “fireboat”?" in html(page)
    assert "truth: fireboat" in html(page)
    assert re.search(r"✓ error about [345]\s% after \d\d gradients", html(page))
    assert "stopped within the tolerance of 5" in html(page)
    assert "Most for its size: the water spray, " in html(page)


def test_a_misclassified_sample_says_so_plainly(run):
    assert "misclassified: this is a child" in html(run(image="child-railing", steps="4"))


def chips(page):
    """The classes that can be clicked, in order, without their probabilities."""
    labels = [b.label for b in page.button if (b.key or "").startswith("chip-")]
    return [re.fullmatch(r"\*Why\* (.*)\u00a0 .*", label)[1] for label in labels]


def click_on(page, label):
    """Click the one button whose label has this in it."""
    (found,) = [b for b in page.button if label in b.label]
    return found.click().run()


def test_a_click_on_a_class_asks_why_that_class_and_back(run):
    page = run(image="child-railing", steps="4", rule="left")
    assert "Why “vacuum cleaner”?" in html(page)
    click_on(page, "*Why* child")
    assert "Why “child”?" in html(page)
    assert page.session_state.request.target == "child"
    click_on(page, "*Why* vacuum cleaner")
    assert "Why “vacuum cleaner”?" in html(page)
    assert page.session_state.request.target is None  # the prediction: the next picture's follows
    assert not page.exception


def test_the_true_class_of_a_misclassified_picture_and_the_class_asked_for_are_among_the_chips(run):
    page = run(image="child-railing", steps="4", rule="left", target="ferry")
    found = chips(page)
    assert found[0] == "vacuum cleaner"
    assert {"child", "ferry"} <= set(found)
    assert len(found) == 5
    right = run(image="ferry", steps="4", rule="left")
    assert len(chips(right)) == 3


def test_rather_than_is_one_click_away_for_the_runner_up_and_for_the_truth(run):
    page = run(image="child-railing", steps="4", rule="left", score="log-probability")
    click_on(page, "rather than child")
    assert "Why “vacuum cleaner” rather than child?" in html(page)
    now, _ = settings(page)
    assert (now.target, now.against, now.score) == ("vacuum cleaner", "child", "logit-difference")
    click_on(page, "rather than fireboat")
    assert "Why “vacuum cleaner” rather than fireboat?" in html(page)
    click_on(page, "rather than any other")
    now, _ = settings(page)
    assert (now.target, now.against, now.score) == ("vacuum cleaner", None, "log-probability")
    assert "Why “vacuum cleaner”?" in html(page)


def test_a_click_on_a_class_ends_a_contrast_even_with_that_very_class(run):
    page = run(image="child-railing", steps="4", rule="left", against="child")
    click_on(page, "*Why* child")
    now, _ = settings(page)
    assert (now.target, now.against) == ("child", None)
    assert not page.error


def test_class_names_are_shown_as_text_on_the_buttons(run, dialog):
    model = own_model(dialog, b"<b>oak</b>\n**elm**\n")
    page = run(model=model, image="coffee", steps="2", rule="left")
    assert not page.exception
    assert "\\<b\\>oak\\</b\\>" in chips(page)
    assert "\\*\\*elm\\*\\*" in chips(page)


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


def kept(size, colour="tomato", title="mine.png"):
    """The id of a picture of one colour that somebody uploaded."""
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return uploads.keep(buffer.getvalue(), title)


def test_what_the_model_sees_stands_beside_the_result_with_the_fit_in_it(run):
    page = run(image=kept((400, 300)), steps="2", rule="left")
    here = beside_the_result(page)
    assert here.label.replace("\u00a0", " ") == "sees the middle 300 × 300 of 400 × 300"
    page.selectbox(key="set-fit-here").set_value("whole").run()
    assert page.session_state.request.fit == "whole"
    assert beside_the_result(page).label.replace("\u00a0", " ") == "sees all of 400 × 300"
    assert page.query_params["fit"] in ("whole", ["whole"])
    assert "grey" in " ".join(c.value for c in page.caption)


def beside_the_result(page):
    """The popover in the main part of the page; there is one."""
    blocks = [b for b in walk(page.main) if getattr(b, "type", "") == "popover"]
    (found,) = [b.proto.popover for b in blocks]
    return found


def walk(block):
    for child in block.children.values():
        yield child
        if hasattr(child, "children"):
            yield from walk(child)


def test_a_bundled_scene_is_the_input_as_it_is_and_has_no_fit_beside_the_result(run):
    page = run(steps="2", rule="left")
    assert not [b for b in walk(page.main) if getattr(b, "type", "") == "popover"]


def test_an_own_picture_beside_a_bundled_net_is_told_which_classes_it_knows(run):
    page = run(image=kept((60, 60)), steps="2", rule="left")
    assert "The model knows only 8 classes: fireboat, ferry, " in html(page)
    assert "knows only 8" not in html(run(image="ferry", steps="2", rule="left"))


def test_the_truth_of_an_uploaded_picture_is_still_known_after_a_reload(run):
    picture = kept((60, 60), "navy")
    note_label("0123", picture, "Potted_Plant")
    stranger = run(image=picture, steps="2", rule="left")
    assert "potted plant" not in chips(stranger)[:1], "who does not know the survey is told nothing"
    assert "truth:" not in html(stranger)
    for _ in range(2):  # a session that was told, and one that opens the address
        page = run(image=picture, steps="2", rule="left", survey="0123")
        assert re.search("truth: potted plant|misclassified: this is a potted plant", html(page))
        assert "potted plant" in chips(page)
    letters = run(model="letters", image=picture, steps="2", rule="left", survey="0123")
    assert "truth:" not in html(letters)  # which have no such class
    assert "misclassified:" not in html(letters)


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


def test_more_models_are_found_in_a_dialog_by_name_and_cost_and_the_box_stays_short(run):
    page = run(steps="2", rule="left")
    before = page.session_state.request
    assert len(widget(page, "selectbox", "Model").options) == 3
    page.button(key="more-models").click().run()
    network = widget(page, "radio", "Network")
    assert len(network.options) > 80
    assert network.options[0] == "googlenet"  # well-known ones first
    assert page.session_state.request == before
    assert not page.warning


def test_networks_are_searched_ordered_and_used_from_the_dialog(dialog, no_network):
    assert "25.6 million parameters" in str(widget(dialog, "radio", "Network").proto)
    dialog.selectbox(key="model-order").set_value("smallest download").run()
    smallest = widget(dialog, "radio", "Network").options[0]
    dialog.text_input(key="find-model").set_value("resnet 18").run()
    assert widget(dialog, "radio", "Network").options == ["resnet18"]
    assert smallest != "resnet18"
    use = dialog.button(key="use-network")
    assert use.label.replace("\\", "") == "Use resnet18: download 47 MB"
    use.click().run()
    assert dialog.session_state.request.model == "resnet18"
    assert dialog.session_state.download == "resnet18"  # agreed: the page need not ask again
    dialog.text_input(key="find-model").set_value("zeppelin").run()
    assert any("zeppelin" in caption.value for caption in dialog.caption)
    assert not dialog.exception


def test_a_network_that_an_address_names_is_in_the_box_beside_the_bundled_ones(run, no_network):
    page = run(model="squeezenet1_0", image="coffee", steps="2", rule="left")
    assert widget(page, "selectbox", "Model").options[-1].startswith("squeezenet1_0")
    assert len(widget(page, "selectbox", "Model").options) == 4


def load(dialog, data, names=None):
    """Fill in the dialog's form and send it."""
    widget(dialog, "file_uploader", "Weights").set_value(
        ("mine.pth", data, "application/octet-stream")
    )
    if names is not None:
        widget(dialog, "file_uploader", "Class names (optional)").set_value(
            ("names.txt", names, "text/plain")
        )
    return click_on(dialog, "Load this model")


def own_model(dialog, names):
    """The id of somebody's own network of two classes, loaded through the dialog."""
    buffer = io.BytesIO()
    torch.save(get_model("squeezenet1_1", weights=None, num_classes=2).state_dict(), buffer)
    load(dialog, buffer.getvalue(), names)
    assert not dialog.exception
    return dialog.session_state.request.model


def test_own_weights_are_loaded_by_the_dialog_and_explained_with_names_shown_as_text(run, dialog):
    model = own_model(dialog, b"<b>oak</b>\n**elm**\n")
    assert model.startswith("own-")
    assert dialog.session_state.own_models == [model]
    page = run(model=model, image="coffee", steps="2", rule="left", target="<b>oak</b>")
    assert not page.exception
    assert "&lt;b&gt;oak&lt;/b&gt;" in html(page)
    assert "<b>oak</b>" not in html(page)


def test_a_refusal_stands_in_the_dialog_and_loses_nothing_that_was_typed(dialog):
    widget(dialog, "text_input", "Mean").set_value("0.4, 0.4, 0.4")
    widget(dialog, "number_input", "Input size").set_value(96)
    load(dialog, b"nothing")
    (said,) = dialog.error
    assert "expected weights as" in said.value
    assert not dialog.warning  # nothing at the top of the page behind
    assert widget(dialog, "text_input", "Mean").value == "0.4, 0.4, 0.4"
    assert widget(dialog, "number_input", "Input size").value == 96
    assert dialog.session_state.request.model == "scenes-shortcut"


def test_a_form_without_a_file_says_what_is_missing(dialog):
    click_on(dialog, "Load this model")
    assert "choose one first" in dialog.error[0].value


def test_a_pickle_that_would_run_code_is_refused_in_the_dialog(dialog, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "marker"), "w"))

    load(dialog, pickle.dumps(Bomb()))
    assert not dialog.exception
    assert any("state" in error.value for error in dialog.error)
    assert not (tmp_path / "marker").exists()
    assert dialog.session_state.request.model == "scenes-shortcut"


def test_the_files_say_how_the_network_was_run(run):
    page = run(steps="20")
    page.session_state["details"] = "Files"
    page.run()
    assert not page.exception
    assert any("How the network was run" in caption.value for caption in page.caption)


TABS = (
    "How to read this",
    "Along the path",
    "On the picture",
    "How far off",
    "Classic mistakes",
    "Files",
)


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize(
    "given",
    [{"method": "gradient-x-image"}, {"baseline": "black;white"}],
    ids=["no path", "several"],
)
def test_every_tab_is_there_for_a_map_without_a_path_of_its_own(run, given, tab):
    page = run(model="letters", image="letter-t", tab=tab, **given)
    assert not page.exception
    assert not page.error


def test_the_files_tab_counts_the_gradients_of_all_baselines(run):
    page = run(**LETTERS, baseline="black;white;grey", tab="Files", rule="left")
    (said,) = [c.value for c in page.caption if "The overlay is saved" in c.value]
    assert "18 gradients" in said


def test_an_edited_photograph_of_ones_own_is_explained_and_named(run):
    picture = kept((60, 60), "teal")
    page = run(image=f"{picture}|mirror", steps="2", rule="left")
    assert not page.exception
    assert "mirrored" in " ".join(m.value for m in page.markdown)
    assert page.session_state.own == [picture]


def test_looking_at_another_method_loses_neither_baseline_nor_rule(run):
    page = run(**LETTERS, baseline="colour:colour=#ff0000", rule="midpoint")
    widget(page, "selectbox", "Method").set_value("gradient-x-image").run()
    widget(page, "selectbox", "Method").set_value("ig").run()
    now, method = settings(page)
    assert str(now.baseline) == "colour:colour=#ff0000"
    assert method == {"rule": "midpoint", "steps": 6}


def test_asking_for_the_class_of_the_contrast_ends_the_contrast(run):
    page = run(**LETTERS, against="C")
    widget(page, "selectbox", "Why").set_value("C").run()
    assert not page.error
    assert "Why “C”?" in html(page)
    assert settings(page)[0].against is None


@pytest.mark.parametrize("look", [{"sigma": "2"}, {"clip": "90"}, {"show": "absolute"}])
def test_a_look_in_the_address_is_no_setting_of_a_baseline(run, look):
    page = run(**LETTERS, **look)
    assert not page.warning
