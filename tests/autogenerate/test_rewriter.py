"""A Rewriter replaces operations wherever they stand in a script, once, in order."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, Integer

from autodiff.autogenerate.rewriter import Rewriter
from autodiff.operations import ops


def column(name):
    return ops.AddColumnOp("t", Column(name, Integer))


def script(*given):
    return ops.MigrationScript("r", ops.UpgradeOps(list(given)), ops.DowngradeOps([ops.DropColumnOp("t", "a")]))


def names(container):
    found = []
    for op in container.ops:
        found.append(
            names(op) if isinstance(op, ops.OpContainer) else getattr(op, "column_name", None) or op.column.name
        )
    return found


def run(writer, made):
    directives = [made]
    writer(None, "rev", directives)
    return directives


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (lambda op: op, ["a", ["b"]]),
        (lambda op: [op, ops.DropColumnOp("t", "x")], ["a", "x", ["b", "x"]]),
        (lambda op: ops.DropColumnOp("t", "x"), ["x", ["x"]]),
        (lambda op: [], [[]]),
        (lambda op: None, ["a", ["b"]]),
    ],
    ids=["itself", "two", "another", "dropped", "changed in place"],
)
def test_an_operation_becomes_what_the_function_gives_back(answer, wanted):
    writer = Rewriter()
    writer.rewrites(ops.AddColumnOp)(lambda context, revision, op: answer(op))
    made = script(column("a"), ops.ModifyTableOps("t", [column("b")]))
    run(writer, made)
    assert names(made.upgrade_ops) == wanted
    assert names(made.downgrade_ops) == ["a"]


def test_what_a_function_gives_back_is_not_given_to_the_same_rewriter_again():
    writer, seen = Rewriter(), []

    @writer.rewrites(ops.AddColumnOp)
    def twice(context, revision, op):
        seen.append(op.column.name)
        return [op, column(f"{op.column.name}2")]

    made = script(column("a"))
    run(writer, made)
    run(writer, made)
    assert names(made.upgrade_ops) == ["a", "a2"]
    assert seen == ["a"]


def test_several_functions_for_a_class_are_applied_one_after_the_other():
    writer = Rewriter()
    writer.rewrites(ops.AddColumnOp)(lambda context, revision, op: [op, column("b")])
    writer.rewrites(ops.AddColumnOp)(lambda context, revision, op: [op, ops.DropColumnOp("t", "x")])
    made = script(column("a"))
    run(writer, made)
    assert names(made.upgrade_ops) == ["a", "x", "b", "x"]


def test_a_chain_gives_what_the_first_made_to_the_second_and_leaves_both_as_they_were():
    first, second = Rewriter(), Rewriter()
    first.rewrites(ops.AddColumnOp)(lambda context, revision, op: [op, column("b")])
    second.rewrites(ops.AddColumnOp)(lambda context, revision, op: [op, ops.DropColumnOp("t", "x")])
    made = script(column("a"))
    run(first.chain(second), made)
    assert names(made.upgrade_ops) == ["a", "x", "b", "x"]
    alone = script(column("a"))
    run(first, alone)
    assert names(alone.upgrade_ops) == ["a", "b"]


def test_functions_serve_subclasses_and_containers():
    writer = Rewriter()
    writer.rewrites(ops.AlterTableOp)(lambda context, revision, op: [])
    made = script(column("a"), ops.RenameTableOp("a", "b"), ops.CreateTableOp("t", []))
    run(writer, made)
    assert [type(op) for op in made.upgrade_ops.ops] == [ops.CreateTableOp]
    writer = Rewriter()
    writer.rewrites(ops.ModifyTableOps)(lambda context, revision, op: op.ops)
    made = script(ops.ModifyTableOps("t", [column("b")]))
    run(writer, made)
    assert names(made.upgrade_ops) == ["b"]


def test_whole_scripts_are_rewritten_and_dropped():
    writer, seen = Rewriter(), []

    @writer.rewrites(ops.MigrationScript)
    def note(context, revision, op):
        seen.append(revision)
        return []

    assert run(writer, script(column("a"))) == []
    assert seen == ["rev"]


def test_a_plugin_says_that_its_operation_has_no_inside(monkeypatch):
    class Special(ops.OpContainer):
        pass

    monkeypatch.setattr(Rewriter, "_traverse", Rewriter._traverse.branch())
    Rewriter._traverse.dispatch_for(Special)(lambda self, context, revision, directive: None)
    writer = Rewriter()
    writer.rewrites(ops.AddColumnOp)(lambda context, revision, op: [])
    made = script(Special([column("a")]))
    run(writer, made)
    assert names(made.upgrade_ops) == [["a"]]
