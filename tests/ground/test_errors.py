from kodo.errors import KodoError, near


def test_near_names_are_suggested_best_first() -> None:
    assert near("vgh", ["cnn1d", "vgg", "features"]) == "Did you mean 'vgg'?"
    assert near("watched", ["watch", "watches"]) == "Did you mean 'watches' or 'watch'?"


def test_when_nothing_is_near_all_are_listed() -> None:
    assert near("xyz", ["watch", "hapt"]) == "There are: watch, hapt."


def test_at_most_three_are_suggested() -> None:
    assert near("model", ["model1", "model2", "model3", "model4"]).count("'") == 6


def test_a_tuple_of_names_will_do() -> None:
    assert near("hap", ("hapt", "watch")) == "Did you mean 'hapt'?"


def test_the_error_is_an_exception_with_its_sentence() -> None:
    assert str(KodoError("No such thing.")) == "No such thing."
    assert not issubclass(KodoError, ValueError | OSError)
