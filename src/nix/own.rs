//! Projects without a flake.nix, and specs: expressions that permafreeze's own Nix code, in the store, is called by.
//!
//! What Nix sees of a project is what a flake there would show it: the files that git tracks, else the folder. So a flake.nix
//! that is added later changes no derivation.
use camino::{Utf8Path, Utf8PathBuf};

use crate::call::Program;
use crate::error::Error;
use crate::flake::Nix;
use crate::reference::Flake;
use crate::text::literal;

impl Nix {
    /// Evaluates, with permafreeze's own Nix code in `code`, the derivation that evaluates a PyInstaller spec; `job` is JSON
    /// as `nix/spec/main.py` reads it, far below the length of a command's argument (128 KiB).
    ///
    /// # Errors
    /// [`Error::SpecialFile`] if Nix cannot copy the folder; what else Nix says.
    pub fn spec(&self, code: &Utf8Path, system: &str, folder: &Utf8Path, job: &str) -> Result<Utf8PathBuf, Error> {
        let expression = format!(
            "((import (/. + {}) {{ system = {}; }}).spec {{ root = /. + {}; job = {}; }}).drvPath",
            literal(code.as_str()),
            literal(system),
            literal(folder.as_str()),
            literal(job)
        );
        self.store.call(Program::Nix, ["eval", "--impure", "--json", "--expr", &expression]).json()
    }

    /// Returns the arguments of `nix eval` that give `select` of an attribute of a project's outputs.
    pub(crate) fn outputs(&self, flake: &Flake, attribute: &str, select: &str) -> Result<Vec<String>, Error> {
        let arguments = match &flake.code {
            None => {
                let reference = format!("{}#{attribute}", flake.reference(&self.version)?);
                vec!["eval".to_owned(), "--json".to_owned(), reference, "--apply".to_owned(), select.to_owned()]
            }
            Some(code) => {
                let outputs = outputs(code, flake, &flake.tree(&self.version)?);
                let expression = format!("({select}) {outputs}.{attribute}");
                ["eval", "--impure", "--json", "--expr", &expression].map(str::to_owned).to_vec()
            }
        };
        Ok(arguments)
    }
}

/// Returns the expression of a project's outputs; `tree` are the attributes of what Nix sees.
fn outputs(code: &Utf8Path, flake: &Flake, tree: &str) -> String {
    let below = flake.folder.strip_prefix(flake.visible()).map(Utf8Path::as_str).unwrap_or_default();
    let below = if below.is_empty() { String::new() } else { format!("/{below}") };
    // A path, as `./.` in a flake is: `builtins.path` takes no text that refers to the store.
    format!(
        "(import (/. + {}) {{ root = /. + builtins.unsafeDiscardStringContext (builtins.fetchTree {}).outPath + {}; }})",
        literal(code.join("mk-flake.nix").as_str()),
        tree,
        literal(&below)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_called_by_what_nix_sees_of_it() {
        let flake = |folder: &str, repository: Option<&str>| Flake {
            folder: folder.into(),
            repository: repository.map(Into::into),
            code: Some("/nix/store/x-code".into()),
        };
        let start =
            "(import (/. + \"/nix/store/x-code/mk-flake.nix\") { root = /. + builtins.unsafeDiscardStringContext ";
        let of = |flake: &Flake| outputs("/nix/store/x-code".into(), flake, &flake.tree("2.8.0").expect("a URL"));
        let inner = flake("/a/b/c", Some("/a"));
        assert_eq!(
            of(&inner),
            format!("{start}(builtins.fetchTree {{ type = \"git\"; url = \"file:///a\"; }}).outPath + \"/b/c\"; }})")
        );
        let alone = flake("/a/b", None);
        assert_eq!(
            of(&alone),
            format!("{start}(builtins.fetchTree {{ type = \"path\"; path = \"/a/b\"; }}).outPath + \"\"; }})")
        );
    }
}
