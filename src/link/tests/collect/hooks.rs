//! Hooks of the test's own, run by the real server with the real PyInstaller, and whole links.
//!
//! Needs PERMAFREEZE_HOST_PYTHON and PERMAFREEZE_HOOKS_ENV (`make test` sets them).
use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_link::collect;
use permafreeze_link::collection::{Collection, FileKind};
use permafreeze_link::error::LinkError;
use permafreeze_plan::plan::Entry;

use crate::support::World;

const MAIN: &str = "import lib";

/// Returns a world whose hooks are PyInstaller's and those of the wheel `hooked`, given by file name; they are trusted.
pub(crate) fn world(files: &[(&str, &str)], hooks: &[(&str, &str)]) -> World {
    let hint = "set PERMAFREEZE_HOOKS_ENV to a folder in which PyInstaller 6.18.0, pyinstaller-hooks-contrib and \
        setuptools are installed (`make test` sets it)";
    let env = Utf8PathBuf::from(std::env::var("PERMAFREEZE_HOOKS_ENV").expect(hint));
    std::env::var("PERMAFREEZE_HOST_PYTHON")
        .expect("set PERMAFREEZE_HOST_PYTHON to a Python 3.13 (`make test` sets it)");
    let mut all: Vec<(String, &str)> = files.iter().map(|(path, text)| ((*path).to_owned(), *text)).collect();
    all.push(("lib/__init__.py".to_owned(), "import os"));
    all.push(("hooked-1.dist-info/entry_points.txt".to_owned(), "[pyinstaller40]\nhook-dirs = hooked:get_hook_dirs\n"));
    all.push(("hooked/__init__.py".to_owned(), ""));
    all.extend(hooks.iter().map(|(name, text)| (format!("hooked/{name}"), *text)));
    let all: Vec<(&str, &str)> = all.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let stdlib = [("os.py", ""), ("struct.py", ""), ("io.py", ""), ("importlib/__init__.py", "")];
    let mut world = World::new().stdlib(&stdlib).scripts(&[("main.py", MAIN)]).wheel("hooked", &all);
    world.executable.trust_hooks = vec!["Hooked".to_owned()];
    world.in_hooks_env(env)
}

pub(crate) fn linked(world: &World) -> Result<Collection, LinkError> {
    let scratch = world.path().join("scratch");
    std::fs::create_dir_all(&scratch).unwrap();
    collect(&world.job(), &scratch)
}

pub(crate) fn modules(collection: &Collection) -> Vec<&str> {
    let names = collection.modules.iter().map(|module| module.name.as_str());
    names.filter(|name| !["os", "importlib"].contains(name)).collect()
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn hidden_imports_and_exclusions() {
    let hook = "hiddenimports = ['secret', 'absent']\nexcludedimports = ['heavy']\n";
    let files = [("secret.py", "import heavy"), ("heavy.py", ""), ("lib/sub.py", "import heavy")];
    let world = world(&files, &[("hook-lib.py", hook)]);
    let collection = linked(&world).unwrap();
    // `heavy` is excluded for `lib` alone; `secret` may import it.
    assert_eq!(modules(&collection), ["heavy", "lib", "secret"]);
    assert_eq!(collection.warnings, ["Hidden import \"absent\" not found (hook of `lib`)"]);
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn exclusions_hold_for_the_package_and_below() {
    let files = [("heavy.py", ""), ("lib/sub.py", "import heavy\nimport light"), ("light.py", "")];
    let mut world = world(&files, &[("hook-lib.py", "excludedimports = ['heavy']\nhiddenimports = ['lib.sub']\n")]);
    world.executable.hidden_imports = vec!["nothing.at.all".to_owned()];
    let collection = linked(&world).unwrap();
    assert_eq!(modules(&collection), ["lib", "lib.sub", "light"]);
    assert_eq!(collection.warnings, ["Hidden import \"nothing.at.all\" not found"]);
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn data_helpers_see_real_folders_and_map_back() {
    let hook = "from PyInstaller.utils.hooks import collect_data_files, copy_metadata\nimport os\n\
        datas = collect_data_files('lib') + copy_metadata('hooked')\n\
        assert open(os.path.join(datas[0][0])).read() == 'text'\n";
    let world = world(&[("lib/data/x.txt", "text")], &[("hook-lib.py", hook)]);
    let collection = linked(&world).unwrap();
    let dests: Vec<&str> = collection.files.iter().map(|file| file.dest.as_str()).collect();
    let metadata = ["hooked-1.dist-info/METADATA", "hooked-1.dist-info/entry_points.txt"];
    assert_eq!(dests, [metadata[0], metadata[1], "lib/data/x.txt", "libpython3.13.so.1.0"]);
    let data = collection.files.iter().find(|file| file.dest == "lib/data/x.txt").unwrap();
    assert_eq!((data.kind.clone(), data.origin.path.as_str()), (FileKind::Data, "lib/data/x.txt"));
    assert_eq!(data.origin.owner.to_string(), "hooked-1-py3-none-any.whl");
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn submodules_without_importing() {
    let hook = "from PyInstaller.utils.hooks import collect_submodules, is_package, get_package_paths, check_requirement\n\
        hiddenimports = collect_submodules('lib', filter=lambda name: name != 'lib.no')\n\
        assert is_package('lib') and not is_package('lib.a') and not is_package('absent')\n\
        assert get_package_paths('lib')[1].endswith('/site-packages/lib')\n\
        assert check_requirement('hooked == 1') and not check_requirement('hooked > 1')\n\
        assert check_requirement('PyInstaller >= 6') and not check_requirement('absent')\n";
    let files = [
        ("lib/a.py", ""),
        ("lib/no.py", ""),
        ("lib/broken/__init__.py", "import absent"),
        ("lib/broken/x.py", ""),
        ("lib/b/__init__.py", ""),
    ];
    let world = world(&files, &[("hook-lib.py", hook)]);
    let collection = linked(&world).unwrap();
    assert_eq!(modules(&collection), ["lib", "lib.a", "lib.b"]);
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn hook_functions_see_and_change_the_graph() {
    let hook = "def hook(api):\n    assert api.__name__ == 'lib' and api.__file__.endswith('lib/__init__.py')\n    \
        assert open(api.__file__).read() == 'import os'\n    \
        assert {node.identifier for node in api.imports} >= {'lib', 'os'}\n    \
        api.add_imports('added')\n    api.set_module_collection_mode('lib', 'pyz+py')\n";
    let world = world(&[("added.py", "")], &[("hook-lib.py", hook)]);
    let collection = linked(&world).unwrap();
    assert_eq!(modules(&collection), ["added", "lib"]);
    assert!(collection.files.iter().any(|file| file.dest == "lib/__init__.py"));
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn aliases_and_runtime_modules() {
    let hook = "def pre_safe_import_module(api):\n    api.add_runtime_package(api.module_name)\n    \
        api.add_alias_module('real', 'lib.moves.fake')\n";
    let files = [("real.py", ""), ("user.py", "from lib.moves import fake, other")];
    let mut world = world(&files, &[("pre_safe_import_module/hook-lib.moves.py", hook)]);
    world.executable.hidden_imports = vec!["user".to_owned()];
    assert_eq!(modules(&linked(&world).unwrap()), ["lib", "real", "user"]);
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn search_paths_may_change() {
    let hook = "def pre_find_module_path(api):\n    api.search_dirs = [d + '/odd' for d in api.search_dirs]\n";
    let files = [("odd/placed.py", ""), ("placed.py", "import wrong"), ("wrong.py", "")];
    let mut world = world(&files, &[("pre_find_module_path/hook-placed.py", hook)]);
    world.executable.hidden_imports = vec!["placed".to_owned()];
    let collection = linked(&world).unwrap();
    let placed = collection.modules.iter().find(|module| module.name == "placed").unwrap();
    assert_eq!(placed.origin.path, "odd/placed.py");
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn a_hook_that_runs_code_is_refused_even_if_it_catches_everything() {
    let hook = "from PyInstaller import isolated\n@isolated.decorate\ndef ask_package():\n    import lib.run\n    \
        return lib.run.plugins()\ntry:\n    hiddenimports = ask_package()\nexcept Exception:\n    hiddenimports = []\n";
    let files = [("answer.py", ""), ("lib/run.py", "def plugins(): ...")];
    let mut refused = world(&files, &[("hook-lib.py", hook)]);
    let error = linked(&refused).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the hook `hook-lib.py` runs package code in `ask_package`, which a link never does (it uses `lib.run.plugins()`)"
    );
    let pasted = "\n[tool.permafreeze.hook-answers.\"hook-lib.py\"]\nhiddenimports = []\n# or, where a list of names is \
        wanted:\n# ask_package = [\"…\"]";
    let hint = error.hint().unwrap();
    assert!(hint.contains("`exclude-modules = [\"lib\"]`") && hint.ends_with(pasted), "{hint}");
    refused = world(&files, &[("hook-lib.py", hook)]);
    let answers = [("ask_package".to_owned(), vec!["answer".to_owned()])];
    refused.executable.hook_answers.insert("hook-lib.py".to_owned(), answers.into());
    assert_eq!(modules(&linked(&refused).unwrap()), ["answer", "lib"]);
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn programs_and_statements_are_refused() {
    for (code, function) in [
        (
            "from PyInstaller.utils.hooks import eval_statement\neval_statement('import run; print(run.x)')",
            "exec_statement",
        ),
        ("import subprocess\nsubprocess.run(['lib-config'])", "<module>"),
        ("from PyInstaller.utils.hooks import get_module_attribute\nget_module_attribute('run', 'x')", "run.x"),
        ("import run\nhiddenimports = run.x", "run.x"),
        ("import run\nhiddenimports = [run.x]", "run.x"),
        ("import run\nhiddenimports = run.names()", "run.names()"),
    ] {
        let files = [("run.py", "x = compute()\ndef names(): ...")];
        let error = linked(&world(&files, &[("hook-lib.py", code)])).unwrap_err();
        let LinkError::HookRunsCode { hook, function: named, .. } = &error else { panic!("{error}") };
        assert_eq!((hook.as_str(), named.as_str()), ("hook-lib.py", function));
    }
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn attributes_are_read_when_they_are_literals() {
    let hook = "from PyInstaller.utils.hooks import get_module_attribute\n\
        hiddenimports = get_module_attribute('settings', 'PLUGINS')\n";
    let files = [("settings.py", "PLUGINS = ['plugin']"), ("plugin.py", "")];
    assert_eq!(modules(&linked(&world(&files, &[("hook-lib.py", hook)])).unwrap()), ["lib", "plugin"]);
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn hooks_of_the_project_go_before_all_others() {
    let hooks = [
        ("own/hook-lib.py", "hiddenimports = ['a']\n"),
        (
            "own/pre_safe_import_module/hook-moved.py",
            "def pre_safe_import_module(api):\n    api.add_alias_module('a', 'moved')\n",
        ),
        ("own/rthooks.dat", "{'lib': ['start.py']}"),
        ("own/rthooks/start.py", "import os"),
    ];
    let files = [("a.py", ""), ("b.py", ""), ("lib/sub.py", "import moved")];
    let mut world = world(&files, &[("hook-lib.py", "hiddenimports = ['b']\n")]).source("project", &hooks);
    world.executable.hooks = vec!["own".to_owned()];
    world.executable.hidden_imports = vec!["lib.sub".to_owned()];
    let collection = linked(&world).unwrap();
    assert_eq!(modules(&collection), ["a", "lib", "lib.sub"]);
    assert!(collection.scripts.iter().any(|script| script.name == "start"));
    world.executable.hooks = vec!["other".to_owned()];
    let error = linked(&world).unwrap_err().to_string();
    assert_eq!(error, "folder of `hooks` `other` does not exist in the application's files");
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn a_failing_hook_names_its_file_and_owner() {
    let error = linked(&world(&[], &[("hook-lib.py", "1 / 0\n")])).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("the hook `hooked/hook-lib.py of hooked-1-py3-none-any.whl` failed: "), "{text}");
    assert!(text.contains("ZeroDivisionError"), "{text}");
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn a_hook_that_ends_the_process_is_named() {
    for (code, end) in [("os._exit(3)", "exit 3"), ("os.kill(os.getpid(), 9)", "signal")] {
        let hook = format!("import os\n{code}\n");
        let error = linked(&world(&[], &[("hook-lib.py", &hook)])).unwrap_err();
        let LinkError::HookStopped { hook, how } = &error else { panic!("{error}") };
        assert!(hook.contains("hook-lib.py") && how.contains(end), "{error}");
    }
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn what_hooks_print_does_not_disturb() {
    let world = world(&[], &[("hook-lib.py", "print('{\"kind\": \"error\", \"message\": \"x\"}')\n")]);
    assert_eq!(modules(&linked(&world).unwrap()), ["lib"]);
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn scripts_run_after_the_importer_and_run_time_hooks() {
    let mut world = world(
        &[],
        &[("rthooks.dat", "{'lib': ['pyi_rth_lib.py'], 'no': ['n.py']}"), ("rthooks/pyi_rth_lib.py", "import os")],
    );
    world.executable.runtime_hooks = vec!["lib/__init__.py".to_owned()];
    let collection = linked(&world).unwrap();
    let scripts: Vec<&str> = collection.scripts.iter().map(|script| script.name.as_str()).collect();
    assert_eq!(scripts, ["pyiboot01_bootstrap", "__init__", "pyi_rth_lib", "main"]);
    let bootstrap: Vec<&str> = collection.bootstrap.iter().map(|script| script.name.as_str()).collect();
    assert_eq!(bootstrap, ["struct", "pyimod01_archive", "pyimod02_importers", "pyimod03_ctypes"]);
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn an_entry_function_becomes_a_script() {
    let world = || {
        let mut world = world(&[("lib/cli.py", "import os")], &[]);
        world.executable.entry = Entry::Function { module: "lib.cli".to_owned(), function: "App.run".to_owned() };
        world
    };
    let entry_script = [(".entries/app.py", "import sys\nfrom lib.cli import App")];
    // an entry script is the application's; a wheel's file of the name is none.
    for world in [world(), world().wheel("bad", &entry_script)] {
        let error = linked(&world).unwrap_err();
        assert_eq!(error.to_string(), "entry script `.entries/app.py` does not exist in the application's files");
    }
    let collection = linked(&world().source("my-app", &entry_script)).unwrap();
    let script = collection.scripts.last().unwrap();
    assert_eq!((script.name.as_str(), script.origin.path.as_str()), ("app", ".entries/app.py"));
    assert_eq!(script.origin.owner.to_string(), "source:my-app");
    assert_eq!(modules(&collection), ["lib", "lib.cli"]);
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn an_entry_function_needs_its_module() {
    let mut world = world(&[], &[]);
    world.executable.entry = Entry::Function { module: "absent.cli".to_owned(), function: "main".to_owned() };
    let error = linked(&world).unwrap_err();
    assert_eq!(error.to_string(), "the entry point `absent.cli:main` names a module that no package has: `absent.cli`");
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn the_host_python_must_be_there() {
    let world = world(&[], &[]);
    let mut job = world.job();
    job.host_python = Utf8Path::new("/nowhere/python3.13").to_owned();
    let error = collect(&job, world.path()).unwrap_err();
    assert_eq!(error.to_string(), "cannot start `/nowhere/python3.13`");
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn the_bootloader_is_the_file_that_the_job_names() {
    let world = world(&[("own/bootloader", "ELF of its own")], &[]);
    let mut job = world.job();
    let scratch = world.path().join("scratch");
    std::fs::create_dir_all(&scratch).unwrap();
    let found = collect(&job, &scratch).unwrap().bootloader.origin;
    assert_eq!(found.path, "PyInstaller/bootloader/Linux-64bit-intel/run");
    job.bootloader.owner = "hooked-1-py3-none-any.whl".to_owned();
    let error = collect(&job, &scratch).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the bootloader `PyInstaller/bootloader/Linux-64bit-intel/run` of `hooked-1-py3-none-any.whl` does not exist in \
         the objects of the link job"
    );
    job.bootloader.path = "own/bootloader".to_owned();
    let found = collect(&job, &scratch).unwrap().bootloader.origin;
    assert_eq!(
        (found.owner.to_string().as_str(), found.path.as_str()),
        ("hooked-1-py3-none-any.whl", "own/bootloader")
    );
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn a_stub_that_a_lazy_package_reads_is_followed_and_shipped() {
    let files = [
        ("lazy/__init__.py", "lazy:\nmentions: __file__"),
        ("lazy/__init__.pyi", "from . import a\nfrom .b import f\n__all__ = ['a', 'f']\n"),
        ("lazy/a.py", ""),
        ("lazy/b.py", ""),
        ("lazy/c.py", ""),
    ];
    let mut world = world(&files, &[]);
    world.executable.hidden_imports = vec!["lazy".to_owned()];
    let collection = linked(&world).unwrap();
    assert_eq!(modules(&collection), ["lazy", "lazy.a", "lazy.b", "lib"]);
    assert!(collection.files.iter().any(|file| file.dest == "lazy/__init__.pyi" && file.kind == FileKind::Data));
}

/// Links with hooks that nobody trusts.
fn linked_untrusted(hooks: &[(&str, &str)]) -> Collection {
    let files = [("secret.py", ""), ("lib/x.txt", "text"), ("lib/sub.py", "")];
    let mut world = world(&files, hooks);
    world.executable.trust_hooks = Vec::new();
    linked(&world).unwrap()
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn a_hook_of_a_wheel_that_only_declares_counts() {
    let hook = "from PyInstaller.compat import is_win\nfrom PyInstaller.utils.hooks import collect_data_files\n\
        datas = []\nif not is_win:\n    datas += collect_data_files('lib')\n\
        hiddenimports = ['secret'] + ['lib.sub']\n";
    let collection = linked_untrusted(&[("hook-lib.py", hook)]);
    assert_eq!(modules(&collection), ["lib", "lib.sub", "secret"]);
    assert!(collection.files.iter().any(|file| file.dest == "lib/x.txt"));
    assert_eq!(collection.warnings, Vec::<String>::new());
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn no_other_hook_of_a_wheel_is_run_or_wins_unless_the_plan_trusts_it() {
    let code = "raise SystemExit('it runs')\n";
    let function = "def pre_safe_import_module(api):\n    raise SystemExit('it runs')\n";
    let of_absent = ("hook-absent.py", code);
    let collection =
        linked_untrusted(&[("hook-lib.py", code), ("pre_safe_import_module/hook-lib.py", function), of_absent]);
    assert_eq!(modules(&collection), ["lib"]);
    let expected = ["hook-lib.py", "pre_safe_import_module/hook-lib.py"].map(|hook| {
        format!(
            "the hook `hooked/{hook}` of `hooked-1-py3-none-any.whl` is code of the package, and is not run: what it adds \
             is left out; `trust-hooks = [\"hooked\"]` in [tool.permafreeze] runs it"
        )
    });
    assert_eq!(collection.warnings, expected);
    let trusted = linked(&world(&[], &[("hook-lib.py", code)])).unwrap_err();
    assert!(trusted.to_string().contains("hook-lib.py"), "{trusted}");
}
