//! Files that two distributions own with different bytes: how they are told, and what settles them.
use std::collections::BTreeMap;

use permafreeze_executable::owner::Owner;
use permafreeze_packaging::name::Name;

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Path below site-packages.
    pub path: String,
    /// The owner that comes first.
    pub first: Owner,
    /// The other owner.
    pub second: Owner,
}

/// Returns the message for one or more conflicts.
pub fn text(conflicts: &[Conflict]) -> String {
    if let [Conflict { path, first, second }] = conflicts {
        return format!("`{path}` is owned by both `{first}` and `{second}`, with different bytes");
    }
    let line = |conflict: &Conflict| format!("\n  `{}`: `{}` and `{}`", conflict.path, conflict.first, conflict.second);
    let lines: String = conflicts.iter().map(line).collect();
    format!("{} files are owned by two distributions each, with different bytes:{lines}", conflicts.len())
}

/// Returns the lines of `pyproject.toml` that settle all of them, the first owner as the winner.
pub fn hint(conflicts: &[Conflict]) -> String {
    let mut groups: BTreeMap<(String, String, &str), Vec<&str>> = BTreeMap::new();
    for Conflict { path, first, second } in conflicts {
        let top = path.split('/').next().unwrap_or(path);
        groups.entry((distribution(first), distribution(second), top)).or_default().push(path);
    }
    let mut text = "say who wins:\n[tool.permafreeze.precedence]".to_owned();
    for ((first, second, _), paths) in groups {
        text += &format!("\n\"{}\" = \"{first}\" # or \"{second}\"", pattern(&paths));
    }
    text
}

/// Returns the key that stands for paths below one folder: the path, or a glob of all that is in their common folder.
fn pattern(paths: &[&str]) -> String {
    let [first, rest @ ..] = paths else { return String::new() };
    if rest.is_empty() {
        return (*first).to_owned();
    }
    let mut folder: Vec<&str> = first.split('/').collect();
    folder.pop();
    for path in rest {
        let common = folder.iter().zip(path.split('/')).take_while(|(known, part)| *known == part).count();
        folder.truncate(common);
    }
    format!("{}/**", folder.join("/"))
}

/// Returns the name that `precedence` takes for an owner: a wheel's file name begins with it (PEP 427).
fn distribution(owner: &Owner) -> String {
    let name = match owner {
        Owner::Wheel(file) => file.split('-').next().unwrap_or(file).to_owned(),
        Owner::Source(name) => name.clone(),
        other => other.to_string(),
    };
    Name::new(&name).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conflict(path: &str, first: &str, second: &str) -> Conflict {
        let wheel = |name: &str| Owner::Wheel(format!("{name}-1-py3-none-any.whl"));
        Conflict { path: path.to_owned(), first: wheel(first), second: wheel(second) }
    }

    #[test]
    fn all_are_told_at_once() {
        let conflicts = [conflict("p/a.py", "a", "b"), conflict("p/b.py", "a", "b")];
        let expected = "2 files are owned by two distributions each, with different bytes:\n  `p/a.py`: \
            `a-1-py3-none-any.whl` and `b-1-py3-none-any.whl`\n  `p/b.py`: `a-1-py3-none-any.whl` and \
            `b-1-py3-none-any.whl`";
        assert_eq!(text(&conflicts), expected);
    }

    #[test]
    fn files_of_one_folder_are_settled_by_one_line() {
        let conflicts = [
            conflict("google/protobuf/any_pb2.py", "protobuf", "stubs_x"),
            conflict("google/protobuf/util/x.py", "protobuf", "stubs_x"),
            conflict("google/type/x.py", "types", "stubs_x"),
        ];
        let expected = "say who wins:\n[tool.permafreeze.precedence]\n\"google/protobuf/**\" = \"protobuf\" # or \
            \"stubs-x\"\n\"google/type/x.py\" = \"types\" # or \"stubs-x\"";
        assert_eq!(hint(&conflicts), expected);
    }
}
