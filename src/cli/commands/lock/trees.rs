//! Git trees that the plan does not have yet: each commit is fetched once, and the sha256 of its archive noted.
use permafreeze_fetch::git::{Tree, pin};
use permafreeze_nix::Store;
use permafreeze_resolve::UnknownTrees;
use permafreeze_resolve::git::{GitTree, NoArchive};
use permafreeze_resolve::sdist::known::Known;

use crate::commands::fetch;
use crate::failure::{Failure, Kind};
use crate::options::GlobalOptions;
use crate::say;

/// Makes the archives, puts them into the store, and adds to `known` what became of each.
///
/// # Errors
/// If the network, `git` or Nix fails. A commit that is gone is no error here: it is one of the problems of the plan.
pub(super) fn pin_all(known: &mut Known, unknown: &UnknownTrees, options: &GlobalOptions) -> Result<(), Failure> {
    let (store, cache) = (Store::default(), fetch::cache()?);
    for tree in &unknown.trees {
        if !options.quiet {
            let GitTree { package, git, .. } = tree;
            say::note(&format!("{}: getting `{package}`: commit {} of {}", unknown.file, git.commit, git.url));
        }
        let of = Tree::of(&tree.pinned("")).ok_or_else(|| Failure::new(Kind::Bug, "a git tree without a commit"))?;
        let archive = match pin(&of, &tree.file, &store, &cache) {
            Ok(sha256) => Ok(sha256),
            Err(error) if error.is_input() => {
                let hint = error.hint().map(std::borrow::Cow::into_owned);
                Err(NoArchive { problem: error.to_string(), hint })
            }
            Err(error) => return Err(fetch::failure(error)),
        };
        known.add_tree(tree, archive);
    }
    Ok(())
}
