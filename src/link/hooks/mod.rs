//! PyInstaller's hooks: files of Python that list what imports do not show.
//!
//! They run as they are, from their wheels, in the host python; what they ask of the packages is answered from the
//! virtual tree ([`answer`]), so that no package is ever imported. [`catalog`] knows which hook is for which module,
//! [`pre`] and [`post`] when they run.
pub mod answer;
pub mod catalog;
pub mod environment;
pub mod post;
pub mod pre;
pub mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use permafreeze_object::format::Import;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::LinkError;
use crate::linker::Linker;
use catalog::{Catalog, HookFile};
use server::{Message, Server};

/// A destination in the executable and an absolute path in the tree.
pub type Pair = (String, String);

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
pub struct HookResult {
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

/// Everything about hooks of one link.
#[derive(Default)]
pub struct Hooks {
    /// Which hook is for which module.
    pub catalog: Catalog,
    /// The process that runs them; `None`: none can be run (tests of the graph alone).
    pub server: Option<Server>,
    /// Standard hooks that have been read, by module.
    pub standard: BTreeMap<String, Rc<StandardHook>>,
    /// Exclusion rules by module name, parents' included.
    pub exclusions: BTreeMap<String, Rc<BTreeSet<String>>>,
    /// Modules whose standard hook has had its turn.
    pub fired: BTreeSet<String>,
    /// Collection modes that hooks have set.
    pub modes: BTreeMap<String, String>,
    /// Patterns of libraries without a link in the top folder.
    pub suppressed: BTreeSet<String>,
    /// Data files by hooked module.
    pub datas: BTreeMap<String, BTreeSet<Pair>>,
    /// Libraries by hooked module.
    pub binaries: BTreeMap<String, BTreeSet<Pair>>,
}

impl Linker<'_> {
    /// Calls the server and answers what it asks meanwhile.
    pub fn call<T: serde::de::DeserializeOwned>(
        &mut self,
        hook: &str,
        name: &str,
        arguments: Value,
    ) -> Result<T, LinkError> {
        self.server()?.send(&json!({"kind": "call", "name": name, "arguments": arguments}))?;
        loop {
            match self.server()?.receive()? {
                Message::Ask { name, arguments } => {
                    let value = self.answer(&name, &arguments)?;
                    self.server()?.send(&json!({"kind": "answer", "value": value}))?;
                }
                Message::Result { value } => {
                    let said = value.to_string();
                    return serde_json::from_value(value).map_err(|error| LinkError::Hook {
                        hook: hook.to_owned(),
                        message: format!("{name} gave `{said:.200}`: {error}"),
                    });
                }
                Message::Refused { hook, function, what } => {
                    return Err(LinkError::HookRunsCode { hook, function, what });
                }
                Message::Error { message } => return Err(LinkError::Hook { hook: hook.to_owned(), message }),
            }
        }
    }

    /// Calls a function of a hook's file.
    pub fn call_hook<T: serde::de::DeserializeOwned>(
        &mut self,
        hook: &HookFile,
        name: &str,
        arguments: Value,
    ) -> Result<T, LinkError> {
        self.materialise_hook(&hook.path)?;
        let label = format!("{} of {}", self.objects.path(hook.file), self.objects.object(hook.file.object).owner());
        self.call(&label, name, arguments)
    }

    fn server(&mut self) -> Result<&mut Server, LinkError> {
        self.hooks.server.as_mut().ok_or_else(|| LinkError::Server {
            python: self.job.host_python.clone(),
            message: "it was not started".to_owned(),
        })
    }

    /// Returns the imports of a source text that compile has not seen (`.pyi`); `None` if it does not parse.
    pub fn hook_imports_of_source(&mut self, source: &[u8]) -> Result<Option<Vec<Import>>, LinkError> {
        self.call("a type stub", "imports_of_source", json!({"text": base64(source)}))
    }

    /// Returns the imports of marshalled code; `None` if it is of another Python.
    pub fn hook_imports_of_code(&mut self, code: &[u8]) -> Result<Option<Vec<Import>>, LinkError> {
        self.call("a compiled module", "imports_of_code", json!({"code": base64(code)}))
    }

    /// Compiles a text of our own.
    pub fn hook_compile(&mut self, text: &str, file_name: &str) -> Result<Vec<u8>, LinkError> {
        let arguments = json!({"text": text, "file_name": file_name});
        let code: String = self.call("the entry point", "compiled", arguments)?;
        Ok(unbase64(&code))
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Returns bytes in base64 (RFC 4648).
pub fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let sextet = (group >> (18 - 6 * at)) as usize & 63;
            text.push(if at <= chunk.len() { ALPHABET[sextet] as char } else { '=' });
        }
    }
    text
}

/// Returns the bytes of base64 text (RFC 4648).
pub fn unbase64(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for chunk in text.trim_end_matches('=').as_bytes().chunks(4) {
        let sextet = |byte: &u8| ALPHABET.iter().position(|known| known == byte).unwrap_or(0) as u32;
        let group = chunk.iter().fold(0u32, |group, byte| group << 6 | sextet(byte)) << (6 * (4 - chunk.len()));
        bytes.extend(&group.to_be_bytes()[1..chunk.len()]);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_round_trip() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            assert_eq!(base64(bytes.as_bytes()), text);
            assert_eq!(unbase64(text), bytes.as_bytes());
        }
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(unbase64(&base64(&all)), all);
    }
}
