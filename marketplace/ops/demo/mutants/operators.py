"""Three ways to break a Python function in one place, on its syntax tree.

The first-order mutations of mutation testing (DeMillo, Lipton, Sayward 1978): replace a relation,
replace an arithmetic operator, move a whole number by one. They are the slips reviewers look for.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

RELATIONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
}


@dataclass(frozen=True)
class Mutant:
    """A changed program: its text, the operator used, and the line of the unchanged text."""

    solution: str
    fault: str
    line: int


def tidy(program: str, entry_point: str) -> str:
    """The program as Python prints it, without comments and without `entry_point`'s docstring.

    Right and wrong solutions both go through here, so that their look gives nothing away; the
    docstring already stands in the problem. Refuses a text that is no Python (`SyntaxError`).
    """
    tree = ast.parse(program)
    for function in _functions(tree, entry_point):
        if ast.get_docstring(function) is not None and len(function.body) > 1:
            del function.body[0]
    return ast.unparse(tree) + "\n"


def mutants(program: str, entry_point: str) -> list[Mutant]:
    """Every program that differs from `program` by one change inside `entry_point`."""
    tree = ast.parse(program)
    found: dict[str, Mutant] = {}
    for function in _functions(tree, entry_point):
        inside = [node for statement in function.body for node in ast.walk(statement)]
        for node in inside:
            for fault, changed in _changes(node):
                text = _with(tree, node, changed)
                if text != program:
                    found.setdefault(text, Mutant(text, fault, getattr(node, "lineno", 0)))
    return list(found.values())


def _functions(tree: ast.Module, name: str) -> list[ast.FunctionDef]:
    return [one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == name]


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Compare):
        for index, relation in enumerate(node.ops):
            if swapped := RELATIONS.get(type(relation)):
                changed = copy.deepcopy(node)
                changed.ops[index] = swapped()
                yield "comparison", changed
    elif isinstance(node, ast.BinOp | ast.AugAssign):
        if operator := ARITHMETIC.get(type(node.op)):
            other = copy.copy(node)
            other.op = operator()
            yield "arithmetic", other
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        for step in (1, -1):
            yield "constant", ast.Constant(node.value + step)


def _with(tree: ast.Module, old: ast.AST, new: ast.AST) -> str:
    """The text of `tree` with `old` replaced by `new`; `tree` itself is left as it was."""

    class Replace(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            if node is old:
                return new
            return self.generic_visit(node)

    replaced = copy.deepcopy(tree, {id(old): old})
    return ast.unparse(Replace().visit(replaced)) + "\n"
