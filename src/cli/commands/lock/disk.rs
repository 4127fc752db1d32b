//! The project's folder, as the makers of plans see it.
use std::fs;
use std::io;

use camino::Utf8Path;
use permafreeze_base::path::join;
use permafreeze_plan::plan::{FILE_NAME, Plan};
use permafreeze_resolve::tree::{Kind as FileKind, Link, Tree};
use permafreeze_resolve::version::{UNKNOWN, of_tag};

use crate::options::GlobalOptions;
use crate::{place, upwards};

/// Reads the project's files from the disk.
pub(super) struct Disk<'a> {
    pub(super) options: &'a GlobalOptions,
    /// Whether a plan that is there is to hold: then a new tag changes nothing.
    pub(super) holds: bool,
}

impl Disk<'_> {
    /// The version that the plan that is there has of the project.
    fn former_version(&self) -> Option<String> {
        let text = fs::read_to_string(self.options.project_file(FILE_NAME)).ok()?;
        let plan: Plan = serde_json::from_str(&text).ok()?;
        plan.sources.get(".")?.distribution.as_ref().map(|own| own.version.clone()).filter(|own| own != UNKNOWN)
    }
}

/// Returns what a link leads to in the tree `root`.
fn target_in(root: &Utf8Path, link: &Utf8Path) -> Option<String> {
    let target = link.canonicalize_utf8().ok()?;
    Some(join(".", target.strip_prefix(root).ok()?.as_str()))
}

/// Collects the links below a folder whose targets are in the tree `root`; `below` is the folder's path below the first one.
fn collect_links(root: &Utf8Path, folder: &Utf8Path, below: &str, links: &mut Vec<Link>) {
    let mut entries: Vec<_> = folder.read_dir_utf8().into_iter().flatten().flatten().collect();
    entries.sort_by(|a, b| a.file_name().cmp(b.file_name()));
    for entry in &entries {
        let at = join(below, entry.file_name());
        match entry.file_type() {
            Ok(kind) if kind.is_symlink() => {
                links.extend(target_in(root, entry.path()).map(|target| Link { at, target }));
            }
            Ok(kind) if kind.is_dir() => collect_links(root, entry.path(), &at, links),
            _ => {}
        }
    }
}

impl Tree for Disk<'_> {
    fn read(&self, path: &str) -> io::Result<Option<String>> {
        match fs::read_to_string(self.options.project_file(path)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn kind(&self, path: &str) -> Option<FileKind> {
        let metadata = fs::metadata(self.options.project_file(path)).ok()?;
        Some(if metadata.is_dir() { FileKind::Folder } else { FileKind::File })
    }

    fn folders(&self, path: &str) -> Vec<String> {
        // A folder that cannot be read has no packages: what is missing is an error where it is named.
        let entries = self.options.project_file(path).read_dir_utf8().into_iter().flatten().flatten();
        let folders = entries.filter(|entry| entry.path().is_dir());
        let mut names: Vec<String> = folders.map(|entry| entry.file_name().to_owned()).collect();
        names.sort();
        names
    }

    fn links(&self, folder: &str, path: &str) -> Vec<Link> {
        let tree = self.options.project_file(folder);
        let (start, mut links) = (tree.join(path), Vec::new());
        let Ok(root) = tree.canonicalize_utf8() else { return links };
        if start.is_symlink() {
            links.extend(target_in(&root, &start).map(|target| Link { at: ".".to_owned(), target }));
        }
        collect_links(&root, &start, "", &mut links);
        links
    }

    fn above(&self, name: &str) -> Option<String> {
        let folder = self.options.project.canonicalize_utf8().ok()?;
        let found = upwards::find_above(&folder, name)?;
        let levels = folder.components().count().checked_sub(found.parent()?.components().count())?;
        Some(format!("{}{name}", "../".repeat(levels)))
    }

    fn name(&self) -> Option<String> {
        self.options.project.canonicalize_utf8().ok()?.file_name().map(str::to_owned)
    }

    fn version_of_repository(&self) -> Option<String> {
        let tag = || place::last_tag(&self.options.project).and_then(|tag| of_tag(&tag));
        if self.holds { self.former_version().or_else(tag) } else { tag().or_else(|| self.former_version()) }
    }

    fn shown(&self, path: &str) -> String {
        self.options.project_file(path).into_string()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_to_what_the_tree_has_are_found_and_none_is_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = Utf8Path::from_path(folder.path()).expect("UTF-8").canonicalize_utf8().expect("a path");
        fs::create_dir_all(root.join("app/web")).expect("folders");
        fs::create_dir(root.join("data")).expect("a folder");
        fs::write(root.join("data/x.json"), "").expect("written");
        for (target, link) in [
            ("../data", "app/data"),
            ("../../data/x.json", "app/web/.x.json"),
            ("data", "all"),
            ("../all/x.json", "app/twice.json"),
            ("/etc/hostname", "app/outside"),
            ("nowhere", "app/dangling"),
        ] {
            symlink(target, root.join(link)).expect("a link");
        }
        let mut links = Vec::new();
        collect_links(&root, &root.join("app"), "", &mut links);
        let found: Vec<(&str, &str)> = links.iter().map(|link| (link.at.as_str(), link.target.as_str())).collect();
        assert_eq!(found, [("data", "data"), ("twice.json", "data/x.json"), ("web/.x.json", "data/x.json")]);
        assert_eq!(target_in(&root, &root.join("all")).as_deref(), Some("data"));
    }
}
