//! What hooks are told of packages that they never import.
//!
//! Needs PERMAFREEZE_HOST_PYTHON and PERMAFREEZE_HOOKS_ENV (`make test` sets them).
use permafreeze_link::collection::Collection;
use permafreeze_link::error::LinkError;

use crate::all_hooks::env;
use crate::hooks::{linked, modules, world};
use crate::support::World;

/// Returns a world with every hook of the hooks env and a script of the given text.
fn with_all_hooks(main: &str) -> World {
    with_all_hooks_in(World::new(), main)
}

/// As [`with_all_hooks`], in a world for any target.
fn with_all_hooks_in(world: World, main: &str) -> World {
    let stdlib = [("os.py", ""), ("opcode.py", ""), ("struct.py", ""), ("io.py", ""), ("importlib/__init__.py", "")];
    world.with_hooks_of(env()).stdlib(&stdlib).scripts(&[("main.py", main)])
}

/// PyInstaller's icon, which a program for Windows has: one image of four bytes.
const ICON: (&str, &str) = (
    "PyInstaller/bootloader/images/icon-console.ico",
    "\0\0\x01\0\x01\0\x01\x01\0\0\x01\0\x01\0\x04\0\0\0\x16\0\0\0blot",
);

/// Returns what a hook of `lib` gives as hidden imports, all of which exist.
fn told(files: &[(&str, &str)], hook: &str) -> Vec<String> {
    let collection = linked(&world(files, &[("hook-lib.py", hook)])).unwrap();
    assert_eq!(collection.warnings, Vec::<String>::new());
    modules(&collection).into_iter().filter(|name| !name.starts_with("lib")).map(str::to_owned).collect()
}

fn dests(collection: &Collection) -> Vec<&str> {
    collection.files.iter().map(|file| file.dest.as_str()).filter(|dest| !dest.starts_with("libpython")).collect()
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn the_file_of_a_module_may_be_asked_for_twice() {
    let hook = "from PyInstaller.utils.hooks import get_module_file_attribute\n\
        file, again = (get_module_file_attribute('alone') for _ in range(2))\n\
        assert file == again and open(file).read() == '# text'\n\
        hiddenimports = ['alone']\n";
    assert_eq!(told(&[("alone.py", "# text")], hook), ["alone"]);
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn the_files_of_a_distribution_are_those_of_its_wheel() {
    let hook = "import importlib.metadata, importlib_metadata\n\
        from PyInstaller.compat import importlib_metadata as compat\n\
        from _pyinstaller_hooks_contrib.compat import importlib_metadata as contrib\n\
        assert importlib.metadata is importlib_metadata is compat is contrib\n\
        files = compat.files('hooked')\n\
        hiddenimports = [file.name.split('.')[0] for file in files if '__mypyc' in file.name]\n\
        text = next(file for file in files if file.name == 'x.txt')\n\
        assert text.read_text() == 'text' and text.size == 4 and text.locate().is_file()\n\
        assert 'hooked' in compat.packages_distributions()['a__mypyc']\n";
    let files = [("a__mypyc.so", "ELF"), ("lib/x.txt", "text")];
    let collection = linked(&world(&files, &[("hook-lib.py", hook)])).unwrap();
    assert!(dests(&collection).contains(&"a__mypyc.so"), "{:?}", dests(&collection));
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn a_compiled_module_that_only_record_names_is_collected() {
    let normalizer = [
        ("charset_normalizer/__init__.py", ""),
        ("charset_normalizer/md.so", "ELF"),
        ("81d243bd2c585b0f4821__mypyc.cpython-313-x86_64-linux-gnu.so", "ELF"),
    ];
    let mut world = with_all_hooks("import charset_normalizer");
    world.wheel_version = "3.4.7";
    let collection = linked(&world.wheel("charset_normalizer", &normalizer)).unwrap();
    let wanted = "81d243bd2c585b0f4821__mypyc.cpython-313-x86_64-linux-gnu.so";
    // Hooks of before 2026.1 only know the name that it had before: `charset_normalizer.md__mypyc`.
    let hook = env().join("_pyinstaller_hooks_contrib/stdhooks/hook-charset_normalizer.py");
    let knows = std::fs::read_to_string(hook).is_ok_and(|text| text.contains("find_mypyc_module_for_dist"));
    assert_eq!(dests(&collection).contains(&wanted), knows, "{:?}", dests(&collection));
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn metadata_with_requirements_follow_markers_of_the_target() {
    let metadata = "Metadata-Version: 2.1\nName: lib\nVersion: 1\nRequires-Dist: hooked\n\
        Requires-Dist: absent; sys_platform == 'win32'\nRequires-Dist: absent; python_version < '3'\n\
        Requires-Dist: absent; extra == 'more'\n";
    let hook = "from PyInstaller.utils.hooks import copy_metadata\ndatas = copy_metadata('lib', recursive=True)\n";
    let world = world(&[], &[("hook-lib.py", hook)]).wheel("lib", &[("lib-1.dist-info/METADATA", metadata)]);
    let collection = linked(&world).unwrap();
    assert!(["lib-1.dist-info/METADATA", "hooked-1.dist-info/METADATA"].iter().all(|d| dests(&collection).contains(d)));
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn what_nobody_owns_is_missing_and_its_hooks_do_not_fail() {
    for main in ["import distutils", "import distutils.util\nimport distutils.command.check", "import tkinter"] {
        let collection = linked(&with_all_hooks(main)).unwrap();
        assert_eq!(modules(&collection), Vec::<&str>::new());
    }
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn isolated_code_reads_constants() {
    let files = [
        (
            "x/__init__.py",
            "from x import b\nfrom .b import MORE, ALIAS as NAMES\nfrom .star import *\n__all__ = ['f'] + MORE\n",
        ),
        (
            "x/b.py",
            "MORE = ['a', *('b',)]\nMORE += ['c']\nMORE.append('d')\nTABLE = {'e': ('e', compute())}\nALIAS = MORE\n",
        ),
        ("x/star.py", "PLUGINS = 'g h'.split()\n_hidden = 1\n"),
        ("a.py", ""),
        ("b.py", ""),
        ("c.py", ""),
        ("d.py", ""),
        ("e.py", ""),
        ("f.py", ""),
        ("g.py", ""),
        ("h.py", ""),
    ];
    let hook = "from PyInstaller import isolated\nfrom PyInstaller.utils.hooks import exec_statement, eval_statement\n\
        @isolated.decorate\ndef names(which):\n    import importlib\n    module = importlib.import_module('x')\n    \
        from x.b import TABLE\n    assert module.b.TABLE is TABLE\n    assert not hasattr(module, '_hidden') and hasattr(module, 'PLUGINS')\n    \
        return [*getattr(module, which), *module.PLUGINS, *(name for name, *_ in TABLE.values())]\n\
        hiddenimports = names('__all__')\n\
        assert exec_statement('import x; print(x.__path__[0])').endswith('/site-packages/x')\n\
        assert eval_statement(\"\"\"\n    from x import NAMES\n    print(NAMES)\n    \"\"\") == ['a', 'b', 'c', 'd']\n";
    assert_eq!(told(&files, hook), ["a", "b", "c", "d", "e", "f", "g", "h"]);
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn what_is_no_constant_is_refused_when_it_is_used() {
    for (text, used) in [
        ("X = compute()", "x.y.X"),
        ("X = [1]\ndef f():\n    global X\n    X = [2]", "x.y.X"),
        ("X = [1]\nif compute():\n    X = [2]", "x.y.X"),
        ("X = [1]\nX.sort()", "x.y.X"),
        ("def __getattr__(name): ...", "x.y.X"),
        ("from absent import X", "absent.X"),
    ] {
        let files = [("x/__init__.py", ""), ("x/y.py", text), ("absent.so", "ELF")];
        let hook = "import x.y\nvalue = x.y.X\nhiddenimports = [str(value)]\n";
        let error = linked(&world(&files, &[("hook-lib.py", hook)])).unwrap_err();
        let LinkError::HookRunsCode { function, .. } = &error else { panic!("{error}") };
        assert_eq!(function, used, "{text}");
    }
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn files_of_packages_never_run() {
    let stop = "import os\nos._exit(3)\n";
    let files = [("x/__init__.py", stop), ("x/y.py", stop), ("x/z/__init__.py", stop), ("single.py", stop)];
    let hook = "import x.y, x.z, single\nfrom x import y\nimport importlib.util\n\
        from PyInstaller.utils.hooks import collect_all, get_package_paths\n\
        get_package_paths('x'), collect_all('x')\n\
        assert importlib.util.find_spec('x.z').origin.endswith('x/z/__init__.py')\n\
        try:\n    import x.absent\nexcept ModuleNotFoundError:\n    hiddenimports = ['single']\n";
    assert_eq!(told(&files, hook), ["single"]);
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn libraries_and_programs_of_this_machine_are_not_found() {
    let hook = "import ctypes.util, shutil\n\
        from PyInstaller.depend import bindepend\nfrom PyInstaller.depend.utils import _resolveCtypesImports\n\
        assert ctypes.util.find_library('c') is None and shutil.which('sh') is None\n\
        assert _resolveCtypesImports(['libc.so.6']) == [] and bindepend.resolve_library_path('libc.so.6') is None\n\
        import os, lib\nfolder = os.path.join(os.path.dirname(lib.__file__), 'own')\n\
        found = bindepend.resolve_library_path('liba.so', [folder])\nassert found == os.path.join(folder, 'liba.so')\n\
        assert bindepend.get_imports(found) == {('libb.so', os.path.join(folder, 'libb.so'))}\n";
    let files = [
        ("lib/own/liba.so", "ELF needed=libb.so runpath=$ORIGIN"),
        ("lib/own/libb.so", "ELF needed=libc.so runpath=$ORIGIN"),
        ("lib/own/libc.so", "ELF"),
    ];
    assert_eq!(told(&files, hook), Vec::<String>::new());
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn answers_of_the_user_stand_for_every_kind_of_hook() {
    let raise = "raise Exception('must not run')\n";
    let hooks = [("pre_safe_import_module/hook-x.py", raise), ("pre_find_module_path/hook-x.py", raise)];
    let files = [("x.py", "import os"), ("lib/sub.py", "import x")];
    let mut world = world(&files, &hooks);
    world.executable.hidden_imports = vec!["lib.sub".to_owned()];
    assert!(linked(&world).is_err());
    let answer = [("hiddenimports".to_owned(), Vec::new())];
    world.executable.hook_answers.insert("hook-x.py".to_owned(), answer.into());
    assert_eq!(modules(&linked(&world).unwrap()), ["lib", "lib.sub", "x"]);
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn a_vendored_six_moves_as_six_does() {
    let six = "_moved_attributes = [MovedModule(\"builtins\", \"__builtin__\"), MovedModule(\"queue\", \"Queue\")]\n";
    let urllib3 = [
        ("urllib3/__init__.py", "from .packages.six.moves import queue"),
        ("urllib3/packages/__init__.py", ""),
        ("urllib3/packages/six.py", six),
    ];
    let world = with_all_hooks("import urllib3").stdlib(&[("queue.py", "")]).wheel("urllib3", &urllib3);
    let collection = linked(&world).unwrap();
    assert!(modules(&collection).contains(&"queue"), "{:?}", modules(&collection));
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn pytest_comes_with_all_of_itself() {
    let pytest = [
        ("pytest/__init__.py", "from _pytest.freeze_support import freeze_includes"),
        ("_pytest/__init__.py", ""),
        ("_pytest/freeze_support.py", "def freeze_includes(): ..."),
        ("_pytest/assertion/__init__.py", ""),
        ("_pytest/assertion/rewrite.py", ""),
    ];
    let collection = linked(&with_all_hooks("import pytest").wheel("pytest", &pytest)).unwrap();
    assert!(modules(&collection).contains(&"_pytest.assertion.rewrite"), "{:?}", modules(&collection));
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn django_is_told_by_the_settings_of_the_project() {
    let base = "INSTALLED_APPS = ['django.contrib.auth', 'shop.apps.ShopConfig']\n\
        MIDDLEWARE = ['django.middleware.common.CommonMiddleware']\nROOT_URLCONF = 'site1.urls'\n\
        DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': BASE / 'db'}}\n\
        TEMPLATES = [{'BACKEND': 'django.template.backends.django.DjangoTemplates', 'OPTIONS': {'context_processors': []}}]\n";
    let project = [
        ("site1/__init__.py", ""),
        ("site1/settings/__init__.py", ""),
        ("site1/settings/base.py", base),
        (
            "site1/settings/local.py",
            "from .base import *\nif DEBUG:\n    INSTALLED_APPS += ['extra']\nDEBUG = env('D')\n",
        ),
        ("site1/urls.py", ""),
        ("site1/wsgi.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site1.settings.local')"),
        ("shop/__init__.py", ""),
        ("shop/apps.py", ""),
        ("shop/templatetags/__init__.py", ""),
        ("shop/templatetags/prices.py", ""),
        ("shop/migrations/__init__.py", ""),
        ("extra/__init__.py", ""),
    ];
    let django = [
        ("django/__init__.py", ""),
        ("django/contrib/__init__.py", ""),
        ("django/contrib/auth/__init__.py", ""),
        ("django/middleware/__init__.py", ""),
        ("django/middleware/common.py", ""),
        ("django/db/__init__.py", ""),
        ("django/db/backends/__init__.py", ""),
        ("django/db/backends/sqlite3/__init__.py", ""),
        ("django/template/__init__.py", ""),
        ("django/template/backends/__init__.py", ""),
        ("django/template/backends/django.py", ""),
        ("django/conf/__init__.py", ""),
    ];
    let world = with_all_hooks("import django").source("site", &project).wheel("django", &django);
    let collection = linked(&world).unwrap();
    let found = modules(&collection);
    for wanted in ["shop.apps", "shop.templatetags.prices", "extra", "site1.settings.local", "site1.urls", "site1.wsgi"]
    {
        assert!(found.contains(&wanted), "{wanted}: {found:?}");
    }
    assert!(found.contains(&"django.middleware.common") && found.contains(&"django.template.backends.django"));
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn qt_comes_with_plugins_and_translations() {
    let library = "ELF needed=libQt6Core.so.6 runpath=$ORIGIN/Qt/lib";
    let plugin = "ELF needed=libQt6Core.so.6 runpath=$ORIGIN/../../lib";
    let pyside = [
        ("PySide6/__init__.py", ""),
        ("PySide6/QtCore.abi3.so", library),
        ("PySide6/QtGui.abi3.so", "ELF needed=libQt6Gui.so.6,libQt6Core.so.6 runpath=$ORIGIN/Qt/lib"),
        ("PySide6/Qt/lib/libQt6Core.so.6", "ELF"),
        ("PySide6/Qt/lib/libQt6Gui.so.6", "ELF needed=libQt6Core.so.6 runpath=$ORIGIN"),
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", plugin),
        ("PySide6/Qt/plugins/platforms/libqmissing.so", "ELF needed=libQt6Missing.so.6 runpath=$ORIGIN/../../lib"),
        ("PySide6/Qt/translations/qtbase_de.qm", ""),
    ];
    let mut world = with_all_hooks("import PySide6.QtGui");
    world.wheel_version = "6.8.1";
    let collection = linked(&world.wheel("PySide6", &pyside)).unwrap();
    let found = dests(&collection);
    for wanted in [
        "PySide6/QtCore.abi3.so",
        "PySide6/Qt/plugins/platforms/libqoffscreen.so",
        "PySide6/Qt/translations/qtbase_de.qm",
    ] {
        assert!(found.contains(&wanted), "{wanted}: {found:?}");
    }
    assert!(!found.contains(&"PySide6/Qt/plugins/platforms/libqmissing.so"));
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn tkinter_comes_with_the_scripts_of_the_runtime() {
    let tkinter = [("tkinter/__init__.py", "import _tkinter"), ("lib-dynload/_tkinter.so", "ELF")];
    let scripts = [("lib/tcl8.6/init.tcl", ""), ("lib/tcl8.6/tzdata/UTC", ""), ("lib/tk8.6/tk.tcl", "")];
    let world = || with_all_hooks("import tkinter").stdlib(&tkinter);
    let collection = linked(&world().runtime(&scripts)).unwrap();
    for wanted in ["_tcl_data/init.tcl", "_tcl_data/tzdata/UTC", "_tk_data/tk.tcl"] {
        assert!(dests(&collection).contains(&wanted), "{wanted}: {:?}", dests(&collection));
    }
    // A runtime whose tkinter could not start.
    let collection = linked(&world()).unwrap();
    assert!(
        collection.warnings.iter().any(|warning| warning.contains("no scripts of Tcl")),
        "{:?}",
        collection.warnings
    );
    assert!(!modules(&collection).contains(&"tkinter") || !dests(&collection).iter().any(|d| d.starts_with("_tcl")));
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn a_runtime_for_windows_has_the_scripts_of_tkinter_in_a_folder_of_their_own() {
    let libraries = [("DLLs/_tkinter.pyd", "PE needed=tcl86t.dll"), ("DLLs/tcl86t.dll", "PE")];
    let world = |folder: &str| {
        let scripts = ["tcl8.6/init.tcl", "tk8.6/tk.tcl", "tcl8/8.5/msgcat-1.6.1.tm"];
        let scripts = scripts.map(|path| format!("{folder}/{path}"));
        let mut world = with_all_hooks_in(World::windows(), "import tkinter");
        world.pyinstaller.push((ICON.0.to_owned(), ICON.1.to_owned()));
        let world = world.stdlib(&[("tkinter/__init__.py", "import _tkinter")]).runtime(&libraries);
        world.runtime(&scripts.each_ref().map(|path| (path.as_str(), "")))
    };
    let collection = linked(&world("tcl")).unwrap();
    for wanted in ["_tcl_data/init.tcl", "_tk_data/tk.tcl", "tcl8/8.5/msgcat-1.6.1.tm", "_tkinter.pyd", "tcl86t.dll"] {
        assert!(dests(&collection).contains(&wanted), "{wanted}: {:?}", dests(&collection));
    }
    // Where other systems have them, Tcl does not look on Windows.
    let warnings = linked(&world("lib")).unwrap().warnings;
    let warning = "no scripts of Tcl (`tcl/tcl8.6/init.tcl`)";
    assert!(warnings.iter().any(|known| known.contains(warning)), "{warnings:?}");
}
