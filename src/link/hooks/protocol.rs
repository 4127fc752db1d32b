//! The messages between the linker and the hook server: one JSON object a line, both ways.
//!
//! The linker calls ([`Call`]); while the server works it may ask ([`Question`]), and be called again before it has its
//! answer. `server/rpc.py` is the other side: handlers go by the calls' names, `ask` by the questions'.
use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use permafreeze_base::text;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

/// A destination in the executable and an absolute path in the tree.
pub type Pair = (String, String);

/// What the linker sends.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ToServer<'m> {
    /// Do something.
    Call(&'m Call),
    /// The answer to the last question.
    Answer {
        /// The value.
        value: Value,
    },
}

/// What the server sends.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FromServer {
    /// It wants to know something before it goes on.
    Ask {
        /// What.
        question: Question,
    },
    /// The call's result.
    Result {
        /// The value.
        value: Value,
    },
    /// The hook would run package code.
    Refused {
        /// The hook's file name.
        hook: String,
        /// The function that would.
        function: String,
        /// What it would run.
        what: String,
    },
    /// The call failed.
    Error {
        /// Exception and the hook's line.
        message: String,
    },
}

/// What the linker wants done. Paths are absolute, in the tree.
#[derive(Debug, Serialize)]
#[serde(tag = "name", content = "arguments", rename_all = "snake_case")]
pub enum Call {
    /// The first call: what the target is. Gives nothing.
    Hello {
        /// The user's `hook-answers`.
        answers: BTreeMap<String, BTreeMap<String, Vec<String>>>,
        /// Suffixes of extension modules, in order.
        extension_suffixes: Vec<String>,
        /// The machine, in Nix's words.
        machine: String,
        /// The oldest macOS, as `12.0`.
        macos: String,
        /// The target's system, as `linux`.
        os: &'static str,
        /// `sys.base_prefix`.
        prefix: Utf8PathBuf,
        /// The module that `sysconfig` reads; `None` on Windows.
        sysconfigdata: Option<String>,
        /// Python's version.
        version: String,
        /// A folder that hooks may write to.
        workpath: Utf8PathBuf,
    },
    /// Run `hook-X.py`. Gives a [`StandardHook`].
    Standard {
        /// The hook's file.
        path: Utf8PathBuf,
        /// The hooked module.
        module: String,
    },
    /// Run the `hook()` of a standard hook. Gives a [`FunctionResult`].
    Function {
        /// The hook's file.
        path: Utf8PathBuf,
        /// The hooked module.
        module: String,
    },
    /// Run a hook before a module is looked up. Gives base name and name to go on with; null if the module is missing.
    PreSafeImport {
        /// The hook's file.
        path: Utf8PathBuf,
        /// The last part of the name.
        basename: String,
        /// The whole name.
        name: String,
        /// The parent's name.
        parent: Option<String>,
    },
    /// Run a hook before a module's file is looked for. Gives folders.
    PreFindPath {
        /// The hook's file.
        path: Utf8PathBuf,
        /// The module.
        name: String,
        /// Where it would be looked for.
        search_dirs: Vec<Utf8PathBuf>,
    },
    /// `--collect-…`. Gives names of modules, or [`Pair`]s.
    Collect {
        /// What of the package.
        kind: CollectKind,
        /// The package.
        package: String,
    },
    /// Gives the metadata folders of a distribution and of all that it requires.
    MetadataOf {
        /// The distribution.
        distribution: String,
    },
    /// Gives for each text of a hook whether it declares and does nothing else.
    Declare {
        /// The texts.
        texts: Vec<Base64>,
    },
    /// Gives the value of a Python literal, a dict as pairs.
    Literal {
        /// The literal.
        text: String,
    },
    /// Gives the imports of a source text; null if it does not parse.
    ImportsOfSource {
        /// The source.
        text: Base64,
    },
    /// Gives the imports of marshalled code; null if it is of another Python.
    ImportsOfCode {
        /// The code.
        code: Base64,
    },
}

/// What `--collect-…` collects of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CollectKind {
    /// Its submodules.
    Submodules,
    /// Its data files.
    Data,
    /// Its libraries.
    Binaries,
}

/// What the server asks of the linked files and of the graph. Paths are absolute, in the tree.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub enum Question {
    /// Where is a module? [`FoundModule`] or null.
    Find {
        /// Its dotted name.
        module: String,
        /// Whether its files shall be on disk.
        materialise: bool,
    },
    /// Where is a module among these folders? [`FoundModule`] or null.
    FindIn {
        /// Its name, without dots.
        module: String,
        /// The folders.
        path: Vec<Utf8PathBuf>,
    },
    /// Which modules and packages (true) are in these folders?
    IterModules {
        /// The folders.
        path: Vec<Utf8PathBuf>,
    },
    /// The source of a module, or null.
    Source {
        /// Its dotted name.
        module: String,
    },
    /// Write a file or folder to disk. The path again.
    Materialise {
        /// The path.
        path: Utf8PathBuf,
    },
    /// The `.dist-info` folder of a distribution, or null.
    Distribution {
        /// Its name.
        distribution: String,
    },
    /// All `.dist-info` folders.
    Distributions,
    /// The files of the distribution with this `.dist-info` folder: their paths below site-packages and sizes in bytes.
    /// Null for a folder that is no linked distribution's.
    Files {
        /// The `.dist-info` folder.
        path: Utf8PathBuf,
    },
    /// The top-level packages of the application's own sources: names and folders.
    ApplicationPackages,
    /// The libraries that a library names as needed: names and paths.
    LibraryImports {
        /// The library.
        path: Utf8PathBuf,
    },
    /// A node of the graph ([`NodeDescription`]), or null.
    Node {
        /// Its name.
        module: String,
    },
    /// What a node reaches, itself first.
    Reach {
        /// Its name; null: the executable.
        module: Option<String>,
    },
    /// The nodes that import a module.
    Users {
        /// The module.
        module: String,
    },
    /// The code of a node, or null.
    Code {
        /// Its name.
        module: String,
    },
    /// Add a module that another one makes at run time.
    AddRuntime {
        /// Its name.
        module: String,
        /// Whether it has submodules.
        package: bool,
    },
    /// Add another name of a module.
    AddAlias {
        /// The module.
        real: String,
        /// The other name.
        alias: String,
    },
    /// Add a folder to a package's `__path__`.
    AppendPackagePath {
        /// The package.
        package: String,
        /// The folder.
        path: Utf8PathBuf,
    },
    /// Warn the user.
    Warn {
        /// The sentence.
        text: String,
    },
}

/// A module that was found.
#[derive(Debug, Serialize)]
pub struct FoundModule {
    /// What it is, as `extension-package`.
    pub kind: &'static str,
    /// Its file; `None` for a namespace package and a builtin.
    pub file: Option<Utf8PathBuf>,
    /// Where its submodules are; `None`: it has none.
    pub path: Option<Vec<Utf8PathBuf>>,
}

/// A node of the graph.
#[derive(Debug, Serialize)]
pub struct NodeDescription {
    /// Its name.
    pub name: String,
    /// modulegraph's class of it.
    pub kind: &'static str,
    /// Its file; `-` for a namespace package, as modulegraph has it.
    pub file: Option<Utf8PathBuf>,
    /// Where its submodules are; `None`: it has none.
    pub path: Option<Vec<Utf8PathBuf>>,
}

/// What a standard hook says (PyInstaller/depend/imphook.py).
#[derive(Debug, Clone, Default, Deserialize)]
pub struct StandardHook {
    /// Modules that the hooked one imports without a statement.
    pub hiddenimports: Vec<String>,
    /// Imports of the hooked module (and below it) that are not followed.
    pub excludedimports: BTreeSet<String>,
    /// Data files.
    pub datas: Vec<Pair>,
    /// Libraries.
    pub binaries: Vec<Pair>,
    /// Whether a missing hidden import is worth a warning.
    pub warn: bool,
    /// Collection modes by module.
    pub modes: BTreeMap<String, String>,
    /// Patterns of libraries that get no link in the top folder.
    pub suppressed: Vec<String>,
    /// Whether there is a `hook()`.
    pub has_function: bool,
}

/// What a `hook()` function added.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct FunctionResult {
    /// As [`StandardHook::hiddenimports`].
    pub hiddenimports: Vec<String>,
    /// Imports of the hooked module that are taken back.
    pub deleted: Vec<String>,
    /// As [`StandardHook::datas`].
    pub datas: Vec<Pair>,
    /// As [`StandardHook::binaries`].
    pub binaries: Vec<Pair>,
    /// As [`StandardHook::modes`].
    pub modes: BTreeMap<String, String>,
    /// As [`StandardHook::suppressed`].
    pub suppressed: Vec<String>,
}

/// Bytes, as base64 in JSON.
#[derive(Debug)]
pub struct Base64(pub Vec<u8>);

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text::base64(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_its_name_and_arguments() {
        let call = Call::Collect { kind: CollectKind::Data, package: "p".to_owned() };
        let json = serde_json::to_string(&ToServer::Call(&call)).unwrap();
        assert_eq!(json, r#"{"kind":"call","name":"collect","arguments":{"kind":"data","package":"p"}}"#);
    }

    #[test]
    fn a_question_that_nobody_knows_is_refused() {
        let read = |question: &str| {
            let message = serde_json::from_str(&format!(r#"{{"kind":"ask","question":{question}}}"#));
            message.map(|message| match message {
                FromServer::Ask { question } => question,
                other => panic!("{other:?}"),
            })
        };
        let asked = read(r#"{"name":"reach","module":null}"#).unwrap();
        assert_eq!(asked, Question::Reach { module: None });
        assert_eq!(read(r#"{"name":"distributions"}"#).unwrap(), Question::Distributions);
        assert!(read(r#"{"name":"colour"}"#).unwrap_err().to_string().contains("unknown variant `colour`"));
        assert!(read(r#"{"name":"source","module":"a","x":1}"#).is_err());
        assert!(read(r#"{"name":"source"}"#).unwrap_err().to_string().contains("missing field `module`"));
    }
}
