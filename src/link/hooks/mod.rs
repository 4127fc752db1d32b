//! PyInstaller's hooks: files of Python that list what imports do not show.
//!
//! They run as they are, from their wheels, in the host Python ([`server`]); what they ask of the packages is answered
//! from the virtual tree, so that no package is ever imported. [`catalog`] knows which hook is for which module,
//! [`protocol`] has the messages.
pub mod catalog;
pub mod materialise;
pub mod protocol;
pub mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use camino::Utf8PathBuf;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::LinkError;
use catalog::Catalog;
use materialise::HookFiles;
use protocol::{Call, FromServer, Pair, Question, StandardHook, ToServer};
use server::Server;

/// Whoever answers what hooks ask.
pub trait Answers {
    /// Answers a question. Finding the answer may run other hooks.
    ///
    /// # Errors
    /// If it cannot be answered; the call in which it was asked fails then.
    fn answer(&mut self, hooks: &mut Hooks, question: Question) -> Result<Value, LinkError>;
}

/// The hooks of one link, and what they said.
#[derive(Default)]
pub struct Hooks {
    server: Option<Server>,
    /// Which hook is for which module.
    pub catalog: Catalog,
    /// What has been written for them.
    pub files: HookFiles,
    /// Standard hooks that have been read, by module.
    pub standard: BTreeMap<String, Rc<StandardHook>>,
    /// Exclusion rules by module name, parents' included.
    pub exclusions: BTreeMap<String, Rc<BTreeSet<String>>>,
    /// Modules whose standard hook has had its turn.
    pub fired: BTreeSet<String>,
    /// What the hooks want collected.
    pub results: HookResults,
}

/// What hooks want collected, and how.
#[derive(Debug, Default)]
pub struct HookResults {
    /// Collection modes by module.
    pub modes: BTreeMap<String, String>,
    /// Patterns of libraries without a link in the top folder.
    pub suppressed: BTreeSet<String>,
    /// Data files by hooked module.
    pub datas: BTreeMap<String, BTreeSet<Pair>>,
    /// Libraries by hooked module.
    pub binaries: BTreeMap<String, BTreeSet<Pair>>,
}

impl Hooks {
    /// Takes a server; no hook is known yet. Without a server none can run.
    pub fn new(server: Server) -> Hooks {
        Hooks { server: Some(server), ..Hooks::default() }
    }

    /// Calls the server on behalf of `label`, a hook or an option, while `world` answers what it asks.
    ///
    /// # Errors
    /// [`LinkError::HookRunsCode`] and [`LinkError::Hook`] if the hook fails, [`LinkError::HookStopped`] if it ends
    /// the process, [`LinkError::Server`] if the server fails.
    pub fn call<T: DeserializeOwned>(
        &mut self,
        label: &str,
        call: &Call,
        world: &mut dyn Answers,
    ) -> Result<T, LinkError> {
        self.server()?.send(&ToServer::Call(call))?;
        loop {
            let Some(message) = self.server()?.receive()? else {
                return Err(LinkError::HookStopped { hook: label.to_owned(), how: self.server()?.ended() });
            };
            match message {
                FromServer::Ask { question } => {
                    let value = world.answer(self, question)?;
                    self.server()?.send(&ToServer::Answer { value })?;
                }
                FromServer::Result { value } => {
                    let text = value.to_string();
                    return serde_json::from_value(value).map_err(|error| LinkError::Hook {
                        hook: label.to_owned(),
                        message: format!("its result is `{text:.200}`: {error}"),
                    });
                }
                FromServer::Refused { hook, function, what } => {
                    return Err(LinkError::HookRunsCode { hook, function, what });
                }
                FromServer::Error { message } => return Err(LinkError::Hook { hook: label.to_owned(), message }),
            }
        }
    }

    fn server(&mut self) -> Result<&mut Server, LinkError> {
        self.server.as_mut().ok_or_else(|| LinkError::Server {
            python: Utf8PathBuf::from("none"),
            message: "this link has no hook server".to_owned(),
        })
    }
}
