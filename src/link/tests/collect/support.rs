//! A builder of worlds: objects with a few files each, and a link of them.
//!
//! A `.py` file is given as text of which only plain import lines (`import a.b`, `from ..a import b, c`), calls with
//! one text (`version("x")`), hints and the line `syntax error` count. Hints are lines as `lazy: .a b`, with the list's
//! name first; `load: .a` is a call of `import_module`, `computed: a.` one with a computed name that begins so. A library is a text `ELF needed=a,b runpath=$ORIGIN`
//! or `PE needed=a.dll delayed=b.dll`; of `MachO needed=@rpath/a rpath=@loader_path id=a weak=@rpath/a signature=none` a file is
//! made, whose signature is said to hold where nothing is said.
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_link::error::LinkError;
use permafreeze_link::graph::reason::Reason;
use permafreeze_link::graph::{Facts, Graph, Kind, NodeId, lazy};
use permafreeze_link::hooks::Hooks;
use permafreeze_link::hooks::server::Server;
use permafreeze_link::job::Job;
use permafreeze_link::linking::Linking;
use permafreeze_link::load::Objects;
use permafreeze_link::merge::Prefixes;
use permafreeze_link::program::Program;
use permafreeze_link::warnings::Warnings;
use permafreeze_object::format::{
    Call, Computed, File, Hints, Import, Mention, Module, Native, NativeFormat, Origin, RuntimeFacts, Signature,
};
use permafreeze_object::writer::Writer;
use permafreeze_packaging::target::{Os, Target};
use permafreeze_plan::jobs::{Bootloader, Inputs};
use permafreeze_plan::plan::{Entry, Executable};

use crate::macho;

/// Marshalled `None`: code enough for what never runs.
const CODE: &[u8] = b"N";

pub(crate) struct World {
    dir: tempfile::TempDir,
    packages: Vec<Utf8PathBuf>,
    stdlib: Vec<(String, String)>,
    pub executable: Executable,
    pub hooks_env: Option<Utf8PathBuf>,
    /// More files of the PyInstaller wheel; the first of a path counts.
    pub pyinstaller: Vec<(String, String)>,
    /// The files of permafreeze's own loader.
    pub loader: Vec<(String, String)>,
    /// Whether all hooks of the hooks env are part of it, not only those for modules that every program has.
    all_hooks: bool,
    /// The version of the wheels that are added from here on.
    pub wheel_version: &'static str,
    /// The version of PyInstaller.
    pub pyinstaller_version: String,
    /// The version of Python.
    pub python: &'static str,
    /// What the world is linked for.
    target: Target,
    /// Whether a bundle is linked.
    is_bundle: bool,
}

impl World {
    pub(crate) fn new() -> World {
        let entry = Entry::Script { script: "main.py".to_owned() };
        World {
            dir: tempfile::tempdir().unwrap(),
            packages: Vec::new(),
            stdlib: vec![("lib/libpython3.13.so.1.0".to_owned(), "ELF".to_owned())],
            executable: Executable { entry, ..Executable::default() },
            hooks_env: None,
            pyinstaller: Vec::new(),
            loader: owned(&[("deferred.json", "{}")]),
            all_hooks: false,
            wheel_version: "1",
            pyinstaller_version: "6.18.0".to_owned(),
            python: "3.13.5",
            target: Target::LinuxAmd64,
            is_bundle: false,
        }
    }

    /// A world that is linked as a bundle.
    pub(crate) fn bundle() -> World {
        World { is_bundle: true, ..World::new() }
    }

    /// A world that is linked for Windows.
    pub(crate) fn windows() -> World {
        let library = vec![("python313.dll".to_owned(), "PE".to_owned())];
        World { stdlib: library, target: Target::WindowsAmd64, ..World::new() }
    }

    /// A world that is linked for macOS.
    pub(crate) fn macos() -> World {
        let library = vec![("lib/libpython3.13.dylib".to_owned(), "MachO".to_owned())];
        World { stdlib: library, target: Target::DarwinArm64, ..World::new() }
    }

    /// Sets the hooks env; the version of PyInstaller is the one that is in it.
    pub(crate) fn in_hooks_env(mut self, env: Utf8PathBuf) -> World {
        let names = env.read_dir_utf8().unwrap().map(|entry| entry.unwrap().file_name().to_owned());
        let version = |name: &str| Some(name.strip_prefix("pyinstaller-")?.strip_suffix(".dist-info")?.to_owned());
        self.pyinstaller_version = names.into_iter().find_map(|name| version(&name)).expect("a PyInstaller");
        self.hooks_env = Some(env);
        self
    }

    /// As [`World::in_hooks_env`], with all hooks that are there.
    pub(crate) fn with_hooks_of(mut self, env: Utf8PathBuf) -> World {
        self.all_hooks = true;
        self.in_hooks_env(env)
    }

    /// Adds files to the runtime, by their path in it.
    pub(crate) fn runtime(mut self, files: &[(&str, &str)]) -> World {
        self.stdlib.extend(owned(files));
        self
    }

    /// Adds a wheel `name` version 1; without a `.dist-info` of its own it gets one with METADATA.
    pub(crate) fn wheel(self, name: &str, files: &[(&str, &str)]) -> World {
        self.wheel_for("any", name, files)
    }

    /// As [`World::wheel`], for a platform (`manylinux_2_17_x86_64`).
    pub(crate) fn wheel_for(mut self, platform: &str, name: &str, files: &[(&str, &str)]) -> World {
        let version = self.wheel_version;
        let dist_info = format!("{name}-{version}.dist-info");
        let origin = Origin::Wheel {
            file: format!("{name}-{version}-py3-none-{platform}.whl"),
            name: name.to_owned(),
            version: version.to_owned(),
            dist_info: dist_info.clone(),
            tags: vec![format!("py3-none-{platform}")],
        };
        let metadata =
            (format!("{dist_info}/METADATA"), format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"));
        let mut all = owned(files);
        if !all.iter().any(|(path, _)| *path == metadata.0) {
            all.push(metadata);
        }
        let place = self.write(name, origin, &all);
        self.packages.push(place);
        self
    }

    /// Adds the plain scripts of a project.
    pub(crate) fn scripts(mut self, files: &[(&str, &str)]) -> World {
        let place = self.write("scripts", Origin::Source { name: None, version: None, dist_info: None }, &owned(files));
        self.packages.push(place);
        self
    }

    /// Adds a source tree with a distribution `name` version 1.
    pub(crate) fn source(mut self, name: &str, files: &[(&str, &str)]) -> World {
        let origin = Origin::Source { name: Some(name.to_owned()), version: Some("1".to_owned()), dist_info: None };
        let place = self.write(name, origin, &owned(files));
        self.packages.push(place);
        self
    }

    /// Adds files to the standard library, by their path in it.
    pub(crate) fn stdlib(mut self, files: &[(&str, &str)]) -> World {
        let folder = if self.target.is_windows() { "Lib" } else { "lib/python3.13" };
        self.stdlib.extend(files.iter().map(|(path, text)| (format!("{folder}/{path}"), (*text).to_owned())));
        self
    }

    pub(crate) fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.dir.path()).unwrap()
    }

    pub(crate) fn job(&self) -> Job {
        let libraries = "lib/python3.13/lib-dynload";
        let runtime = match self.target.os() {
            Os::Windows => self.runtime_of(["Lib", "DLLs", "python313.dll"], &[".cp313-win_amd64.pyd", ".pyd"]),
            Os::Darwin => self.runtime_of(
                ["lib/python3.13", libraries, "lib/libpython3.13.dylib"],
                &[".cpython-313-darwin.so", ".abi3.so", ".so"],
            ),
            Os::Linux => self.runtime_of(
                ["lib/python3.13", libraries, "lib/libpython3.13.so.1.0"],
                &[".cpython-313-x86_64-linux-gnu.so", ".abi3.so", ".so"],
            ),
        };
        let bootloader = match self.target.is_windows() {
            true => "PyInstaller/bootloader/Windows-64bit-intel/run.exe",
            false => "PyInstaller/bootloader/Linux-64bit-intel/run",
        };
        let tool = |name: &str| Origin::Wheel {
            file: format!("{name}-1-py3-none-any.whl"),
            name: name.to_owned(),
            version: self.pyinstaller_version.clone(),
            dist_info: format!("{name}-{}.dist-info", self.pyinstaller_version),
            tags: Vec::new(),
        };
        let mut pyinstaller = owned(&[(bootloader, "ELF")]);
        for folder in ["PyInstaller/loader", "PyInstaller/hooks/pre_safe_import_module", "PyInstaller/hooks/rthooks"] {
            pyinstaller.extend(self.hooks_env.iter().flat_map(|env| files_below(env, folder)));
        }
        let (mut contrib, env) = (Vec::new(), self.hooks_env.iter().filter(|_| self.all_hooks));
        for env in env {
            pyinstaller.extend(tree_below(env, "PyInstaller/hooks"));
            contrib.extend(tree_below(env, "_pyinstaller_hooks_contrib"));
        }
        for (path, text) in &self.pyinstaller {
            if !pyinstaller.iter().any(|(known, _)| known == path) {
                pyinstaller.push((path.clone(), text.clone()));
            }
        }
        Job {
            target: self.target,
            name: "app".to_owned(),
            executable: self.executable.clone(),
            packages: self.packages.clone(),
            runtime: self.write("runtime", Origin::Runtime(runtime), &self.stdlib),
            pyinstaller: self.write("pyinstaller", tool("pyinstaller"), &pyinstaller),
            hooks_contrib: self.write("pyinstaller_hooks_contrib", tool("pyinstaller-hooks-contrib"), &contrib),
            loader: self.write("loader", Origin::Source { name: None, version: None, dist_info: None }, &self.loader),
            bootloader: Bootloader { owner: "pyinstaller-1-py3-none-any.whl".to_owned(), path: bootloader.to_owned() },
            launcher: self.is_bundle.then(|| self.path().join("launcher")),
            host_python: std::env::var("PERMAFREEZE_HOST_PYTHON").unwrap_or_default().into(),
            hooks_env: self.hooks_env.clone().unwrap_or(self.path().join("hooks-env")),
            inputs: Inputs::default(),
            unsandboxed: false,
        }
    }

    fn runtime_of(&self, [stdlib, dynload, libpython]: [&str; 3], suffixes: &[&str]) -> RuntimeFacts {
        RuntimeFacts {
            version: self.python.to_owned(),
            stdlib: stdlib.to_owned(),
            dynload: dynload.to_owned(),
            libpython: libpython.to_owned(),
            sysconfigdata: (!self.target.is_windows()).then(|| "_sysconfigdata__linux_x86_64-linux-gnu".to_owned()),
            builtins: vec!["sys".to_owned(), "time".to_owned()],
            extension_suffixes: suffixes.iter().map(|suffix| (*suffix).to_owned()).collect(),
        }
    }

    /// Runs a test while this world is linked.
    pub(crate) fn link<T>(&self, test: impl FnOnce(&mut Linking<'_>) -> T) -> T {
        self.try_link(|linking| Ok(test(linking))).unwrap()
    }

    pub(crate) fn try_link<T>(
        &self,
        test: impl FnOnce(&mut Linking<'_>) -> Result<T, LinkError>,
    ) -> Result<T, LinkError> {
        let job = self.job();
        let scratch = self.path().join("scratch");
        let hooks_env = self.path().join("hooks-env");
        let prefixes = Prefixes { scratch: &scratch, hooks_env: &hooks_env };
        let program = Program::merge(&job, Objects::load(&job)?, &prefixes)?;
        let (mut graph, mut hooks) = (Graph::new(lazy::of(&program)), Hooks::default());
        let mut warnings = Warnings::default();
        test(&mut Linking { program: &program, graph: &mut graph, hooks: &mut hooks, warnings: &mut warnings })
    }

    /// Runs a test while this world is linked, with a hook server.
    pub(crate) fn link_with_hooks<T>(&self, test: impl FnOnce(&mut Linking<'_>) -> T) -> T {
        let job = self.job();
        let scratch = self.path().join("scratch");
        std::fs::create_dir_all(&scratch).unwrap();
        let server = Server::start(&job.host_python, &job.hooks_env, &scratch).unwrap();
        let prefixes = Prefixes { scratch: &scratch, hooks_env: &job.hooks_env };
        let program = Program::merge(&job, Objects::load(&job).unwrap(), &prefixes).unwrap();
        let (mut graph, mut hooks) = (Graph::new(lazy::of(&program)), Hooks::new(server));
        let mut warnings = Warnings::default();
        let mut linking = Linking { program: &program, graph: &mut graph, hooks: &mut hooks, warnings: &mut warnings };
        linking.start_hooks(&scratch).unwrap();
        test(&mut linking)
    }

    fn write(&self, name: &str, origin: Origin, files: &[(String, String)]) -> Utf8PathBuf {
        let place = self.path().join(name);
        // A world may be linked more than once; its objects stay.
        if place.exists() {
            return place;
        }
        let mut writer = Writer::create(&place).unwrap();
        let code = writer.blob("code", &permafreeze_object::deflate::deflate(CODE), true).unwrap();
        for (path, text) in files {
            let native = native(text);
            let bytes = match &native {
                Some(native) if native.format == NativeFormat::MachO => mach_o(native),
                _ => text.as_bytes().to_vec(),
            };
            let blob = writer.blob(text, &bytes, false).unwrap();
            let module = path.ends_with(".py").then(|| Module { code: Some(code), code_size: 1, ..module(text) });
            let module = module.map(|module| match text.contains("syntax error") {
                true => Module { code: None, code_size: 0, error: Some("SyntaxError: here".to_owned()), ..module },
                false => module,
            });
            let file = File {
                size: bytes.len() as u64,
                // Equal texts have equal hashes, which is all that counts here.
                sha256: format!("{text:?}"),
                executable: false,
                symlink: None,
                hollowed: None,
                blob,
                module,
                native,
                slices: Vec::new(),
            };
            writer.file(path.clone(), file);
        }
        writer.finish(origin).unwrap();
        place
    }
}

fn owned(files: &[(&str, &str)]) -> Vec<(String, String)> {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

/// Returns the text files of a folder below a root, by their path from the root.
pub(crate) fn files_below(root: &Utf8Path, folder: &str) -> Vec<(String, String)> {
    let entries = root.join(folder).read_dir_utf8().unwrap().map(|entry| entry.unwrap().path().to_owned());
    let texts = entries.filter_map(|path| {
        let name = path.strip_prefix(root).unwrap().to_string();
        Some((name, std::fs::read_to_string(path).ok()?))
    });
    texts.collect()
}

/// As [`files_below`], for the folders in it too.
fn tree_below(root: &Utf8Path, folder: &str) -> Vec<(String, String)> {
    let mut files = files_below(root, folder);
    for entry in root.join(folder).read_dir_utf8().unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            files.extend(tree_below(root, entry.path().strip_prefix(root).unwrap().as_str()));
        }
    }
    files
}

/// Returns the facts of a text of import lines and calls.
pub(crate) fn module(text: &str) -> Module {
    let lines = text.lines().map(str::trim);
    let calls = lines.clone().filter_map(|line| {
        let (function, argument) = line.strip_suffix("\")")?.split_once("(\"")?;
        Some(Call { function: function.to_owned(), arguments: vec![Some(argument.to_owned())] })
    });
    Module {
        imports: lines.clone().filter_map(import).collect(),
        calls: calls.collect(),
        hints: hints(lines),
        ..Module::default()
    }
}

fn hints<'l>(lines: impl Iterator<Item = &'l str>) -> Hints {
    let mut hints = Hints::default();
    for (line, (kind, words)) in (1..).zip(lines).filter_map(|(line, text)| Some((line, text.split_once(':')?))) {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        match kind {
            "lazy" => {
                hints.is_lazy = true;
                hints.lazy.extend(words);
            }
            "settings" => hints.settings.extend(words),
            "names" => hints.names.extend(words),
            "load" => hints.imports.extend(words.iter().map(|name| {
                let relative = name.trim_start_matches('.');
                let level = (name.len() - relative.len()) as u32;
                Import { name: relative.to_owned(), level, from: None }
            })),
            "computed" => hints.computed.push(Computed { line, start: words.into_iter().next() }),
            "mentions" => hints.mentions.extend(words.into_iter().map(|name| Mention { line, name })),
            _ => {}
        }
    }
    hints
}

fn import(line: &str) -> Option<Import> {
    if let Some(name) = line.strip_prefix("import ") {
        return Some(Import { name: name.to_owned(), level: 0, from: None });
    }
    let (name, names) = line.strip_prefix("from ")?.split_once(" import ")?;
    let stripped = name.trim_start_matches('.');
    Some(Import {
        name: stripped.to_owned(),
        level: (name.len() - stripped.len()) as u32,
        from: Some(names.split(", ").map(str::to_owned).collect()),
    })
}

fn native(text: &str) -> Option<Native> {
    let formats = [("ELF", NativeFormat::Elf), ("PE", NativeFormat::Pe), ("MachO", NativeFormat::MachO)];
    let (text, format) = formats.into_iter().find_map(|(name, format)| Some((text.strip_prefix(name)?, format)))?;
    let fields: BTreeMap<&str, &str> = text.split_whitespace().filter_map(|field| field.split_once('=')).collect();
    let list = |key: &str| fields.get(key).map(|list| list.split(',').map(str::to_owned).collect()).unwrap_or_default();
    let machine = if format == NativeFormat::MachO { "aarch64" } else { "x86_64" };
    let signature = match fields.get("signature") {
        Some(&"none") => None,
        Some(&"broken") => Some(Signature::Broken),
        _ => Some(Signature::Valid),
    };
    Some(Native {
        format,
        machines: vec![(*fields.get("machine").unwrap_or(&machine)).to_owned()],
        modules: list("modules"),
        soname: fields.get("id").map(|name| (*name).to_owned()),
        needed: list("needed"),
        weak: list("weak"),
        delayed: list("delayed"),
        rpath: list("rpath"),
        runpath: list("runpath"),
        signature: signature.filter(|_| format == NativeFormat::MachO),
    })
}

fn mach_o(native: &Native) -> Vec<u8> {
    let needed = native.needed.iter().map(|name| (macho::LOAD, name.as_str())).collect();
    let cpu = if native.machines == ["aarch64"] { macho::ARM64 } else { macho::AMD64 };
    let run_paths = native.rpath.iter().map(String::as_str).collect();
    macho::Image { cpu, needed, run_paths, ..macho::Image::default() }.bytes()
}

/// Adds a script of the given text, follows everything, and returns what the executable reaches.
pub(crate) fn closure(linking: &mut Linking<'_>, text: &str) -> Vec<String> {
    linking.add_script("main", None, Facts::Own(module(text).into()), Reason::Entry);
    linking.drain().unwrap();
    reached(linking)
}

/// Returns the names of what the executable reaches, sorted, without the script.
pub(crate) fn reached(linking: &Linking<'_>) -> Vec<String> {
    let names = linking.graph.reachable(linking.graph.root);
    names.into_keys().filter(|name| *name != "main").map(str::to_owned).collect()
}

/// Takes the warnings, sorted.
pub(crate) fn warnings(linking: &mut Linking<'_>) -> Vec<String> {
    std::mem::take(linking.warnings).into_sorted()
}

/// Returns a node's kind.
pub(crate) fn kind(linking: &Linking<'_>, name: &str) -> Option<Kind> {
    linking.graph.named(name).map(|id| linking.graph.node(id).kind)
}

/// Returns the names of what a node has edges to.
pub(crate) fn edges(linking: &Linking<'_>, name: &str) -> Vec<String> {
    let id: NodeId = linking.graph.named(name).unwrap();
    let edges = linking.graph.node(id).edges.iter();
    let mut names: Vec<String> = edges.map(|id| linking.graph.node(*id).name.clone()).collect();
    names.sort();
    names
}
