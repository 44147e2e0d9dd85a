"""Every file of every dataset of a fixed format that is text, or lies open like numpy's arrays."""

from __future__ import annotations

import numpy as np

from kodo.datasets.readers import (
    dsads,
    hapt,
    mhealth,
    motionsense,
    pamap2,
    shrec17,
    traduttore,
    ucihar,
    wharf,
    wisdm,
)
from published import (
    ROWS,
    TWO,
    Format,
    codes,
    committers,
    committers_says,
    finite,
    frame_says,
    frame_text,
    frames_listed,
    hapt_files,
    hapt_labels,
    hapt_segments,
    labels,
    lines,
    mhealth_says,
    mhealth_text,
    motionsense_says,
    motionsense_text,
    pamap2_says,
    pamap2_text,
    people,
    people_got,
    people_says,
    pick,
    plain,
    shrec17_files,
    shrec17_list,
    shrec17_says,
    signal_and_label,
    signals,
    total_x,
    traduttore_files,
    ucihar_files,
    ucihar_text,
    wharf_says,
    windows,
    wisdm_csv,
    wisdm_got,
    wisdm_says,
    wisdm_text,
)
from strict import grid, so_many

FORMATS = (
    Format(
        "hapt, signals", hapt.read, "RawData/acc_exp01_user01.txt", b" ", 3,
        lambda v: lines(plain(v), " "), lambda raw: so_many(grid(raw, 3, b" "), ROWS),
        lambda found: found[0].signal[:, :3], hapt_files,
    ),
    Format(
        "hapt, labels", hapt.read, "RawData/labels.txt", b" ", 1,
        hapt_segments,
        hapt_labels, labels, lambda rows: hapt_files(ROWS), rows=4,
    ),
    Format(
        "ucihar, signals", ucihar.read, "train/Inertial Signals/total_acc_x_train.txt", b" ", 128,
        ucihar_text, lambda raw: finite(so_many(grid(raw, 128, b" "), ROWS)), total_x, ucihar_files,
    ),
    Format(
        "ucihar, activities", ucihar.read, "train/y_train.txt", b" ", 1,
        lambda v: lines([[code] for code in pick(v[:, 0], range(1, 7))], " "), lambda raw: codes(raw, 6),
        lambda found: np.array([[r.label[0] + 1] for r in windows(found)]), ucihar_files,
    ),
    Format(
        "ucihar, people", ucihar.read, "train/subject_train.txt", b" ", 1,
        lambda v: lines([[code] for code in pick(v[:, 0], range(1, 31))], " "), lambda raw: codes(raw, 30),
        lambda found: np.array([[int(r.subject)] for r in windows(found)]), ucihar_files,
    ),
    Format(
        "motionsense, signals", motionsense.read, "A_DeviceMotion_data/wlk_7/sub_1.csv", b",", 12,
        motionsense_text, motionsense_says, signals,
    ),
    Format(
        "motionsense, people", motionsense.read, "data_subjects_info.csv", b",", 4, people, people_says,
        people_got, lambda rows: {"A_DeviceMotion_data/wlk_7/sub_1.csv": motionsense_text(np.ones((9, 12)))},
    ),
    Format(
        "mhealth", mhealth.read, "mHealth_subject3.log", b"\t", 23,
        mhealth_text, mhealth_says, signal_and_label,
    ),
    Format(
        "pamap2", pamap2.read, "Protocol/subject103.dat", b" ", 52, pamap2_text, pamap2_says,
        signal_and_label,
    ),
    Format("wisdm", wisdm.read, "WISDM_ar_v1.1_raw.txt", b",", 3, wisdm_text, wisdm_says, wisdm_got),
    Format("wisdm, csv", wisdm.read, "WISDM_ar_v1.1_raw.csv", b",", 3, wisdm_csv, wisdm_says, wisdm_got),
    Format(
        "wharf", wharf.read, "HMP_Dataset/Walk/Accelerometer-2012-05-30-22-07-18-walk-m2.txt", b" ", 3,
        lambda v: lines([pick(row, range(64)) for row in v], " ", "\r\n"), wharf_says,
        lambda found: np.rint((signals(found) + 1.5) * 21),
    ),
    Format(
        "shrec17, frames", shrec17.read, "gesture_1/finger_1/subject_2/essai_1/skeletons_world.txt", b" ", 66,
        lambda v: lines(plain(v), " "), lambda raw: grid(raw, 66, b" "), lambda found: found[0].signal,
        shrec17_files,
    ),
    Format(
        "shrec17, lists", shrec17.read, "train_gestures.txt", b" ", 1, shrec17_list, shrec17_says,
        frames_listed, shrec17_files, named=("train_gestures.txt", "test_gestures.txt", "gesture_"), rows=3,
    ),
    Format(
        "dsads", dsads.read, "a05/p2/s01.txt", b",", 45, lambda v: lines(plain(v), ","),
        lambda raw: finite(so_many(grid(raw, 45, b","), dsads.SEGMENT)), signals, rows=dsads.SEGMENT,
    ),
    Format(
        "traduttore, committers", traduttore.read, "committers.csv", b",", 1, committers, committers_says,
        lambda found: np.array([[int(r.subject.rpartition("c")[2])] for r in found]), traduttore_files,
        rows=TWO,
    ),
    Format(
        "traduttore, frames", traduttore.read, "MP_Data/hello/0/1.npy", b"", 258, frame_text, frame_says,
        lambda found: found[0].signal[:1],
        lambda rows: traduttore_files(1) | {"committers.csv": committers(np.zeros((1, 1)))}, rows=1,
    ),
)  # fmt: skip
