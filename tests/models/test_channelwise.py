import torch

from kodo.models.channelwise import apart, together


def test_every_channel_is_an_image_and_finds_its_way_back():
    signal = torch.arange(2 * 3 * 7.0).reshape(2, 3, 7)
    images = apart(signal)
    assert images.shape == (6, 1, 1, 7)
    assert torch.equal(images[4, 0, 0], signal[1, 1])
    assert torch.equal(together(images, 3), signal.transpose(1, 2)[:, :, None])


def test_maps_and_channels_keep_their_places():
    maps = torch.arange(2 * 3 * 4 * 5.0).reshape(6, 4, 1, 5)
    joined = together(maps, 3)
    assert joined.shape == (2, 5, 4, 3)
    assert joined[1, 2, 3, 0] == maps[3, 3, 0, 2]


def test_the_maps_of_a_convolution_lie_side_by_side_in_memory():
    convolved = torch.nn.Conv2d(1, 4, (1, 3))(apart(torch.zeros(2, 3, 9)))
    assert convolved.is_contiguous(memory_format=torch.channels_last)
