import pickle

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from kodo.errors import KodoError
from kodo.models.weights import load_weights, read_weights


def network(seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv1d(2, 3, 3), nn.BatchNorm1d(3), nn.Linear(3, 5))


@pytest.fixture
def weights():
    return network(1).state_dict()


@pytest.mark.parametrize("name", ["net.pth", "net.safetensors"])
def test_a_file_gives_back_what_was_saved(tmp_path, weights, name):
    path = tmp_path / name
    (save_file if path.suffix == ".safetensors" else torch.save)(weights, path)
    read = read_weights(path)
    assert read.keys() == weights.keys()
    assert all(torch.equal(read[key], weights[key]) for key in weights)


class Code:
    """Runs when it is unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("code of the file was run",))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("code.pth", pickle.dumps(Code()), "no weights that can be read without running code"),
        ("text.pth", b"no weights", "no weights that can be read without running code"),
        ("empty.pth", b"", "no weights that can be read without running code"),
        ("half.safetensors", b"\x10\0\0\0\0\0\0\0{}", "is no whole safetensors file"),
        ("empty.safetensors", b"", "is no whole safetensors file"),
    ],
)
def test_what_holds_no_weights_is_refused(tmp_path, name, content, says):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(KodoError, match=f"{name} .*{says}|{name} {says}"):
        read_weights(path)


@pytest.mark.parametrize("new", [True, False])
def test_damaged_files_are_read_or_refused(tmp_path, weights, new):
    path = tmp_path / "net.pth"
    torch.save(weights, path, _use_new_zipfile_serialization=new)
    whole, random = path.read_bytes(), np.random.default_rng(0)
    refused = 0
    for _ in range(100):
        content = bytearray(whole)
        content[random.integers(min(len(content), 500))] = random.integers(256)
        path.write_bytes(content)
        try:
            read_weights(path)
        except KodoError:
            refused += 1
    assert refused > 20


@pytest.mark.parametrize("name", ["none.pth", "none.safetensors"])
def test_a_file_that_is_not_there_is_named(tmp_path, name):
    with pytest.raises(KodoError, match=rf"Could not read the weights .*{name}: no such file"):
        read_weights(tmp_path / name)


def test_a_checkpoint_is_no_state_dict(tmp_path, weights):
    torch.save({"epoch": 3, "model": weights}, tmp_path / "checkpoint.pth")
    with pytest.raises(KodoError, match="holds more than weights: wanted a state dict"):
        read_weights(tmp_path / "checkpoint.pth")


def test_a_body_is_taken_and_the_head_left_fresh(tmp_path, weights):
    own = network(2)
    before = own[2].weight.clone()
    load_weights("resnet2d", own, weights, tmp_path, fresh=("2",))
    assert torch.equal(own[0].weight, weights["0.weight"])
    assert torch.equal(own[2].weight, before)
    load_weights("resnet2d", own, {k: v for k, v in weights.items() if k[0] != "2"}, tmp_path, fresh=("2",))


def test_old_files_count_no_batches_and_half_precision_is_read(tmp_path, weights):
    own = network(2)
    old = {k: v.half() for k, v in weights.items() if not k.endswith("num_batches_tracked")}
    load_weights("resnet2d", own, old, tmp_path, fresh=())
    assert own[0].weight.dtype == torch.float32
    torch.testing.assert_close(own[0].weight.detach(), weights["0.weight"], atol=1e-3, rtol=0)


def test_all_that_does_not_fit_is_said_in_one_sentence(tmp_path, weights):
    odd = dict(weights)
    del odd["0.weight"], odd["0.bias"]
    odd["1.weight"] = torch.ones(4)
    odd |= {f"module.{number}": torch.ones(1) for number in range(5)}
    with pytest.raises(KodoError) as caught:
        load_weights("resnet2d", network(2), odd, tmp_path / "odd.pth", fresh=("2",))
    assert str(caught.value).endswith(
        "odd.pth does not fit resnet2d; missing: 0.weight, 0.bias; "
        "surplus: module.0, module.1, module.2 and 2 more; of another shape: 1.weight (4,) in place of (3,)."
    )


def test_nothing_is_loaded_where_something_does_not_fit(tmp_path, weights):
    own = network(2)
    before = own[0].weight.clone()
    with pytest.raises(KodoError, match="missing"):
        load_weights("resnet2d", own, {k: v for k, v in weights.items() if k != "1.bias"}, tmp_path, fresh=())
    assert torch.equal(own[0].weight, before)
