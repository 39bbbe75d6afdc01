"""Files of weights that nobody vouches for: tensors come out, and nothing runs."""

import io
import json
import os
import pickle
import struct
import zipfile

import pytest
import torch
from safetensors.torch import save as save_safetensors

from explorer.errors import ExplorerError
from explorer.models.files.weights import read_weights
from tests.models.checkpoint_files import legacy_bytes, rezipped, zip_bytes

STATE = {"fc.weight": torch.arange(12.0).reshape(3, 4), "fc.bias": torch.ones(3)}


def refusal(data, name="mine.pth"):
    with pytest.raises(ExplorerError) as caught:
        read_weights(data, name)
    message = str(caught.value)
    assert message.startswith(name)
    assert "\n" not in message
    return message


class RunsCode:
    """A pickle of this writes a file when it is opened the plain way."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


@pytest.mark.parametrize(
    "data",
    [zip_bytes(STATE), legacy_bytes(STATE), save_safetensors(STATE)],
    ids=["zip", "legacy", "safetensors"],
)
def test_each_format_comes_out_as_it_went_in(data):
    read = read_weights(data, "mine")
    assert read.keys() == STATE.keys()
    assert all(torch.equal(read[key], STATE[key]) for key in STATE)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.int64])
@pytest.mark.parametrize("write", [zip_bytes, legacy_bytes])
def test_other_numbers_and_layouts_come_out_as_they_went_in(dtype, write):
    base = torch.arange(24).to(dtype)
    state = {"t": base.view(4, 6).t(), "tied": base[3:9], "scalar": torch.tensor(7, dtype=dtype)}
    read = read_weights(write(state), "mine")
    assert all(torch.equal(read[key], state[key]) for key in state)


def test_a_training_checkpoint_with_optimizer_and_numbers_is_read():
    net = torch.nn.Linear(4, 3)
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(1, 4)).sum().backward()
    optimizer.step()
    saved = {"epoch": 3, "lr": 1e-3, "best": None, "done": True, "name": "résumé",
             "model": net.state_dict(), "optimizer": optimizer.state_dict()}  # fmt: skip
    assert read_weights(zip_bytes(saved), "mine")["epoch"] == 3
    assert read_weights(legacy_bytes(saved), "mine")["lr"] == 1e-3


@pytest.mark.parametrize("write", [zip_bytes, legacy_bytes, pickle.dumps])
def test_a_file_that_wants_to_run_code_runs_none(write, tmp_path):
    marker = tmp_path / "ran"
    message = refusal(write({"fc.weight": RunsCode(marker)}))
    assert not marker.exists()
    assert "torch.save(model.state_dict()" in message


def test_even_one_pickled_with_another_protocol_runs_none(tmp_path):
    marker = tmp_path / "ran"
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        refusal(pickle.dumps(RunsCode(marker), protocol))
    assert not marker.exists()


@pytest.mark.parametrize("write", [zip_bytes, legacy_bytes])
def test_a_pickled_module_is_refused_with_how_to_save_it(write):
    message = refusal(write(torch.nn.Linear(2, 2)))
    assert "torch.nn.modules.linear.Linear" in message
    assert "torch.save(model.state_dict()" in message


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_torchscript_program_is_refused():
    stream = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), stream)
    assert "TorchScript" in refusal(stream.getvalue())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"K\x0c", b"J\xff\xff\xff\x7f", "declares"),  # 2 billion numbers stored, not 12
        (b"K\x03K\x04\x86", b"J\xff\xff\xff\x7fK\x04\x86", "does not fit"),  # so many rows
        (b"K\x04K\x01\x86", b"K\x04K\x7f\x86", "does not fit"),  # a stride out of the storage
    ],
)
def test_declared_sizes_are_compared_with_the_bytes_that_are_there(old, new, said):
    forged = rezipped(zip_bytes(STATE), lambda name, data: data.replace(old, new, 1))
    assert said in refusal(forged)


def test_one_number_stretched_to_a_huge_tensor_is_refused():
    huge = torch.zeros(1).expand(1 << 20, 1 << 20)
    assert "does not fit" in refusal(zip_bytes({"t": huge}))
    assert "does not fit" in refusal(legacy_bytes({"t": huge}))


def test_many_large_views_of_one_storage_are_refused():
    base = torch.zeros(1000)
    assert "forged" in refusal(zip_bytes({str(i): base.view(1000) for i in range(9)}))


def test_a_packed_zip_is_not_unpacked():
    packed = rezipped(zip_bytes({"t": torch.zeros(1 << 20)}), pack=zipfile.ZIP_DEFLATED)
    assert len(packed) < 1 << 16
    assert "unpacked" in refusal(packed)


def test_a_zip_that_lies_about_its_sizes_is_refused():
    data = zip_bytes(STATE)
    at = data.index(b"PK\x01\x02")
    lying = data[: at + 20] + struct.pack("<II", 1 << 30, 1 << 30) + data[at + 28 :]
    refusal(lying)


@pytest.mark.parametrize(
    "program",
    [b"N" * 5_000_000, b"(" * 2_000_000 + b"t" * 2_000_000, b")" + b"\x85" * 5_000_000],
    ids=["values", "groups", "nested"],
)
def test_an_endless_pickle_is_given_up(program):
    bomb = rezipped(
        zip_bytes(STATE),
        lambda name, data: b"\x80\x02" + program + b"." if name.endswith("data.pkl") else data,
    )
    assert "absurdly long" in refusal(bomb)


def test_some_other_zip_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("../../evil.txt", "x")
    assert "some other kind of zip" in refusal(stream.getvalue())


def test_a_flipped_bit_in_a_weight_fails_the_checksum():
    data = bytearray(zip_bytes({"t": torch.full((1000,), 3.25)}))
    data[data.index(struct.pack("<f", 3.25) * 10) + 2] ^= 1
    assert "checksum" in refusal(bytes(data))


@pytest.mark.parametrize("write", [zip_bytes, legacy_bytes, save_safetensors])
def test_a_file_cut_short_is_refused_wherever_it_is_cut(write):
    data = write(STATE)
    for end in range(0, len(data), max(len(data) // 60, 1)):
        refusal(data[:end])


def safetensors_file(header, body=b""):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


@pytest.mark.parametrize(
    "data",
    [
        safetensors_file({"t": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}}),
        safetensors_file({"t": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}, b"1234"),
        safetensors_file({"t": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}, b"1234"),
        safetensors_file({"t": {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]}}, b"1234"),
        safetensors_file({"t": {"dtype": "F32", "shape": [2**33, 2**33], "data_offsets": [0, 0]}}),
        safetensors_file(
            {k: {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]} for k in "ab"}, b"1234"
        ),
        struct.pack("<Q", (1 << 64) - 1) + b"{",
        struct.pack("<Q", 1 << 40) + b"{}",
        struct.pack("<Q", 100_000) + b"{" * 100_000,
    ],
)
def test_safetensors_with_a_lying_header_are_refused(data):
    refusal(data, "lying.safetensors")


@pytest.mark.parametrize("data", [b"", b"x", b"{}", b"hello" * 100, b"\x80", b"\x80\x02N."])
def test_what_is_no_file_of_weights_is_refused(data):
    refusal(data)


def test_a_file_that_is_not_there_is_an_error_in_words(tmp_path):
    with pytest.raises(ExplorerError, match="No such file"):
        read_weights(tmp_path / "none.pth", "none.pth")


def test_a_file_too_large_is_not_read(tmp_path):
    with (tmp_path / "large.pth").open("wb") as stream:
        stream.truncate(4 << 30)
    assert "at most" in refusal(tmp_path / "large.pth")


def test_a_path_is_read_like_its_bytes(tmp_path):
    (tmp_path / "mine.pth").write_bytes(legacy_bytes(STATE))
    assert read_weights(tmp_path / "mine.pth", "mine").keys() == STATE.keys()


@pytest.mark.real
def test_the_real_weights_come_out_as_torch_reads_them(real):
    path = real / "hub" / "checkpoints" / "squeezenet1_0-b66bff10.pth"
    theirs = torch.load(path, weights_only=True)
    ours = read_weights(path, "squeezenet")
    assert list(ours) == list(theirs)
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
