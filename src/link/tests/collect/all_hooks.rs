//! Every hook of PyInstaller and of hooks-contrib, run over stubs of the packages that they are for.
//!
//! A stub says nothing of itself: whatever a hook asks of it is no constant. So a hook that would run package code is
//! refused here, if no static answer stands for it; [`REFUSED`] are all of those.
//!
//! Needs PERMAFREEZE_HOST_PYTHON and PERMAFREEZE_HOOKS_ENV (`make test` sets them).
use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use permafreeze_link::error::LinkError;
use permafreeze_link::linking::Linking;
use permafreeze_packaging::target::{Os, Target};

use crate::support::World;

/// A module of which nothing is known.
const STUB: &str = "def __getattr__(name): ...\n";

/// Hooks that are refused, by the beginning of their file's name, and why there is no answer.
const REFUSED: &[(&str, &str)] = &[
    ("hook-gi", "the typelibs and libraries of GObject are the system's, which is never collected"),
    ("hook-gst", "as gi"),
    ("hook-enchant", "of old versions of hooks-contrib, for macOS, asks the package which library it has loaded"),
    ("hook-kivy", "kivy's own helper computes the list from the providers that it can load"),
    ("hook-pygraphviz", "until hooks-contrib 2025 it wants the programs of the machine that links"),
    ("hook-pypemicro", "which libraries it wants, its class says"),
    ("hook-PySide2.Qwt5", "what it was built with, its extension says"),
    ("hook-toga_winforms", "for Windows"),
];

/// Distributions that hooks ask for and that are not named as their packages.
const DISTRIBUTIONS: &[&str] = &[
    "google-api-core",
    "google-api-python-client",
    "google-cloud-bigquery",
    "google-cloud-core",
    "google-cloud-kms",
    "google-cloud-pubsub",
    "google-cloud-speech",
    "google-cloud-storage",
    "google-cloud-translate",
    "logilab-common",
    "msoffcrypto-tool",
    "pygobject",
    "pymorphy3-dicts-ru",
    "pysaml2",
    "requests",
    "toga-core",
    "umap-learn",
];

/// Files without which a hook's package would be none.
const FILES: &[(&str, &str)] = &[
    ("matplotlib/mpl-data/matplotlibrc", ""),
    ("Cryptodome/Cipher/__init__.py", STUB),
    ("Cryptodome/Hash/__init__.py", STUB),
    ("Cryptodome/Math/__init__.py", STUB),
    ("Cryptodome/Protocol/__init__.py", STUB),
    ("Cryptodome/PublicKey/__init__.py", STUB),
    ("Cryptodome/Util/__init__.py", STUB),
    ("avro/HandshakeRequest.avsc", ""),
    ("avro/HandshakeResponse.avsc", ""),
    ("avro/VERSION.txt", "1"),
    ("enzyme/parsers/ebml/specs/matroska.xml", ""),
    ("enchant/_enchant.py", STUB),
    ("jupyter_core/paths.py", STUB),
    ("nltk/data.py", STUB),
    ("pygraphviz/_graphviz.so", "ELF"),
    ("shapely/.libs/libgeos.so", "ELF"),
    ("sphinx/application.py", "builtin_extensions = ('sphinx.addnodes', *('alabaster',))\n"),
    ("sqlalchemy/dialects/__init__.py", "__all__ = ('sqlite',)\n"),
    ("sqlalchemy/databases/__init__.py", "__all__ = ('sqlite',)\n"),
    ("transformers/dependency_versions_table.py", "deps = {'six': 'six>=1'}\n"),
    (
        "langchain/chat_models/base.py",
        "_SUPPORTED_PROVIDERS = _BUILTIN_PROVIDERS = {'a': ('langchain_a', 'A', print)}\n",
    ),
    ("sentry_sdk/integrations/__init__.py", "_AUTO_ENABLING_INTEGRATIONS = ['a.b.C']\n"),
    ("gmsh/lib/libgmsh.so.4", "ELF"),
    ("kivy/tools/packaging/pyinstaller_hooks/__init__.py", STUB),
    ("_tkinter.so", "ELF"),
];

/// The runtime's part of Tcl and Tk, in its folder for it.
const TCL: [&str; 3] = ["tcl8.6/init.tcl", "tk8.6/tk.tcl", "tcl8/8.6/http-2.9.8.tm"];

const QT: &[&str] = &["PyQt5", "PyQt6", "PySide2", "PySide6"];

pub(crate) fn env() -> Utf8PathBuf {
    let hint = "set PERMAFREEZE_HOOKS_ENV to a folder in which PyInstaller, pyinstaller-hooks-contrib and setuptools are \
        installed (`make test` sets it)";
    Utf8PathBuf::from(std::env::var("PERMAFREEZE_HOOKS_ENV").expect(hint))
}

/// Returns the module's files: of Qt's bindings they are extension modules.
fn stub(module: &str, target: Target) -> Vec<(String, &'static str)> {
    let path = module.replace('.', "/");
    if QT.iter().any(|binding| module.starts_with(&format!("{binding}."))) {
        return vec![match target.os() {
            Os::Windows => (format!("{path}.pyd"), "PE needed=Qt6Core.dll"),
            Os::Linux => (format!("{path}.abi3.so"), "ELF needed=libQt6Core.so.6 runpath=$ORIGIN/Qt/lib"),
            Os::Darwin => (format!("{path}.abi3.so"), "MachO needed=@rpath/QtCore.framework/Versions/A/QtCore"),
        }];
    }
    let parts: Vec<&str> = module.split('.').collect();
    (1..=parts.len()).map(|to| (format!("{}/__init__.py", parts[..to].join("/")), STUB)).collect()
}

fn qt(binding: &str, target: Target) -> Vec<(String, &'static str)> {
    let folder = match binding {
        "PyQt5" => "Qt5",
        "PyQt6" => "Qt6",
        _ => "Qt",
    };
    let (folder, libraries, native) = match (target.os(), binding.starts_with("PySide")) {
        (Os::Windows, true) => (".", ["Qt6Core.dll", "plugins/platforms/qwindows.dll", "QtWebEngineProcess.exe"], "PE"),
        (Os::Windows, false) => {
            (folder, ["bin/Qt6Core.dll", "plugins/platforms/qwindows.dll", "bin/QtWebEngineProcess.exe"], "PE")
        }
        (Os::Linux, _) => {
            (folder, ["lib/libQt6Core.so.6", "plugins/platforms/libqxcb.so", "libexec/QtWebEngineProcess"], "ELF")
        }
        (Os::Darwin, _) => {
            let engine = "lib/QtWebEngineCore.framework/Versions/A/Helpers/QtWebEngineProcess.app/Contents/MacOS/QtWebEngineProcess";
            (folder, ["lib/QtCore.framework/Versions/A/QtCore", "plugins/platforms/libqcocoa.dylib", engine], "MachO")
        }
    };
    let data = ["translations/qtbase_de.qm", "translations/qtwebengine_locales/de.pak", "resources/icudtl.dat"];
    let files = libraries.map(|file| (file, native)).into_iter().chain(data.map(|file| (file, "")));
    let files = files.map(|(file, text)| (format!("{binding}/{folder}/{file}").replace("/./", "/"), text));
    files.chain([(format!("{binding}/__init__.py"), STUB)]).collect()
}

/// Returns a world with a stub of every module.
fn stubs<'m>(target: Target, version: &'static str, modules: impl IntoIterator<Item = &'m String>) -> World {
    let world = match target.os() {
        Os::Linux => World::new(),
        Os::Darwin => World::macos(),
        Os::Windows => World::windows(),
    };
    let mut world = world.with_hooks_of(env()).scripts(&[("main.py", "")]);
    world.wheel_version = version;
    let tcl = TCL.map(|path| format!("{}/{path}", if target.is_windows() { "tcl" } else { "lib" }));
    world = world.stdlib(&[("os.py", ""), ("opcode.py", "")]).runtime(&tcl.each_ref().map(|path| (path.as_str(), "")));
    let mut files: BTreeMap<String, &str> = modules.into_iter().flat_map(|module| stub(module, target)).collect();
    files.extend(stub("jupyter_core", target));
    let tops: BTreeSet<String> = files.keys().map(|path| top(path).to_owned()).collect();
    for binding in QT.iter().filter(|binding| tops.contains(**binding)) {
        files.extend(qt(binding, target));
    }
    files.extend(
        FILES.iter().filter(|(path, _)| tops.contains(top(path))).map(|(path, text)| ((*path).to_owned(), *text)),
    );
    for package in &tops {
        let own: Vec<(&str, &str)> =
            files.iter().filter(|(path, _)| top(path) == package).map(|(path, text)| (path.as_str(), *text)).collect();
        world = world.wheel(package, &own);
    }
    DISTRIBUTIONS.iter().fold(world, |world, name| world.wheel(name, &[]))
}

/// Returns the top-level module of a path.
fn top(path: &str) -> &str {
    path.split(['/', '.']).next().unwrap_or(path)
}

/// Imports every module, and returns what fails.
fn failures<'m>(linking: &mut Linking<'_>, modules: impl IntoIterator<Item = &'m String>) -> Vec<LinkError> {
    let mut failed = Vec::new();
    for module in modules {
        failed.extend(linking.import_name(module).err());
    }
    // What failed has been taken from the queue.
    while let Err(error) = linking.drain() {
        failed.push(error);
    }
    while let Err(error) = linking.run_post_graph_hooks() {
        failed.push(error);
    }
    failed
}

/// Returns whether a failure is a refusal that is meant.
fn is_meant(error: &LinkError) -> bool {
    match error {
        LinkError::HookRunsCode { hook, .. } => REFUSED.iter().any(|(name, _)| hook.starts_with(name)),
        // These fail so in PyInstaller too.
        LinkError::Hook { hook, .. } => ["hook-bacon", "hook-pygraphviz", "hook-shapely", "hook-toga_winforms"]
            .iter()
            .any(|name| hook.contains(name)),
        _ => false,
    }
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn every_hook_runs_over_a_stub() {
    run_every_hook(Target::LinuxAmd64);
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn every_hook_runs_over_a_stub_for_windows() {
    run_every_hook(Target::WindowsAmd64);
}

#[test]
#[ignore = "needs the host Python and the hooks env: `make test STEP=integration`"]
fn every_hook_runs_over_a_stub_for_macos() {
    run_every_hook(Target::DarwinArm64);
}

fn run_every_hook(target: Target) {
    let all = stubs(target, "1", []).link_with_hooks(|linking| {
        let catalog = &linking.hooks.catalog;
        let kinds = [&catalog.standard, &catalog.pre_safe_import, &catalog.pre_find_path];
        kinds.into_iter().flat_map(|hooks| hooks.keys().cloned()).collect::<BTreeSet<String>>()
    });
    assert!(all.len() > 700, "{} hooks", all.len());
    let mut wrong = BTreeSet::new();
    let mut try_all = |version, modules: &[&String]| {
        let modules = modules.iter().copied();
        let failed = stubs(target, version, modules.clone()).link_with_hooks(|linking| failures(linking, modules));
        wrong.extend(failed.iter().filter(|error| !is_meant(error)).map(ToString::to_string));
    };
    let is_of = |module: &String, binding: &str| module.split('.').next() == Some(binding);
    let others: Vec<&String> = all.iter().filter(|module| !QT.iter().any(|binding| is_of(module, binding))).collect();
    // A package is old or new to its hook.
    try_all("1", &others);
    try_all("99", &others);
    for binding in QT {
        try_all("99", &all.iter().filter(|module| is_of(module, binding)).collect::<Vec<_>>());
    }
    assert!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}
