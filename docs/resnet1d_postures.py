"""Does `resnet1d` take sitting for standing? `KODO_DATA=... python docs/resnet1d_postures.py`.

F1 of the two at the torso of `dsads`, windows of the validation people of five folds together; test people
are taken out of every split before anything is trained. About 20 minutes on one core.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from resnet1d_settings import CHANGES, START, Seen, windows
from sklearn.metrics import f1_score

from kodo.evaluation.protocol import PROTOCOLS, Folding
from kodo.models.model import MODELS, parameters
from kodo.training.device import one_thread
from kodo.training.gradient import GradientSettings, train
from kodo.training.trainer import Recipe, silent
from kodo.windows.prepare import DEFAULT_PREPARE

POSTURES = ("sitting", "standing")
TORSO = Seen("dsads", 3.0, 0.5, (), folds=5, place="torso")
CASES = {
    "resnet1d, not turned": ("resnet1d", START),
    "resnet1d, turned by up to 45 degrees": ("resnet1d", replace(START, **CHANGES["augment.rotation 45"][1])),
    "cnn_har": ("cnn_har", GradientSettings()),
}


def answers(model: str, settings: GradientSettings, fold: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels of the validation people's windows of one fold, and what is said of them."""
    seen = windows(TORSO)
    division = PROTOCOLS.get("kfold").fold(seen, fold, Folding())
    division = replace(division, test=np.zeros(0, np.int64))
    entry = MODELS.get(model)
    recipe = Recipe(entry, parameters(entry, {}), DEFAULT_PREPARE, settings, seed=fold)
    said = train(recipe, seen, division, silent).log_probabilities(seen, division.validation)
    return seen.label[division.validation], said.argmax(1)


def main() -> None:
    """Print a line per case."""
    names = windows(TORSO).activities
    print(f"| | {' | '.join(POSTURES)} | mean of {len(names)} |\n|---|---|---|---|")
    for case, (model, settings) in CASES.items():
        made = [answers(model, settings, fold) for fold in range(TORSO.folds)]
        label, said = (np.concatenate(part) for part in zip(*made, strict=True))
        scores = f1_score(label, said, average=None, labels=range(len(names)))
        cells = [f"{scores[names.index(posture)]:.3f}" for posture in POSTURES]
        print(f"| {case} | {' | '.join(cells)} | {scores.mean():.3f} |", flush=True)


if __name__ == "__main__":
    with one_thread():
        main()
