"""layouts: as many points as the trackers give, and channels in the order of the files."""

from __future__ import annotations

from kodo.datasets.layouts import DEPTH_HAND, HAND, POSE, landmarks
from kodo.datasets.recording import sensors


def test_the_tables_are_as_long_as_published() -> None:
    assert (len(POSE), len(HAND), len(DEPTH_HAND)) == (33, 21, 22)
    for table in (POSE, HAND, DEPTH_HAND):
        assert len(set(table)) == len(table)


def test_points_that_publishers_name_by_number() -> None:
    assert [POSE[n] for n in (0, 11, 12, 15, 16, 23, 32)] == [
        "nose", "left_shoulder", "right_shoulder", "left_wrist", "right_wrist", "left_hip", "right_foot_index"
    ]  # fmt: skip
    assert [HAND[n] for n in (0, 4, 8, 12, 16, 20)] == [
        "wrist", "thumb_tip", "index_tip", "middle_tip", "ring_tip", "pinky_tip"
    ]  # fmt: skip
    assert [DEPTH_HAND[n] for n in (0, 1, 5, 9, 13, 17, 21)] == [
        "wrist", "palm", "thumb_tip", "index_tip", "middle_tip", "ring_tip", "pinky_tip"
    ]  # fmt: skip


def test_channels_go_point_by_point() -> None:
    channels = landmarks(("wrist", "palm"), "left_hand", "m")
    assert [c.name for c in channels] == [
        "left_hand_wrist_x", "left_hand_wrist_y", "left_hand_wrist_z",
        "left_hand_palm_x", "left_hand_palm_y", "left_hand_palm_z",
    ]  # fmt: skip
    assert sensors(channels) == [[0, 1, 2], [3, 4, 5]]
    assert {c.unit for c in channels} == {"m"}


def test_visibility_is_no_position() -> None:
    channels = landmarks(("nose",), "pose", "image", visibility=True)
    assert [c.quantity for c in channels] == ["position"] * 3 + ["other"]
    assert (channels[3].name, channels[3].axis, channels[3].unit) == ("pose_nose_visibility", "", "")
