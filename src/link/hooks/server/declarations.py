"""Hooks that wheels bring are code of strangers. One that only declares — lists of names and calls of PyInstaller's own
`collect_…` functions with constants — says the same whoever reads it: it may run, since nothing else can.
"""
import ast

# Functions of PyInstaller.utils.hooks that look at files and metadata alone.
FUNCTIONS = ("check_requirement", "copy_metadata", "is_module_satisfies")
# What modules say of the target (identity.py): attributes, and functions without arguments.
ATTRIBUTES = {("sys", "platform"), ("os", "name")}
CALLS = {("platform", "system"), ("platform", "machine")}
# Statements of a hook, at most: real ones have less than a hundred.
STATEMENTS = 1000
# What changes a list, set or dict that the hook has made.
METHODS = ("append", "extend", "update", "add")
EXPRESSIONS = (
    ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.Starred, ast.BoolOp, ast.Compare, ast.IfExp, ast.JoinedStr,
)
OPERATORS = (ast.Load, ast.boolop, ast.cmpop)


class Undeclared(Exception):
    pass


class Reader:
    def __init__(self):
        self.values, self.functions, self.modules, self.count = set(), set(), set(), 0
        # The names of what says something of the target, with the modules that they are of.
        self.facts = {}

    def block(self, statements):
        for statement in statements:
            self.count += 1
            if self.count > STATEMENTS:
                raise Undeclared
            getattr(self, type(statement).__name__, self.other)(statement)

    def other(self, node):
        raise Undeclared

    def Pass(self, node):
        pass

    def Import(self, node):
        for alias in node.names:
            if alias.name not in {module for module, _ in ATTRIBUTES | CALLS}:
                raise Undeclared
            self.facts[alias.asname or alias.name] = alias.name

    def ImportFrom(self, node):
        for alias in node.names:
            name = alias.asname or alias.name
            if (node.module, node.level) == ("PyInstaller.compat", 0) and alias.name.startswith("is_"):
                self.values.add(name)
            elif (node.module, node.level) != ("PyInstaller.utils.hooks", 0):
                raise Undeclared
            elif alias.name == "conda_support":
                self.modules.add(name)
            elif alias.name.startswith("collect_") or alias.name in FUNCTIONS:
                self.functions.add(name)
            else:
                raise Undeclared

    def If(self, node):
        self.expression(node.test)
        self.block(node.body)
        self.block(node.orelse)

    def Match(self, node):
        self.expression(node.subject)
        for case in node.cases:
            self.pattern(case.pattern)
            if case.guard is not None:
                self.expression(case.guard)
            self.block(case.body)

    def pattern(self, node):
        if isinstance(node, ast.MatchOr):
            for pattern in node.patterns:
                self.pattern(pattern)
        elif isinstance(node, ast.MatchValue):
            if not isinstance(node.value, ast.Constant):
                raise Undeclared
        elif not isinstance(node, ast.MatchAs) or node.name is not None or node.pattern is not None:
            raise Undeclared

    def Assign(self, node):
        self.expression(node.value)
        for target in node.targets:
            self.target(target)

    def AnnAssign(self, node):
        # Python evaluates it.
        if not isinstance(node.annotation, ast.Name):
            raise Undeclared
        if node.value is not None:
            self.expression(node.value)
        self.target(node.target)

    def AugAssign(self, node):
        if not isinstance(node.op, ast.Add) or not isinstance(node.target, ast.Name):
            raise Undeclared
        self.name(node.target)
        self.expression(node.value)

    def Expr(self, node):
        call = node.value
        if isinstance(call, ast.Constant):
            return
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr not in METHODS:
            raise Undeclared
        self.name(call.func.value)
        self.arguments(call)

    def target(self, node):
        names = node.elts if isinstance(node, ast.Tuple) else [node]
        for name in names:
            # What is a function here must stay one.
            if not isinstance(name, ast.Name) or name.id in self.functions | self.modules | self.facts.keys():
                raise Undeclared
            self.values.add(name.id)

    def name(self, node):
        if not isinstance(node, ast.Name) or node.id not in self.values:
            raise Undeclared

    def arguments(self, call):
        for argument in call.args + [keyword.value for keyword in call.keywords]:
            self.expression(argument)

    def expression(self, node):
        if isinstance(node, ast.Name):
            self.name(node)
        elif isinstance(node, ast.Attribute):
            self.fact(node, ATTRIBUTES)
        elif isinstance(node, ast.Call):
            self.called(node)
            self.arguments(node)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            self.expression(node.left)
            self.expression(node.right)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            self.expression(node.operand)
        elif isinstance(node, ast.FormattedValue) and node.format_spec is None:
            self.expression(node.value)
        elif isinstance(node, EXPRESSIONS):
            for child in ast.iter_child_nodes(node):
                if not isinstance(child, OPERATORS):
                    self.expression(child)
        else:
            raise Undeclared

    def called(self, call):
        function = call.func
        if isinstance(function, ast.Name) and function.id in self.functions:
            return
        if not isinstance(function, ast.Attribute):
            raise Undeclared
        if isinstance(function.value, ast.Attribute) and function.attr in ("startswith", "endswith"):
            self.fact(function.value, ATTRIBUTES)
        elif isinstance(function.value, ast.Name) and function.value.id in self.modules:
            if not function.attr.startswith("collect_"):
                raise Undeclared
        elif call.args or call.keywords:
            raise Undeclared
        else:
            self.fact(function, CALLS)

    def fact(self, node, known):
        module = self.facts.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if (module, node.attr) not in known:
            raise Undeclared


def declares(text):
    """Whether the bytes of a hook declare and do nothing else, read in the encoding that they name."""
    try:
        Reader().block(ast.parse(text).body)
    except (Undeclared, SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
