"""While a comparison is made no garbage is looked for, and the collector is left as it was."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from autodiff.reflect.compare import without_collection


@pytest.fixture
def collector() -> Iterator[None]:
    yield
    gc.enable()
    gc.unfreeze()


def test_the_collector_runs_again_afterwards_even_after_a_failure(collector: None) -> None:
    with pytest.raises(ZeroDivisionError), without_collection():
        raise ZeroDivisionError(gc.isenabled())
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off(collector: None) -> None:
    gc.disable()
    with without_collection():
        pass
    assert not gc.isenabled()


def test_what_the_application_has_frozen_stays_frozen(collector: None) -> None:
    gc.freeze()
    with without_collection():
        pass
    assert gc.get_freeze_count() > 0


def test_what_was_made_is_not_looked_through_by_the_next_quick_collection(collector: None) -> None:
    with without_collection():
        kept = [[number] for number in range(10_000)]
    assert len(gc.get_objects(generation=0)) < 5_000
    assert len(kept) == 10_000
