"""Every example runs, ends where it says it ends, and its program means the same in both backends."""

import importlib.util
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(script: Path) -> str:
    """What a script prints."""
    result = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture
def copy(tmp_path: Path):
    """A copy of an example, so that what it writes stays out of the checkout."""
    return lambda name: Path(shutil.copytree(EXAMPLES / name, tmp_path / name))


def test_digits_are_learnt_to_96_percent_and_classified_by_the_command(copy) -> None:
    directory = copy("digits")
    printed = run(directory / "train.py")
    losses = [float(loss) for loss in re.findall(r"loss ([\d.]+)", printed)]
    assert len(losses) == 40 and losses[-1] < losses[0] / 50
    assert float(re.findall(r"accuracy ([\d.]+)%", printed)[-1]) >= 96
    arguments = ["run", "digits.ein", "--data", "trained.npz", "--only", "digit", "--out", "digit.npz"]
    command = [sys.executable, "-m", "einlang", *arguments]
    subprocess.run(command, cwd=directory, check=True)
    labels = np.load(directory / "trained.npz")["Y"].argmax(axis=1)
    assert np.mean(np.load(directory / "digit.npz")["digit"] == labels) >= 0.96


def test_linear_regression_reaches_the_exact_solution(copy) -> None:
    printed = run(copy("linear_regression") / "train.py")
    (difference,) = re.findall(r"exact solution: (\S+)", printed)
    assert float(difference) < 1e-3


def test_logistic_regression_tells_benign_from_malignant(copy) -> None:
    printed = run(copy("logistic_regression") / "train.py")
    losses = [float(loss) for loss in re.findall(r"loss ([\d.]+)", printed)]
    assert losses == sorted(losses, reverse=True) and losses[-1] < 0.2
    assert float(re.findall(r"accuracy ([\d.]+)%", printed)[-1]) >= 95


def test_networks_of_every_depth_come_from_one_file_and_learn(copy) -> None:
    copy("digits")
    directory = copy("deep_network")
    printed = run(directory / "train.py")
    assert re.findall(r"^(\d) layers? ", printed, flags=re.MULTILINE) == ["1", "2", "4", "8"]
    losses = [float(loss) for loss in re.findall(r"loss ([\d.]+)", printed)]
    assert losses == sorted(losses, reverse=True) and losses[-1] < 0.02
    assert all(float(accuracy) >= 94 for accuracy in re.findall(r"accuracy ([\d.]+)%", printed))
    arguments = ["run", "deep_network.ein", "--set", "n=8", "--data", "trained.npz", "--only", "digit", "--out", "digit.npz"]
    subprocess.run([sys.executable, "-m", "einlang", *arguments], cwd=directory, check=True)
    labels = np.load(directory / "trained.npz")["y"]
    assert np.mean(np.load(directory / "digit.npz")["digit"] == labels) >= 0.94


def test_newtons_method_takes_under_ten_steps_and_ends_where_scikit_learn_does(tmp_path: Path) -> None:
    for name in ("newton", "logistic_regression"):
        shutil.copytree(EXAMPLES / name, tmp_path / name)
    (tmp_path / "newton" / "convergence.png").unlink()
    printed = run(tmp_path / "newton" / "train.py")
    (newton,) = re.findall(r"Newton's method: converged after (\d+) steps, value ([\d.]+)", printed)
    (descent,) = re.findall(r"gradient descent: converged after (\d+) steps, value ([\d.]+)", printed)
    assert int(newton[0]) < 10 < 100 < int(descent[0]) and newton[1] == descent[1]
    assert float(re.findall(r"accuracy ([\d.]+)%", printed)[0]) >= 98
    if importlib.util.find_spec("sklearn"):
        (difference,) = re.findall(r"scikit-learn's solution differs by at most (\S+)", printed)
        assert float(difference) < 1e-6
    assert (tmp_path / "newton" / "convergence.png").exists() == bool(importlib.util.find_spec("matplotlib"))


def test_a_convolutional_network_reads_digits_better_than_a_dense_one(copy) -> None:
    copy("digits")
    printed = run(copy("convolutional_network") / "train.py")
    dense, convolutional = (float(accuracy) for accuracy in re.findall(r"accuracy ([\d.]+)%", printed))
    assert convolutional > dense > 96


def test_a_gaussian_mixture_finds_the_species(copy) -> None:
    printed = run(next(copy("gaussian_mixture").glob("*.py")))
    assert "newton: converged" in printed
    assert float(re.findall(r"their species ([\d.]+)%", printed)[0]) >= 95


def test_a_gaussian_process_foretells_heights(copy) -> None:
    printed = run(copy("gaussian_process") / "train.py")
    assert "Newton's method: converged" in printed
    (miss,) = re.findall(r"other places differ by (\d+) m", printed)
    (within,) = re.findall(r"within two deviations ([\d.]+)%", printed)
    assert float(miss) < 35 and float(within) > 85
    if importlib.util.find_spec("sklearn"):
        (difference,) = re.findall(r"differ from scikit-learn's by at most (\S+)", printed)
        assert float(difference) < 1e-10


def test_newton_raphson_in_the_language_doubles_its_digits(copy) -> None:
    printed = run(copy("poisson_regression") / "train.py")
    decrements = [float(number) for number in re.findall(r"decrement (\S+)", printed)]
    assert len(decrements) == 6
    digits = [-np.log10(number) for number in decrements[2:]]
    assert all(after > 1.9 * before for before, after in pairwise(digits))
    if importlib.util.find_spec("sklearn"):
        (difference,) = re.findall(r"scikit-learn's solution differs by at most (\S+)", printed)
        assert float(difference) < 1e-10


def test_a_robot_arm_follows_a_curve(copy) -> None:
    printed = run(copy("robot_arm") / "reach.py")
    (farthest,) = re.findall(r"at most (\S+) from its point", printed)
    assert float(farthest) < 1e-9


def test_a_physics_informed_network_solves_the_heat_equation(copy) -> None:
    printed = run(copy("physics_informed") / "train.py")
    losses = [float(loss) for loss in re.findall(r"loss (\S+)", printed)]
    assert losses == sorted(losses, reverse=True) and losses[-1] < 1e-3
    (difference,) = re.findall(r"exact solution by at most (\S+)", printed)
    assert float(difference) < 0.02


def test_graph_attention_finds_the_sides_of_a_club(copy) -> None:
    printed = run(copy("graph_attention") / "train.py")
    (right,) = re.findall(r"side of (\d+) of the 32 other members right", printed)
    assert int(right) >= 27
    assert float(re.findall(r"sums to 1 but for (\S+),", printed)[0]) < 1e-12


def test_word_embeddings_put_words_of_the_same_use_together(copy) -> None:
    printed = run(copy("word_embeddings") / "train.py")
    losses = [float(loss) for loss in re.findall(r"loss (\S+)", printed)]
    assert len(losses) == 6 and losses[-1] < losses[0]
    for word, near in (("left", "right"), ("true", "false"), ("int", "float")):
        assert re.search(rf"^{word}: .*\b{near}\b", printed, flags=re.MULTILINE)


def test_heat_flows_as_the_exact_solution_says(copy) -> None:
    printed = run(copy("heat_equation") / "run.py")
    assert float(re.findall(r"heat changes by at most (\S+)", printed)[0]) < 1e-12
    assert "energy falls in every step: True" in printed
    assert "the coldest never cools: True" in printed
    differences = [float(number) for number in re.findall(r"exact solution by at most (\S+)", printed)]
    assert differences == sorted(differences, reverse=True) and differences[0] < 1e-3


def test_k_means_finds_most_digits(copy) -> None:
    copy("digits")
    printed = run(copy("k_means") / "run.py")
    assert re.findall(r"never rose (\w+)", printed) == ["True"] * 10
    assert float(re.findall(r"the same digit: ([\d.]+)%", printed)[0]) > 75
    if importlib.util.find_spec("sklearn"):
        (ratio,) = re.findall(r"scikit-learn's from there times (\S+)", printed)
        assert abs(float(ratio) - 1) < 1e-9


def test_pagerank_is_the_eigenvector(copy) -> None:
    printed = run(copy("pagerank") / "run.py")
    assert float(re.findall(r"eigenvector by at most (\S+)", printed)[0]) < 1e-12
    assert "the sum of p is 1.000000000000" in printed


def test_a_factorisation_restores_what_is_missing(copy) -> None:
    printed = run(copy("matrix_factorisation") / "run.py")
    assert "never rose True" in printed
    ((miss, by_mean),) = re.findall(r"missing places differ by (\d+) m, from the mean by (\d+) m", printed)
    assert 2 * float(miss) < float(by_mean)


def test_a_decomposition_finds_what_a_tensor_was_made_from(copy) -> None:
    printed = run(copy("cp_decomposition") / "run.py")
    assert "never rose True" in printed
    cosines = re.findall(r"(?<=[ ])[01]\.\d{4}\b", printed.split("largest gradient")[1])
    assert len(cosines) == 9 and all(float(cosine) > 0.999 for cosine in cosines)


def test_attention_guesses_better_than_counts_of_pairs(copy) -> None:
    printed = run(copy("attention") / "train.py")
    ((attention, pairs),) = re.findall(r"attention (\S+), counts of pairs (\S+)", printed)
    assert float(attention) < float(pairs) - 0.1


def test_a_kalman_filter_finds_the_variances_of_the_nile(copy) -> None:
    printed = run(copy("kalman_filter") / "train.py")
    assert "Newton's method: converged" in printed
    ((noise, move, likelihood),) = re.findall(r"measurement (\d+), of a move of the level (\d+); log likelihood (\S+)", printed)
    assert abs(int(noise) - 15099) < 3 and abs(int(move) - 1469) < 3
    assert float(likelihood) == pytest.approx(-641.5856, abs=1e-4)
    assert "falls most, by 49, from 1898 to 1899" in printed


def test_a_hidden_markov_model_finds_the_rates_of_the_book(copy) -> None:
    printed = run(copy("hidden_markov") / "train.py")
    likelihoods = [float(number) for number in re.findall(r"after 100 steps (\S+), never fell True", printed)]
    assert likelihoods == pytest.approx([-391.9189, -341.8787, -328.5275], abs=1e-4)
    assert "rates 13.134 19.713 29.710" in printed
    assert printed.count(" from ") == 10


def test_recurrent_networks_foretell_sunspots_better_than_linear_models(copy) -> None:
    printed = run(copy("recurrent_network") / "train.py")
    losses = [float(loss) for loss in re.findall(r"loss (\S+)", printed)]
    assert len(losses) == 5 and losses == sorted(losses, reverse=True)
    early, late = (list(map(float, re.findall(r"[a-z] (\d+\.\d+)", line))) for line in printed.splitlines()[-2:])
    network, linear, of_roots, as_last_year = early
    assert network < of_roots < linear < as_last_year / 1.8
    assert late[0] < late[1] < late[3] / 1.7


def test_assimilated_measurements_make_a_forecast(copy) -> None:
    printed = run(copy("data_assimilation") / "run.py")
    assert printed.count("times: converged") == 4
    guess, found = (list(map(float, misses.split())) for misses in re.findall(r"steps: ([\d. ]+)$", printed, flags=re.MULTILINE))
    assert found[0] < guess[0] / 2 and found[1] < guess[1] / 4 and found[2] < guess[2] / 2
