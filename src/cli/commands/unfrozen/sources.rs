//! Source trees of the plan -> where Python finds them on the disk, so that a change of a file counts at once.
use camino::{Utf8Path, Utf8PathBuf};
use permafreeze_plan::plan::{Source, SourceContent};

/// How Python comes to one content of a source tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// The content lies below this folder as it lies below site-packages: the folder is on the path of modules.
    Path(Utf8PathBuf),
    /// The plan gives it another place: `to`, below site-packages, is a link to `from`.
    Link {
        /// Absolute path.
        from: Utf8PathBuf,
        /// Path below site-packages.
        to: String,
    },
}

/// Returns the ways to what a source tree in `folder` (absolute) has, each once, in order. Globs of the plan that leave
/// files out are not kept: such a file can be imported, too.
pub(super) fn ways(folder: &Utf8Path, source: &Source) -> Vec<Way> {
    let mut ways = Vec::new();
    for content in &source.contents {
        let way = way(folder, content);
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways
}

fn way(folder: &Utf8Path, SourceContent { from, to, .. }: &SourceContent) -> Way {
    let place = below(folder, from);
    if to == "." {
        return Way::Path(place);
    }
    if from != "." && Utf8Path::new(from).ends_with(to) {
        let depth = Utf8Path::new(to).components().count();
        return Way::Path(place.ancestors().nth(depth).unwrap_or(folder).to_owned());
    }
    Way::Link { from: place, to: to.clone() }
}

/// Returns where a file that the plan has at `path` below site-packages is on the disk, if this tree has it.
pub(super) fn on_disk(folder: &Utf8Path, source: &Source, path: &str) -> Option<Utf8PathBuf> {
    source.contents.iter().find_map(|SourceContent { from, to, .. }| {
        let place = below(folder, from);
        let rest = if to == "." { Utf8Path::new(path) } else { Utf8Path::new(path).strip_prefix(to).ok()? };
        let file = if rest.as_str().is_empty() { place } else { place.join(rest) };
        file.is_file().then_some(file)
    })
}

fn below(folder: &Utf8Path, from: &str) -> Utf8PathBuf {
    if from == "." { folder.to_owned() } else { folder.join(from) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(contents: &[(&str, &str)]) -> Source {
        let content = |(from, to): &(&str, &str)| SourceContent {
            from: (*from).to_owned(),
            to: (*to).to_owned(),
            include: Vec::new(),
            exclude: Vec::new(),
        };
        Source { contents: contents.iter().map(content).collect(), ..Source::default() }
    }

    #[test]
    fn folders_are_on_the_path_where_places_are_the_same() {
        let found = |contents: &[(&str, &str)]| ways(Utf8Path::new("/p"), &source(contents));
        let path = |path: &str| Way::Path(path.into());
        assert_eq!(found(&[(".", ".")]), [path("/p")]);
        assert_eq!(found(&[("main.py", "main.py"), ("tool", "tool")]), [path("/p")]);
        assert_eq!(found(&[("src/app", "app"), ("lib", ".")]), [path("/p/src"), path("/p/lib")]);
        assert_eq!(found(&[("src/app/part", "app/part")]), [path("/p/src")]);
    }

    #[test]
    fn what_has_another_place_is_linked() {
        let found = |from: &str, to: &str| ways(Utf8Path::new("/p"), &source(&[(from, to)]));
        let link = |from: &str, to: &str| Way::Link { from: from.into(), to: to.to_owned() };
        assert_eq!(found("code", "app"), [link("/p/code", "app")]);
        assert_eq!(found(".", "app"), [link("/p", "app")]);
        assert_eq!(found("myapp", "app"), [link("/p/myapp", "app")], "whole parts of the path");
    }

    #[test]
    fn scripts_are_found_where_they_lie() {
        let keep = tempfile::tempdir().expect("a folder");
        let folder = Utf8Path::from_path(keep.path()).expect("UTF-8");
        std::fs::create_dir_all(folder.join("src/app")).expect("a folder");
        for file in ["main.py", "src/app/run.py"] {
            std::fs::write(folder.join(file), "").expect("a file");
        }
        let source = source(&[("main.py", "main.py"), ("src/app", "app")]);
        let found = |path: &str| on_disk(folder, &source, path);
        assert_eq!(found("main.py"), Some(folder.join("main.py")));
        assert_eq!(found("app/run.py"), Some(folder.join("src/app/run.py")));
        assert_eq!(found("app/none.py"), None);
        assert_eq!(found("run.py"), None);
    }
}
