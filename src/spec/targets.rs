//! pyproject.toml → the same with more `targets` in `[tool.permafreeze]`; comments, order and layout stay.
use permafreeze_packaging::target::Target;
use toml_edit::{Array, DocumentMut, Item, RawString, Value};

/// The option.
const TARGETS: &str = "targets";

/// What is wrong with the pyproject.toml that targets are added to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is no TOML.
    #[error("it is no TOML: {0}")]
    Malformed(String),
    /// It has no table for them.
    #[error("it has no table `[tool.permafreeze]`")]
    NoTable,
    /// The option is something else.
    #[error("`tool.permafreeze.targets` is no list")]
    NoList,
}

/// What became of a pyproject.toml.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// Its text.
    pub text: String,
    /// The targets that it did not have, in the order in which they were given.
    pub added: Vec<Target>,
}

/// Adds targets to the list; those that it has stay where they are. `default` is what an absent list stands for.
///
/// # Errors
/// If the file is no TOML, or has no table or list.
pub fn add(pyproject: &str, targets: &[Target], default: &[String]) -> Result<Added, Error> {
    let mut document: DocumentMut =
        pyproject.parse().map_err(|error: toml_edit::TomlError| Error::Malformed(error.message().to_owned()))?;
    let tool = document.get_mut("tool").and_then(Item::as_table_like_mut);
    let table = tool.and_then(|tool| tool.get_mut("permafreeze")).and_then(Item::as_table_like_mut);
    let table = table.ok_or(Error::NoTable)?;
    let list = table.entry(TARGETS).or_insert_with(|| Array::from_iter(default).into());
    let list = list.as_array_mut().ok_or(Error::NoList)?;
    let mut added = Vec::new();
    for target in targets {
        if !list.iter().any(|known| known.as_str() == Some(target.name())) {
            push(list, target.name());
            added.push(*target);
        }
    }
    let text = if added.is_empty() { pyproject.to_owned() } else { with_line_ends(document.to_string(), pyproject) };
    Ok(Added { text, added })
}

/// Returns a text with the line ends of another: those of Windows, if it has any.
fn with_line_ends(text: String, of: &str) -> String {
    if of.contains("\r\n") { text.replace("\r\n", "\n").replace('\n', "\r\n") } else { text }
}

/// Appends a value on a line of its own, if the last one has one. A comment beside the last one stays beside it.
fn push(list: &mut Array, name: &str) {
    let Some(last) = list.len().checked_sub(1).and_then(|index| list.get_mut(index)) else {
        list.push(name);
        return;
    };
    let text = |raw: Option<&RawString>| raw.and_then(RawString::as_str).unwrap_or_default().to_owned();
    let before = text(last.decor().prefix());
    let beside = text(last.decor().suffix());
    let Some((_, indent)) = before.rsplit_once('\n').map(|(above, indent)| (above, indent.to_owned())) else {
        list.push(name);
        return;
    };
    last.decor_mut().set_suffix("");
    let after = beside + &text(Some(list.trailing()));
    let (comment, end) = after.split_once('\n').unwrap_or((&after, ""));
    list.push_formatted(Value::from(name).decorated(format!("{comment}\n{indent}"), ""));
    list.set_trailing(format!("\n{end}"));
    list.set_trailing_comma(true);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(before: &str, targets: &[Target]) -> String {
        let default = ["linux-amd64".to_owned()];
        let Added { text, .. } = add(before, targets, &default).unwrap_or_else(|error| panic!("{error}"));
        let parsed: DocumentMut = text.parse().expect("TOML");
        let list = parsed["tool"]["permafreeze"]["targets"].as_array().expect("a list");
        for target in targets {
            let times = list.iter().filter(|known| known.as_str() == Some(target.name())).count();
            assert_eq!(times, 1, "{target}: {text}");
        }
        text
    }

    const WINDOWS: &[Target] = &[Target::WindowsAmd64];

    #[test]
    fn a_target_comes_last_and_all_else_stays() {
        let file = |list: &str| {
            format!(
                "# head\n[tool.permafreeze]\nname = 'a'   # of it\n{list}\nsmoke = [ ['x',] ]\n\n[tool.other]\nb.c = 1\n"
            )
        };
        let one = file("targets=[\"linux-amd64\"] # where it runs");
        let two = file("targets=[\"linux-amd64\", \"windows-amd64\"] # where it runs");
        assert_eq!(added(&one, WINDOWS), two);
        assert_eq!(added(&two, WINDOWS), two, "it is there");
        assert_eq!(added(&file("targets = []"), WINDOWS), file("targets = [\"windows-amd64\"]"));
    }

    #[test]
    fn a_line_per_target_stays_one_and_comments_stay_beside_their_targets() {
        let file = |lines: &str| format!("[tool.permafreeze]\ntargets = [\n{lines}]\nmode = \"onedir\"\n");
        let new = "    \"windows-amd64\",\n    \"darwin-arm64\",\n";
        let both = [Target::WindowsAmd64, Target::DarwinArm64];
        for last in ["    # servers\n    \"linux-amd64\",\n", "    'linux-amd64',  # servers, all\n"] {
            assert_eq!(added(&file(last), &both), file(&format!("{last}{new}")));
        }
        let kept = "    \"linux-amd64\",  # servers\n    # \"linux-arm64\",\n";
        let expected = format!("    \"linux-amd64\",  # servers\n{new}    # \"linux-arm64\",\n");
        assert_eq!(added(&file(kept), &both), file(&expected));
        let without_comma = added(&file("    \"linux-amd64\"  # servers\n"), &both);
        assert_eq!(without_comma, file(&format!("    \"linux-amd64\",  # servers\n{new}")));
    }

    #[test]
    fn line_ends_of_windows_stay() {
        let file = "[tool.permafreeze]\r\ntargets = [\r\n  \"linux-amd64\", # all\r\n]\r\nname = \"a\"\r\n";
        let expected = file.replace("# all\r\n", "# all\r\n  \"windows-amd64\",\r\n");
        assert_eq!(added(file, WINDOWS), expected);
    }

    #[test]
    fn an_absent_list_is_the_default_and_more() {
        let expected = "[tool.permafreeze]\nname = \"a\"\ntargets = [\"linux-amd64\", \"windows-amd64\"]\n\n[tool.x]\n";
        assert_eq!(added("[tool.permafreeze]\nname = \"a\"\n\n[tool.x]\n", WINDOWS), expected);
        for table in [
            "[tool]\npermafreeze = { name = \"a\" }\n",
            "[tool]\npermafreeze.name = \"a\"\n",
            "[tool.permafreeze.windows]\nicon = \"a.ico\"\n",
            "[[tool.permafreeze.executable]]\nname = \"a\"\n",
        ] {
            added(table, WINDOWS);
        }
        let (text, default) = ("[tool.permafreeze.windows]\nicon = \"a\"\n", ["linux-amd64".to_owned()]);
        let unchanged = add(text, &[Target::LinuxAmd64], &default).expect("it is the default");
        assert_eq!(unchanged, Added { text: text.to_owned(), added: Vec::new() });
    }

    #[test]
    fn what_is_no_list_and_no_table_is_refused() {
        let said = |text: &str| add(text, WINDOWS, &[]).expect_err("is refused").to_string();
        assert_eq!(said("[tool.poetry]\n"), "it has no table `[tool.permafreeze]`");
        assert_eq!(said("tool = 1\n"), "it has no table `[tool.permafreeze]`");
        assert_eq!(said("[tool.permafreeze]\ntargets = \"linux-amd64\"\n"), "`tool.permafreeze.targets` is no list");
        assert!(said("[tool").starts_with("it is no TOML: "));
    }
}
