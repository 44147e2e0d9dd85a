"""Landmark tables: what trackers call their points, in the order of their files, and channels of them."""

from __future__ import annotations

from collections.abc import Sequence

from kodo.datasets.recording import Channel, sensor

POSE = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear", "mouth_left", "mouth_right", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_pinky", "right_pinky", "left_index", "right_index",
    "left_thumb", "right_thumb", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle", "left_heel", "right_heel", "left_foot_index", "right_foot_index",
)  # fmt: skip
"""MediaPipe's 33 points of the body."""

HAND = (
    "wrist", "thumb_cmc", "thumb_mcp", "thumb_ip", "thumb_tip", "index_mcp", "index_pip", "index_dip",
    "index_tip", "middle_mcp", "middle_pip", "middle_dip", "middle_tip", "ring_mcp", "ring_pip", "ring_dip",
    "ring_tip", "pinky_mcp", "pinky_pip", "pinky_dip", "pinky_tip",
)  # fmt: skip
"""MediaPipe's 21 points of a hand."""

FACE = tuple(str(number) for number in range(468))
"""MediaPipe's 468 points of the face, which it names by number alone."""

DEPTH_HAND = (
    "wrist", "palm", "thumb_base", "thumb_first", "thumb_second", "thumb_tip", "index_base", "index_first",
    "index_second", "index_tip", "middle_base", "middle_first", "middle_second", "middle_tip", "ring_base",
    "ring_first", "ring_second", "ring_tip", "pinky_base", "pinky_first", "pinky_second", "pinky_tip",
)  # fmt: skip
"""The 22 joints of a hand that Intel's depth camera gives."""


def landmarks(
    points: Sequence[str], part: str, unit: str, *, visibility: bool = False
) -> tuple[Channel, ...]:
    """The channels of points, point by point; each point is one place, so that it is turned as one.

    Args:
        points: names of the points, in the order of the file.
        part: what they are points of ("pose", "left_hand"); starts the names.
        unit: of the positions; "image" for fractions of a picture.
        visibility: whether a fourth number of each point says how surely it is seen (0 to 1).
    """
    channels: list[Channel] = []
    for point in points:
        place = f"{part}_{point}"
        channels += sensor("position", place, unit, prefix=place)
        if visibility:
            channels.append(Channel(f"{place}_visibility", "other", "", place, ""))
    return tuple(channels)
