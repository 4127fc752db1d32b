//! What an executable runs: what is said of it, or what the project's scripts and packages leave no doubt of.
use std::collections::BTreeSet;

use permafreeze_base::nearest::nearest;

use crate::document::TomlFile;
use crate::entry_point::{EntryPoint, is_dotted, reference};
use crate::error::Error;
use crate::modules::OwnModules;
use crate::scripts::{DefaultScript, Script, Scripts};
use crate::tree::{Kind, OUTSIDE, inside};

/// Files that are often what is run.
pub const USUAL_FILES: [&str; 8] =
    ["main.py", "app.py", "cli.py", "run.py", "__main__.py", "manage.py", "src/main.py", "src/app.py"];

/// What the project has that could be run.
pub struct Entries<'a> {
    /// pyproject.toml.
    pub file: &'a TomlFile,
    /// The project's modules.
    pub modules: OwnModules<'a>,
    /// Its scripts.
    pub scripts: Scripts,
}

/// Where an entry is said, for messages.
pub struct Said {
    /// The place and the value, as "`pyproject.toml`: `tool.permafreeze.entry` is `app`".
    pub place: String,
    /// What to do if it is wrong.
    pub hint: Option<String>,
}

impl Said {
    /// Returns that an option of pyproject.toml says it.
    pub fn by_option(file: &TomlFile, key: &str, value: &str) -> Said {
        Said { place: format!("`{}`: `{key}` is `{value}`", file.name), hint: None }
    }

    /// Returns the error that it is wrong.
    pub fn wrong(&self, problem: impl Into<String>, hint: Option<String>) -> Error {
        Error::Entry { place: self.place.clone(), problem: problem.into(), hint: hint.or(self.hint.clone()) }
    }
}

impl Entries<'_> {
    /// Reads an entry: a script's name, a `.py` file, `module:function`, `-m module`, a package with `__main__.py`, or another
    /// file, which is then a script that only its first line (`#!`) makes one of Python.
    ///
    /// # Errors
    /// If it is none, or what it names does not exist.
    pub fn read(&self, said: &Said, text: &str) -> Result<EntryPoint, Error> {
        let text = text.trim();
        if let Some(script) = self.scripts.get(text) {
            return self.of_script(script);
        }
        if let Some(module) = text.strip_prefix("-m") {
            return self.module(said, module.trim_start());
        }
        if text.contains(':') {
            let hint = "write `module:function`; both are names with dots between them, as in `app.cli:main`";
            return reference(text).ok_or_else(|| said.wrong("it is no object reference", Some(hint.to_owned())));
        }
        if text.ends_with(".py") {
            return self.check_file(said, text);
        }
        if is_dotted(text) && self.modules.is_program(text) {
            return Ok(EntryPoint::Module(text.to_owned()));
        }
        if inside(text).is_some_and(|path| self.modules.tree.kind(&path) == Some(Kind::File)) {
            return self.check_file(said, text);
        }
        let names = self.scripts.all().map(|script| script.name.as_str());
        let meant = if is_dotted(text) && self.modules.is_module(text) {
            Some(format!("`-m {text}` runs the module, `{text}:FUNCTION` a function of it"))
        } else {
            nearest(text, names).map(|name| format!("did you mean `{name}`?"))
        };
        let problem = format!(
            "it is neither one of the project's scripts ({}), nor a package of the project with `__main__.py`, nor a \
             file of it, `module:function` or `-m module`",
            self.scripts.listed()
        );
        Err(said.wrong(problem, meant))
    }

    /// Returns what a script runs.
    ///
    /// # Errors
    /// If it cannot be read, or is a file that does not exist.
    pub fn of_script(&self, script: &Script) -> Result<EntryPoint, Error> {
        let point = script.point(self.file)?;
        match &point {
            EntryPoint::File(path) => {
                let name = &script.name;
                self.check_file(&Said::by_option(self.file, &format!("script {name}"), path), path)
            }
            _ => Ok(point),
        }
    }

    /// Returns what is run if nothing is said: the default script, else, if there is no script, the only package, if it
    /// has `__main__.py`.
    ///
    /// # Errors
    /// If there is nothing of this, or too much.
    pub fn default(&self) -> Result<EntryPoint, Error> {
        match self.scripts.default(self.modules.pyproject.name()) {
            DefaultScript::One(script) => self.of_script(script),
            DefaultScript::None => self.modules.program().map(EntryPoint::Module).ok_or_else(|| self.nothing()),
            DefaultScript::Several => Err(self.too_much()),
        }
    }

    fn module(&self, said: &Said, module: &str) -> Result<EntryPoint, Error> {
        if !is_dotted(module) {
            let hint = "write the module after `-m`, all in quotes: `\"-m app\"`";
            return Err(said.wrong("it names no module", Some(hint.to_owned())));
        }
        self.modules.check_runnable(module).map_err(|paths| {
            let problem = format!("there is no such module that can be run (looked for {})", listed(&paths));
            said.wrong(problem, Some("a package that is run has a file `__main__.py`".to_owned()))
        })?;
        Ok(EntryPoint::Module(module.to_owned()))
    }

    fn check_file(&self, said: &Said, path: &str) -> Result<EntryPoint, Error> {
        let joined = inside(path).ok_or_else(|| said.wrong(OUTSIDE, None))?;
        if self.modules.tree.kind(&joined) != Some(Kind::File) {
            let hint = format!("correct the path: it is relative to the folder of `{}`", self.file.name);
            return Err(said.wrong("there is no such file", Some(hint)));
        }
        Ok(EntryPoint::File(joined))
    }

    fn nothing(&self) -> Error {
        let mut found: Vec<String> = USUAL_FILES.map(str::to_owned).into();
        found.extend(self.modules.contents.iter().map(|content| content.from.clone()));
        found.retain(|path| path.ends_with(".py") && self.modules.tree.kind(path) == Some(Kind::File));
        found.dedup();
        let choose = match found.first() {
            Some(path) => format!("`permafreeze lock --entry {}`", shell_word(path)),
            None => {
                "`permafreeze lock --entry WHAT`, where WHAT is `FILE.py`, `MODULE:FUNCTION` or `\"-m MODULE\"`".into()
            }
        };
        Error::NoEntry {
            file: self.file.name.clone(),
            problem: "has no script to run, and no package with `__main__.py`".to_owned(),
            hint: format!("say what is run: {choose}; or add a script to `[project.scripts]`"),
        }
    }

    fn too_much(&self) -> Error {
        let scripts: Vec<String> =
            self.scripts.all().map(|script| format!("`{}` (`{}`)", script.name, script.text)).collect();
        let distinct = self.scripts.distinct();
        let first = distinct.first().map_or("NAME", |script| &script.name);
        let tables = distinct.iter().map(|script| {
            let name = toml_edit::Value::from(script.name.as_str());
            format!("\n\n[[tool.permafreeze.executable]]\nentry ={}", name.decorated(" ", ""))
        });
        let named = self.modules.pyproject.name().map_or_else(String::new, |name| format!(" `{name}`"));
        Error::NoEntry {
            file: self.file.name.clone(),
            problem: format!(
                "has {} scripts, and the project's name{named} chooses none of them: {}",
                scripts.len(),
                scripts.join(", ")
            ),
            hint: format!(
                "choose one, as in `permafreeze lock --entry {}`; or make an executable of each: add to `{}`{}",
                shell_word(first),
                self.file.name,
                tables.collect::<String>()
            ),
        }
    }

    /// Checks that the module of an entry point that is the project's own exists.
    ///
    /// # Errors
    /// If it does not.
    pub fn check_module(&self, module: &str) -> Result<(), Error> {
        self.modules.check_exists(module).map_err(|paths| Error::NoEntry {
            file: self.file.name.clone(),
            problem: format!("runs a module that does not exist: `{module}` (looked for {})", listed(&paths)),
            hint: match self.modules.pyproject.build_backend() {
                Some(backend) if !backend.starts_with("poetry") => {
                    "correct the script's reference, or what the build backend packages".to_owned()
                }
                _ => "correct the script's reference, or `packages` in `[tool.poetry]`".to_owned(),
            },
        })
    }

    /// Checks that the source of an entry point's module, if it is the project's own, has the function's name at all.
    ///
    /// # Errors
    /// If it has not, and the module makes no names that its source does not show.
    pub fn check_function(&self, module: &str, function: &str) -> Result<(), Error> {
        let Some((path, text)) = self.modules.source(module) else { return Ok(()) };
        let name = function.split('.').next().unwrap_or_default();
        let words: BTreeSet<&str> = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
        let makes_names =
            text.contains("import *") || ["__getattr__", "globals", "exec"].iter().any(|w| words.contains(w));
        if words.contains(name) || makes_names {
            return Ok(());
        }
        let meant = nearest(name, words).map_or_else(String::new, |word| format!(": did you mean `{word}`?"));
        Err(Error::NoEntry {
            file: self.file.name.clone(),
            problem: format!("runs `{module}:{function}`, and `{path}` has no `{name}`"),
            hint: format!("correct the script's reference{meant}"),
        })
    }
}

fn listed(paths: &[String]) -> String {
    paths.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ")
}

/// Quotes a word for a shell, if it must be.
fn shell_word(word: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "_-./:".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
