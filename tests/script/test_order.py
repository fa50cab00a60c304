"""The order of revisions: that in which projects with branches have been migrated so far."""

from __future__ import annotations

import random

import pytest

from autodiff.script.order import newest_first
from autodiff.script.revision import Revision


def nodes(text: str) -> dict[str, Revision]:
    """Revisions by id; `c:a,b+d` comes after a and b and depends on d."""
    found = {}
    for word in text.split():
        id_, _, rest = word.partition(":")
        down, _, depends = rest.partition("+")
        node = Revision(id_, tuple(filter(None, down.split(","))), tuple(filter(None, depends.split(","))))
        node._depends = node._wanted
        found[id_] = node
    return found


@pytest.mark.parametrize(
    ("files", "order"),
    [
        ("a: b: d: c: e:b f:c,e h:a i:c g:b", "d f i h a c g e b"),
        ("f:a e: c:a,b a: d:c b:a g:d", "f g d c b e a"),
        ("g:b,a b: f:c a: c:b d:a e:d", "g f c b e d a"),
        ("a: b:a e:c,a c:b d:c f: g:d", "e g d f c b a"),
        ("h:d,f c:a e: b:a a: f:e,b g:d,b d:b", "h g d c f e b a"),
        ("a: d:c b:a e:c h:e g:f c:a,b f:", "d h e c b g f a"),
        ("e:b d:b,a c: g:d f:a,e b: h: a:", "c g d f e b h a"),
        ("e:d,c a: d:c,b f: g: c:b b:a", "e d c g f b a"),
        ("d:a h: a: g:e+a f:e,c b:+a e:d c:b+a i:g", "h f i g e d c b a"),
        ("a: b:a h:d,c g:a e:+d i:a f:+d d:c+b c:b", "h e g f i d c b a"),
        ("i:g+b f:a e:a b: d:c,b c:a a: g:d+b h:c+g", "i h g d f e c a b"),
        ("d:c+b g:a+e e:c b:a a: c:a,b h:+f f:c+b", "d g h f e c b a"),
        ("e:d,c f: i:g+a a: d:a g:e+d b:+a c:a h:d,c+e", "f i g h e b c d a"),
        ("e:+d d:+c g:f,e+d c:b+a f:d a: b:a", "g f e d c b a"),
        ("d: e:+c c:b,a f:+a g:f+d a: h:e b:a", "g f h e c b a d"),
        ("d:a+c i:g,c f:a a: e:c g:d+e h:d b:+a c:b", "i g h f d e c b a"),
    ],
)
def test_the_order_is_the_one_that_alembic_1_20_was_measured_to_have(files: str, order: str) -> None:
    found = nodes(files)
    assert " ".join(newest_first(found, found)) == order


@pytest.mark.parametrize("seed", range(30))
def test_any_part_of_a_graph_comes_children_first_and_once(seed: int) -> None:
    chance = random.Random(seed)
    names = [f"r{number}" for number in range(40)]
    words = []
    for place, name in enumerate(names):
        parents, depends = (chance.sample(names[:place], min(place, chance.choice([0, 1, 1, 1, 2]))) for _ in "ab")
        words.append(f"{name}:{','.join(parents)}+{','.join(each for each in depends if each not in parents)}")
    chance.shuffle(words)
    found = nodes(" ".join(words))
    part = chance.sample(names, 30)
    order = newest_first(found, part)
    assert sorted(order) == sorted(part)
    for id_ in part:
        node = found[id_]
        below = [each for each in (*node._down, *node._depends) if each in part]
        assert all(order.index(id_) < order.index(each) for each in below)


def test_a_branch_that_many_others_leave_is_not_walked_for_each_of_them() -> None:
    files = " ".join(["base:", *(f"h{number}:base" for number in range(3000))])
    found = nodes(files)
    assert newest_first(found, found)[-1] == "base"
