"""A plan runs the same network sooner: same numbers, nothing shared is touched, nothing trusted."""

import json
from dataclasses import replace

import pytest
import torch
from torch import nn

from explorer.core.attribution import integrated_gradients
from explorer.core.quadrature import get_rule
from explorer.core.targets import Target
from explorer.models.loaded import LoadedModel, PreparedModel
from explorer.models.registry import get_spec
from explorer.models.speed import forms, plan, plans_file
from explorer.models.speed.forms import PLAIN, Form
from explorer.models.speed.plan import Plan, _Search
from tests.models.random_nets import random_model

BEST = Form(channels_last=True, folded=True)
FOLDED = (BEST, Form(channels_last=True), Form(folded=True))
STEM = (Form(stem=True), Form(pooled=True), Form(channels_last=True, stem=True, pooled=True))
USEFUL = {
    "scenes-shortcut": FOLDED,
    "mobilenet_v3_small": FOLDED,
    "squeezenet1_0": STEM,
    "resnet18": (*FOLDED, *STEM, replace(BEST, stem=True, pooled=True)),
    "googlenet": (*STEM, replace(BEST, stem=True, pooled=True)),
}
SHAPE = (3, 32, 32)


@pytest.fixture(autouse=True)
def plans(tmp_path, monkeypatch):
    """The file of plans, in an empty folder."""
    monkeypatch.setattr(plans_file, "plans_file", lambda: tmp_path / "cache" / "plans.json")
    return tmp_path / "cache" / "plans.json"


@pytest.fixture
def timed(monkeypatch):
    """Set what a step takes: seconds by form (0.001 for others)."""
    seconds = {}
    monkeypatch.setattr(_Search, "_seconds", lambda self, form, *_: seconds.get(form, 0.001))
    return seconds


def own_model(net, shape=SHAPE):
    letters = get_spec("letters")
    facts = {**vars(letters), "id": "own", "shape": shape, "load": lambda: net}
    return LoadedModel(type(letters)(**{**facts, "mean": (0.5,) * 3, "std": (0.25,) * 3}))


def convolutional():
    torch.manual_seed(0)
    body = [nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1)]
    net = nn.Sequential(*body, nn.Flatten(), nn.Linear(8, 5))
    net[1].running_var.uniform_(0.5, 2.0)
    return net.eval()


def gradient(model, images, index=1):
    leaves = images.clone().requires_grad_(True)
    return torch.autograd.grad(model.logits(leaves)[:, index].sum(), leaves)[0]


def test_the_fastest_form_is_chosen_and_says_how_much_faster(timed):
    timed.update({PLAIN: 0.0020, BEST: 0.0010, Form(channels_last=True): 0.0015})
    plan = own_model(convolutional()).prepared(SHAPE).plan
    assert (plan.form, plan.speedup) == (BEST, pytest.approx(2.0))
    assert str(plan).startswith("channels-last, batch-norm folded, 16 pictures a batch")
    assert str(plan).endswith("2.0 times as fast as plain")


def test_what_is_not_clearly_faster_stays_off(timed):
    timed.update({PLAIN: 0.00102, **dict.fromkeys(forms.candidates(convolutional()), 0.00100)})
    assert own_model(convolutional()).prepared(SHAPE).plan.form == PLAIN


def test_where_the_likeliest_form_brings_nothing_the_others_are_tried(timed):
    timed.update({PLAIN: 0.002, BEST: 0.002, Form(channels_last=True): 0.002})
    plan = own_model(convolutional()).prepared(SHAPE).plan
    assert (plan.form, plan.speedup) == (Form(folded=True), pytest.approx(2.0))


@pytest.mark.parametrize(
    ("name", "form"), [(name, form) for name, chosen in USEFUL.items() for form in chosen], ids=str
)
def test_every_form_gives_the_same_logits_and_gradients(name, form):
    model = LoadedModel(get_spec(name)) if name.startswith("scenes") else random_model(name)
    images = torch.rand(2, 3, 64, 64)
    made = forms.make(model._net, form)
    other = PreparedModel(
        model.spec, model.device, Plan(form), lambda x: model._run(made, x, form.channels_last)
    )
    torch.testing.assert_close(other.logits(images), model.logits(images), rtol=1e-3, atol=1e-3)
    theirs, ours = gradient(other, images), gradient(model, images)
    assert (theirs - ours).norm() <= 1e-2 * ours.norm()


def test_rearranged_forms_are_tried_only_where_there_is_something_to_rearrange():
    assert all(not form.stem and not form.pooled for form in forms.candidates(convolutional()))
    for other in (nn.LeakyReLU(), nn.GELU()):
        with pytest.raises(ValueError, match="no ReLU stands right before"):
            forms.make(nn.Sequential(nn.Conv2d(3, 4, 7), other, nn.MaxPool2d(2)), Form(pooled=True))
    strided = nn.Sequential(nn.Conv2d(3, 4, 7, 2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
    assert forms.candidates(strided) == [
        Form(channels_last=True, stem=True, pooled=True),
        Form(channels_last=True, stem=True),
        Form(channels_last=True),
    ]
    assert forms.candidates(strided[1:3]) == []


class Pooled(nn.Module):
    """ReLUs of every kind before the pooling; one has another use, which has to stay."""

    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(c, 4, 3, padding=1) for c in (3, 4, 4))
        self.relu, self.pool = nn.ReLU(inplace=True), nn.MaxPool2d(2)

    def forward(self, images):
        first = self.pool(self.relu(self.convs[0](images)))
        second = self.pool(nn.functional.relu(self.convs[1](first)))
        both = torch.relu(self.convs[2](second))
        return torch.cat([self.pool(both).mean((2, 3)), both.mean((2, 3))], dim=1)


def test_pooling_first_changes_no_value_and_no_slope_to_the_last_bit():
    torch.manual_seed(0)
    net = Pooled().requires_grad_(False)
    made = forms.make(net, Form(pooled=True))
    order = [node.name.split("_")[0] for node in made.graph.nodes]
    assert order[1:7] == ["convs", "pool", "relu", "convs", "pool", "relu"]
    assert order[7:10] == ["convs", "relu", "pool"]
    images = torch.randn(2, 3, 16, 16)
    images[0, :, :8] = 0.0  # ties
    leaves = [images.clone().requires_grad_(True) for _ in range(2)]
    one, two = net(leaves[0]), made(leaves[1])
    assert torch.equal(one, two)
    slopes = [torch.autograd.grad(s.square().sum(), x)[0]
              for s, x in zip((one, two), leaves, strict=True)]  # fmt: skip
    assert torch.equal(*slopes)


def test_somebodys_own_network_is_not_touched(timed):
    timed.update({PLAIN: 0.002})
    net = convolutional()
    before = {k: v.clone() for k, v in net.state_dict().items()}
    layers = [type(module) for module in net.modules()]
    own_model(net).prepared(SHAPE)
    assert [type(module) for module in net.modules()] == layers
    assert net[0].weight.is_contiguous()
    assert all(torch.equal(v, before[k]) for k, v in net.state_dict().items())


class Seen(nn.Module):
    """A ReLU in place whose input is read again: only dark pictures show what it did to it."""

    def __init__(self):
        super().__init__()
        self.conv, self.relu, self.pool = nn.Conv2d(3, 4, 7), nn.ReLU(inplace=True), nn.MaxPool2d(2)
        nn.init.constant_(self.conv.weight, 1 / 147)
        nn.init.constant_(self.conv.bias, -0.3)

    def forward(self, images):
        seen = self.conv(images)
        pooled = self.pool(self.relu(seen))
        return torch.cat([pooled.mean((2, 3)), seen.mean((2, 3))], dim=1)


def test_a_relu_that_changes_what_others_read_stays_where_it_is(timed):
    with pytest.raises(ValueError, match="no ReLU"):
        forms.make(Seen(), Form(pooled=True))


def test_forms_are_checked_on_dark_pictures_too(timed, monkeypatch):
    """As if the rewriting did not look: noise alone would not tell."""
    monkeypatch.setattr(forms, "_is_movable", lambda node, layers: node.op == "call_module")
    timed.update({PLAIN: 0.002})
    model = own_model(Seen())
    model._mean, model._std = torch.zeros(3, 1, 1), torch.ones(3, 1, 1)
    plan = model.prepared(SHAPE).plan
    assert not plan.form.pooled
    assert any("ReLU after pooling: not used, it gives other numbers" in n for n in plan.notes)


def test_hooks_are_not_lost_to_tracing(timed):
    net = nn.Sequential(nn.Conv2d(3, 4, 7, 2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
    net.register_forward_pre_hook(lambda module, arguments: (arguments[0].clamp(0, 1),))
    timed.update({PLAIN: 0.002, Form(channels_last=True, stem=True): 0.001})
    plan = own_model(net).prepared(SHAPE).plan
    assert plan.form == Form(channels_last=True, stem=True)
    assert any("it has hooks" in note for note in plan.notes)


@pytest.mark.parametrize("stride", [2, (2,)])
def test_a_layer_that_was_changed_by_hand_is_no_stem_and_no_error(timed, stride):
    net = nn.Sequential(nn.Conv2d(3, 4, 7, 2), nn.ReLU(), nn.Flatten())
    net[0].stride = stride
    timed.update({PLAIN: 0.002})
    assert own_model(net).prepared(SHAPE).plan.form == Form(channels_last=True)


def test_rearranged_forms_are_found_where_they_are_faster(timed):
    best = Form(channels_last=True, stem=True, pooled=True)
    timed.update({PLAIN: 0.002, best: 0.001, replace(best, pooled=False): 0.0015})
    net = nn.Sequential(nn.Conv2d(3, 8, 7, 2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
    plan = own_model(net).prepared(SHAPE).plan
    assert plan.form == best
    assert str(plan).startswith("channels-last, stem in phases, ReLU after pooling, 16 pictures")


def test_where_time_is_short_the_next_form_is_tried_if_the_first_cannot_be_made(timed, monkeypatch):
    class Slow(Untraceable):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(nn.Conv2d(3, 4, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())

    monkeypatch.setattr(_Search, "_left", lambda self: 0.0)
    timed.update({PLAIN: 0.002})
    plan = own_model(Slow()).prepared(SHAPE).plan
    assert plan.form == Form(channels_last=True)
    assert [note.split(": ")[1][:14] for note in plan.notes] == ["cannot be made"]


class Untraceable(nn.Module):
    """Its way depends on the pixels, so that torch.fx cannot trace it."""

    def __init__(self):
        super().__init__()
        self.net = convolutional()

    def forward(self, images):
        return self.net(images) if images.mean() < 100 else self.net(-images)


def test_a_network_that_cannot_be_traced_keeps_its_batch_norm_and_the_plan_says_so(timed):
    timed.update({PLAIN: 0.002, Form(channels_last=True): 0.001})
    plan = own_model(Untraceable()).prepared(SHAPE).plan
    assert plan.form == Form(channels_last=True)
    assert any("folded: cannot be made" in note for note in plan.notes)


class Twice(nn.Module):
    """One convolution before two batch norms: folding both into it is wrong."""

    def __init__(self):
        super().__init__()
        self.conv, self.one, self.two = nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3), nn.BatchNorm2d(3)
        self.one.running_var.fill_(4.0)
        self.two.running_mean.fill_(1.0)

    def forward(self, images):
        return self.two(self.conv(self.one(self.conv(images)))).mean(dim=(2, 3))


def test_a_form_that_gives_other_numbers_is_not_used(timed):
    torch.manual_seed(0)
    timed.update({PLAIN: 0.002})
    plan = own_model(Twice().eval()).prepared(SHAPE).plan
    assert not plan.form.folded
    assert any("it gives other numbers" in note for note in plan.notes)


def test_a_network_that_fails_is_left_to_the_explanation_to_report():
    class Fails(nn.Module):
        def forward(self, images):
            raise RuntimeError("no")

    plan = own_model(Fails()).prepared(SHAPE).plan
    assert (plan.form, plan.speedup) == (PLAIN, None)
    assert plan.notes == ("not measured: RuntimeError: no",)


def test_a_plan_is_remembered_and_measured_no_more(timed, monkeypatch):
    timed.update({PLAIN: 0.002})
    first = own_model(convolutional()).prepared(SHAPE).plan
    monkeypatch.setattr(_Search, "measured", lambda *_: pytest.fail("measured again"))
    again = own_model(convolutional()).prepared(SHAPE).plan
    assert (again.form, again.batch_size, again.speedup) == (
        first.form, first.batch_size, first.speedup,
    )  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"batch_size": 10**9}, {"batch_size": True}, {"threads": -1}, {"threads": 10**6},
        {"speedup": "fast"}, {"speedup": float("nan")}, {"form": "import os"}, {"notes": [1]},
        {"form": {**vars(BEST), "channels_last": 1}}, {"form": {**vars(BEST), "stem": "no"}},
        {"form": {**vars(BEST), "precision": "bfloat16"}}, {"form": {"channels_last": True}},
    ],
)  # fmt: skip
def test_a_remembered_plan_that_we_could_not_have_written_is_measured_anew(plans, timed, change):
    timed.update({PLAIN: 0.002})
    right = own_model(convolutional()).prepared(SHAPE).plan
    written = json.loads(plans.read_text())
    plans.write_text(json.dumps({key: {**entry, **change} for key, entry in written.items()}))
    assert own_model(convolutional()).prepared(SHAPE).plan == right


def test_a_remembered_form_is_checked_on_the_network_again(plans, timed):
    timed.update({PLAIN: 0.002})
    torch.manual_seed(0)
    own_model(Twice().eval()).prepared(SHAPE)
    ((key, entry),) = json.loads(plans.read_text()).items()
    plans.write_text(json.dumps({key: {**entry, "form": vars(BEST)}}))
    assert not own_model(Twice().eval()).prepared(SHAPE).plan.form.folded


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}', "[" * 100_000, "\x00\xff"])
def test_a_damaged_file_is_no_error(plans, timed, text):
    plans.parent.mkdir(parents=True)
    plans.write_text(text, encoding="latin-1")
    assert own_model(convolutional()).prepared(SHAPE).plan.batch_size == 16


def test_a_folder_that_cannot_be_written_is_no_error(plans, timed):
    plans.parent.write_text("a file where the folder would be")
    assert own_model(convolutional()).prepared(SHAPE).plan.batch_size == 16
    assert not plans_file.remember("key", {})


def test_a_model_is_prepared_once_and_its_memory_counts_what_is_held(timed):
    timed.update({PLAIN: 0.002})
    model = own_model(convolutional())
    before = model.nbytes
    assert model.prepared(SHAPE) is model.prepared(list(SHAPE))
    convolution = 8 * 3 * 3 * 3 * 4
    assert before + convolution <= model.nbytes <= 2 * before + 64


def test_threads_are_the_plans_inside_and_as_before_outside():
    before = torch.get_num_threads()
    with Plan(threads=1).running():
        assert torch.get_num_threads() == 1
    with Plan().running():
        assert torch.get_num_threads() == before
    assert torch.get_num_threads() == before


@pytest.fixture
def torch_threads():
    """Set torch's threads for the test, as somebody else's work does; call it with none to undo."""
    usual = torch.get_num_threads()
    yield lambda threads=usual: torch.set_num_threads(threads)
    torch.set_num_threads(usual)


def test_who_else_computes_changes_neither_the_key_nor_the_plan(timed, torch_threads, monkeypatch):
    timed.update({PLAIN: 0.02, BEST: 0.01})  # too long for fewer threads to be tried
    torch_threads(2)
    first = own_model(convolutional()).prepared(SHAPE).plan
    torch_threads(1)
    monkeypatch.setattr(_Search, "measured", lambda *_: pytest.fail("measured again"))
    assert own_model(convolutional()).prepared(SHAPE).plan == first
    assert first.form == BEST


def test_a_plan_of_more_threads_than_there_are_now_is_still_the_plan(plans, timed, torch_threads):
    timed.update({PLAIN: 0.02, BEST: 0.01})
    own_model(convolutional()).prepared(SHAPE)
    ((key, entry),) = json.loads(plans.read_text()).items()
    plans.write_text(json.dumps({key: {**entry, "threads": plan.CORES, "batch_size": 2}}))
    torch_threads(1)
    again = own_model(convolutional()).prepared(SHAPE).plan
    assert (again.threads, again.batch_size) == (plan.CORES, 2)
    with again.running():
        assert torch.get_num_threads() == 1


def test_fewer_threads_are_tried_later_where_others_compute_now(timed, torch_threads, monkeypatch):
    monkeypatch.setattr(plan, "THREADS", 2)
    monkeypatch.setattr(plan, "CORES", 2)
    threads_cost = {1: 0.00001, 2: 0.001}
    monkeypatch.setattr(_Search, "_seconds", lambda self, form, n, threads=1: threads_cost[threads])
    torch_threads(1)
    busy = own_model(convolutional()).prepared(SHAPE).plan
    torch_threads(2)
    free = own_model(convolutional()).prepared(SHAPE).plan
    assert (busy.threads, free.threads) == (None, 1)
    assert (busy.form, busy.batch_size) == (free.form, free.batch_size)
    assert own_model(convolutional()).prepared(SHAPE).plan.threads == 1


def test_plans_of_older_versions_do_no_harm(plans, timed):
    timed.update({PLAIN: 0.02, BEST: 0.01})
    right = own_model(convolutional()).prepared(SHAPE).plan
    ((key, entry),) = json.loads(plans.read_text()).items()
    older = {**entry, "form": {**entry["form"], "precision": "float32"}}
    plans.write_text(json.dumps({key.replace(" torch", " float32 torch"): older, key: older}))
    assert own_model(convolutional()).prepared(SHAPE).plan == right
    assert set(json.loads(plans.read_text())[key]["form"]) == set(forms.SWITCHES)


def test_large_pictures_come_in_smaller_batches():
    assert [plan.largest_batch((3, n, n)) for n in (32, 224, 299, 2000)] == [16, 4, 2, 1]


def test_the_same_plan_gives_the_same_attribution_twice(timed):
    timed.update({PLAIN: 0.002})
    prepared = LoadedModel(get_spec("scenes-shortcut")).prepared((3, 64, 64))
    image, nodes = torch.rand(3, 64, 64), get_rule("midpoint").nodes(4)
    one, two = (
        integrated_gradients(
            prepared.score(Target(0)), image, torch.zeros_like(image), nodes, batch_size=2
        ).attribution
        for _ in range(2)
    )
    assert (one == two).all()
