"""The constants of modules: their top-level names, as far as the source says what they are without being run."""
import ast

from .unknown import Unknown

# What may be called with known arguments.
CALLS = {"tuple": tuple, "list": list, "set": set, "frozenset": frozenset, "dict": dict, "sorted": sorted}
STRING_METHODS = ("format", "join", "lower", "replace", "split", "strip", "upper")
MUTATIONS = {list: ("append", "extend"), set: ("add", "update"), dict: ("update",)}


class Import:
    """A name that is bound to a module, or to a name of one."""

    def __init__(self, module, name=None):
        self.module, self.name = module, name


class Module:
    """The top-level names of a source text."""

    def __init__(self, name, is_package, every_branch=False):
        self.name, self.is_package, self.every_branch = name, is_package, every_branch
        self.names = {}
        # Names may come from elsewhere: `from x import *`, `__getattr__`, `globals()`.
        self.open = False

    def read(self, tree, attribute, module):
        """`attribute(module, name)` and `module(name)` give what other modules have."""
        self.attribute, self.module = attribute, module
        self.run(tree.body)
        for node in ast.walk(tree):
            if isinstance(node, ast.Global):
                self.forget(node.names)
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "globals":
                self.open = True

    def unknown(self, name):
        return Unknown(f"{self.name}.{name}")

    def forget(self, names):
        for name in names:
            self.names[name] = self.unknown(name)

    def run(self, body):
        for node in body:
            run = getattr(self, f"run_{type(node).__name__}", None)
            if run:
                run(node)
            else:
                self.forget(bound(node))

    def run_Assign(self, node):
        value = self.value(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.bind(target.id, value)
            elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                self.set_item(target, value)
            else:
                self.forget(bound(target))

    def run_AnnAssign(self, node):
        if isinstance(node.target, ast.Name) and node.value:
            self.bind(node.target.id, self.value(node.value))

    def run_AugAssign(self, node):
        if isinstance(node.target, ast.Name):
            old = ast.Name(node.target.id, ast.Load())
            self.bind(node.target.id, self.value(ast.BinOp(old, node.op, node.value)))
        elif isinstance(node.target, ast.Subscript) and isinstance(node.target.value, ast.Name):
            self.forget([node.target.value.id])

    def bind(self, name, value):
        self.names[name] = self.unknown(name) if isinstance(value, Unknown) else value

    def set_item(self, target, value):
        name = target.value.id
        container, key = self.names.get(name), self.value(target.slice)
        if isinstance(container, dict) and isinstance(key, (str, int)):
            container[key] = value
        else:
            self.forget([name])

    def run_Import(self, node):
        for alias in node.names:
            top = alias.name.split(".")[0]
            self.names[alias.asname or top] = Import(alias.name if alias.asname else top)

    def run_ImportFrom(self, node):
        module = node.module or ""
        if node.level:
            parts = self.name.split(".")
            parts = parts[:len(parts) - node.level + (1 if self.is_package else 0)]
            module = ".".join([*parts, *([node.module] if node.module else [])])
        for alias in node.names:
            if alias.name == "*":
                self.import_all(module)
            else:
                self.names[alias.asname or alias.name] = Import(module, alias.name)

    def import_all(self, module):
        other = self.module(module)
        if other is None:
            self.open = True
            return
        self.open = self.open or other.open
        public = other.names.get("__all__")
        for name in public if isinstance(public, (list, tuple)) else list(other.names):
            if isinstance(name, str) and (public or not name.startswith("_")):
                self.names[name] = Import(module, name)

    def run_If(self, node):
        test = getattr(node.test, "id", getattr(node.test, "attr", ""))
        if test == "TYPE_CHECKING":
            self.run(node.orelse)
        elif self.every_branch:
            self.run(node.body + node.orelse)
        else:
            self.forget(bound(node))

    def run_Try(self, node):
        if self.every_branch:
            handlers = [statement for handler in node.handlers for statement in handler.body]
            self.run(handlers + node.body + node.orelse + node.finalbody)
        else:
            self.forget(bound(node))

    def run_FunctionDef(self, node):
        self.names[node.name] = self.unknown(node.name)
        self.open = self.open or node.name == "__getattr__"

    run_AsyncFunctionDef = run_ClassDef = run_FunctionDef

    def run_Delete(self, node):
        for target in node.targets:
            self.names.pop(getattr(target, "id", None), None)

    def run_Expr(self, node):
        call = node.value
        method = getattr(call, "func", None)
        if not isinstance(method, ast.Attribute) or not isinstance(method.value, ast.Name):
            return
        value = self.names.get(method.value.id)
        if not isinstance(value, (list, set, dict)):
            return
        argument = self.value(call.args[0]) if len(call.args) == 1 and not call.keywords else Unknown("")
        if method.attr in MUTATIONS[type(value)] and (method.attr == "append" or not isinstance(argument, Unknown)):
            getattr(value, method.attr)(argument)
        else:
            self.forget([method.value.id])

    def value(self, node):
        """What an expression is; parts of containers may be unknown."""
        evaluate = getattr(self, f"value_{type(node).__name__}", None)
        if evaluate is None:
            return Unknown(self.name)
        try:
            return evaluate(node)
        except (TypeError, ValueError, LookupError, AttributeError, RecursionError):
            return Unknown(self.name)

    def value_Constant(self, node):
        return node.value

    def value_Name(self, node):
        if node.id == "__name__":
            return self.name
        return self.resolve(self.names[node.id]) if node.id in self.names else Unknown(f"{self.name}.{node.id}")

    def resolve(self, value):
        """Follows an import to what it imports."""
        if isinstance(value, Import):
            return value if value.name is None else self.attribute(value.module, value.name)
        return value

    def value_Attribute(self, node):
        base = self.value(node.value)
        return self.attribute(base.module, node.attr) if isinstance(base, Import) else Unknown(self.name)

    def elements(self, nodes):
        for node in nodes:
            if isinstance(node, ast.Starred):
                yield from sure(self.value(node.value))
            else:
                yield self.value(node)

    def value_List(self, node):
        return list(self.elements(node.elts))

    def value_Tuple(self, node):
        return tuple(self.elements(node.elts))

    def value_Set(self, node):
        return set(map(sure, self.elements(node.elts)))

    def value_Dict(self, node):
        pairs = {}
        for key, value in zip(node.keys, node.values):
            pairs.update({sure(self.value(key)): self.value(value)} if key else sure(self.value(value)))
        return pairs

    def value_BinOp(self, node):
        left, right = sure(self.value(node.left)), sure(self.value(node.right))
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.BitOr):
            return left | right
        if isinstance(node.op, ast.Mod) and isinstance(left, str):
            return left % right
        return Unknown(self.name)

    def value_Subscript(self, node):
        return sure(self.value(node.value))[sure(self.value(node.slice))]

    def value_Call(self, node):
        arguments = list(self.elements(node.args))
        if node.keywords:
            return Unknown(self.name)
        if isinstance(node.func, ast.Name) and node.func.id in CALLS and node.func.id not in self.names:
            return CALLS[node.func.id](*map(sure, arguments))
        if isinstance(node.func, ast.Attribute) and node.func.attr in STRING_METHODS:
            text = self.value(node.func.value)
            if isinstance(text, str):
                return getattr(text, node.func.attr)(*map(sure, arguments))
        return Unknown(self.name)


def sure(value):
    """The value, if it is known at all."""
    if isinstance(value, (Unknown, Import)):
        raise ValueError("unknown")
    return value


def bound(node):
    """The names that a statement binds, functions' own left out."""
    names, todo = [], [node]
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.append(node.name)
            continue
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.append(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names += [alias.asname or alias.name.split(".")[0] for alias in node.names]
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name):
            names.append(node.value.id)
        todo.extend(ast.iter_child_nodes(node))
    return names
