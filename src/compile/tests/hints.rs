//! What modules name without an import statement.

use crate::support::host_python;
use permafreeze_compile::{HostPython, scan};
use permafreeze_object::format::{Hints, Import};
use permafreeze_object::marshal::Tree;

fn hints(source: &str) -> Hints {
    let made = HostPython::new(&host_python(), 1).compile("m.py", source.as_bytes()).unwrap().unwrap();
    scan(made.python, &Tree::parse(&made.bytes).unwrap()).hints
}

/// The imports of a source, as `.y` for a relative one.
fn imports(source: &str) -> Vec<String> {
    let written = |import: Import| format!("{}{}", ".".repeat(import.level as usize), import.name);
    let mut found: Vec<String> = hints(source).imports.into_iter().map(written).collect();
    found.sort();
    found
}

/// The computed names of a source: line and start.
fn computed(source: &str) -> Vec<(u32, Option<String>)> {
    hints(source).computed.into_iter().map(|call| (call.line, call.start)).collect()
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn constant_names_are_imports() {
    let source = "
import importlib
from importlib import import_module
import_module('a.b')
def f(self, x):
    importlib.import_module('.c', __package__)
    import_module('..d', package=__name__)
    return import_module('.e', 'p.q'), __import__('g.h', fromlist=['i']), __import__('j', globals(), locals(), [], 0)
class C:
    k = import_module(f'{__name__}.l')
    m = import_module(__package__ + '.n', None)
    o = import_module(name='p')
";
    assert_eq!(imports(source), ["..d", ".c", ".l", ".n", "a.b", "g.h", "j", "p", "p.q.e"]);
    assert_eq!(computed(source), []);
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn computed_names_have_their_line_and_their_start() {
    let source = "
import importlib
from importlib import import_module as known
def f(name, other):
    importlib.import_module(name)
    importlib.import_module(
        f'app.plugins.{name}'
    )
    importlib.import_module('.' + name, __package__)
    importlib.import_module('.' + name.lower(), 'p.q')
    importlib.import_module('%s.base' % name)
    importlib.import_module('app.%s.base' % name)
    __import__(name if other else 'x')
    importlib.import_module(*name)
    importlib.import_module(f'{__name__}.{name}')
";
    let expected = [
        (5, None),
        (6, Some("app.plugins.")),
        (9, Some(".")),
        (10, Some("p.q.")),
        (11, None),
        (12, Some("app.")),
        (13, None),
        (14, None),
        (15, Some(".")),
    ];
    assert_eq!(computed(source), expected.map(|(line, start)| (line, start.map(str::to_owned))));
    assert_eq!(imports(source), Vec::<String>::new());
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn a_method_or_a_function_that_is_passed_on_is_no_call() {
    let source = "
def f(self, name):
    self.import_module(name)
    other.import_module(name)
    return map(__import__, name)
";
    assert_eq!(hints(source), Hints::default());
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn lazy_packages_name_their_modules_in_tables() {
    let hook = "
_lookup = {'A': '.a', 'B': 'p.b'}
def __getattr__(name):
    if name in {'c', 'no module'}:
        return load(name)
def other():
    return 'd'
";
    let found = hints(hook).lazy;
    assert!([".a", "p.b", "c"].iter().all(|name| found.iter().any(|known| known == name)), "{found:?}");
    assert!(!found.iter().any(|name| name == "d" || name.contains(' ')), "{found:?}");
    let attached = "
import lazy_loader as lazy
__getattr__, __dir__, __all__ = lazy.attach(__name__, submodules={'aaa'}, submod_attrs={'bbb': ['f']})
";
    let found = hints(attached).lazy;
    assert!(found.contains(&"aaa".to_owned()) && found.contains(&"bbb".to_owned()), "{found:?}");
    let replaced = "
import sys
_import_structure = {'models.bert': ['Bert']}
sys.modules[__name__] = Lazy(__name__, globals()['__file__'], _import_structure, module_spec=__spec__)
";
    assert!(hints(replaced).lazy.contains(&"models.bert".to_owned()));
    let class = "
import sys
table = ['ccc']
sys.modules[__name__].__class__ = Lazy
";
    assert!(hints(class).lazy.contains(&"ccc".to_owned()));
    assert_eq!(hints("table = ['ccc']\nx['a'] = 'bbb'\n").lazy, Vec::<String>::new());
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn settings_are_assigned_to_upper_case_names() {
    let source = "
INSTALLED_APPS = ['polls', 'django.contrib.admin']
INSTALLED_APPS += ['more', 'Not', 'no name']
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3'}}
call('called')
ROOT_URLCONF = 'site.urls'
lower = ['lower']
";
    let found = hints(source);
    let expected = ["polls", "django.contrib.admin", "more", "django.db.backends.sqlite3", "default", "site.urls"];
    assert_eq!(found.settings.iter().collect::<std::collections::BTreeSet<_>>().len(), found.settings.len());
    for name in expected {
        assert!(found.settings.iter().any(|known| known == name), "{name}: {found:?}");
    }
    for name in ["called", "lower", "Not"] {
        assert!(found.settings.iter().all(|known| known != name), "{name}: {found:?}");
    }
    assert_eq!(found.names, ["django.contrib.admin", "django.db.backends.sqlite3", "site.urls"]);
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn words_count_where_entry_points_are_mentioned() {
    let source = "GROUP = 'my-plugins'\nx = 'a.b:c', 'pytest11'\n";
    assert_eq!(hints(source).names, ["a.b:c"]);
    let reader = format!("from importlib.metadata import entry_points\n{source}");
    assert_eq!(hints(&reader).names, ["entry_points", "my-plugins", "a.b:c", "pytest11"]);
}

#[test]
#[ignore = "needs the host Python: `make test STEP=integration`"]
fn reading_of_files_is_noted_with_its_first_line() {
    let source = "
import inspect, pkgutil
here = open(__file__)
def f(module):
    inspect.getsource(f)
    open(module.__file__)
";
    let found: Vec<(u32, String)> = hints(source).mentions.into_iter().map(|it| (it.line, it.name)).collect();
    assert_eq!(found, [(3, "__file__".to_owned()), (5, "getsource".to_owned())]);
}
