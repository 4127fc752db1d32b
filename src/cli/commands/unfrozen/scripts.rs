//! Entry points -> the scripts that start them.
use std::collections::BTreeMap;

use camino::Utf8Path;
use permafreeze_resolve::entry_point::{EntryPoint, reference};

use crate::place::word;

/// The sections of entry_points.txt whose entries are commands.
const COMMANDS: [&str; 2] = ["console_scripts", "gui_scripts"];

/// Returns the commands of an entry_points.txt (PyPA, "Entry points specification"), by name: module and function. What
/// is no command that can be started is left out.
pub(super) fn commands(text: &str) -> BTreeMap<&str, (String, String)> {
    let mut found = BTreeMap::new();
    let mut is_in = false;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            is_in = COMMANDS.contains(&section.trim());
        } else if is_in && let Some((name, command)) = command(line) {
            found.insert(name, command);
        }
    }
    found
}

/// `name = module:function [extra]`.
fn command(line: &str) -> Option<(&str, (String, String))> {
    let (name, called) = line.split_once('=')?;
    let name = name.trim();
    let is_name = !name.is_empty() && !name.starts_with(['.', '-', '#', ';']) && !name.contains(['/', '\0']);
    match reference(called).filter(|_| is_name)? {
        EntryPoint::Function { module, function } => Some((name, (module, function))),
        EntryPoint::File(_) | EntryPoint::Module(_) => None,
    }
}

/// Returns the Python code that calls a function, and exits with what it returns.
pub(super) fn call((module, function): (&str, &str)) -> String {
    let first = function.split('.').next().unwrap_or(function);
    format!("import sys\nfrom {module} import {first}\nif __name__ == \"__main__\":\n    sys.exit({function}())\n")
}

/// Returns a script that `python` runs: the shell reads its first lines, and gives it to Python, to which they are a text
/// without effect. A `#!` line has no spaces in a path, and some systems read no more than 127 bytes of it.
pub(super) fn python_script(python: &Utf8Path, code: &str) -> String {
    format!("#!/bin/sh\n'''exec' {} \"$0\" \"$@\"\n' '''\n{code}", quoted(python.as_str()))
}

/// Returns a shell script that starts Python with these arguments.
pub(super) fn shell_script(python: &Utf8Path, arguments: &[String]) -> String {
    let words: Vec<String> = arguments.iter().map(|argument| word(argument)).collect();
    format!("#!/bin/sh\nexec {} {} \"$@\"\n", word(python.as_str()), words.join(" "))
}

/// For the line that Python reads as a text in `'''`: what ends neither that nor the shell's word.
fn quoted(path: &str) -> String {
    let escaped = path.chars().flat_map(|character| {
        let special = ['"', '\\', '$', '`', '\''].contains(&character);
        special.then_some('\\').filter(|_| character != '\'').into_iter().chain([character])
    });
    format!("\"{}\"", escaped.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_of_their_sections_alone() {
        let text = "[console_scripts]\nserve = app.cli:main\nwith-extra = app:Tool.run [fast]\n\n\
                    [ gui_scripts ]\nwindow=app.gui:main\n[plugins]\nother = app:plugin\n";
        let expected =
            [("serve", ("app.cli", "main")), ("window", ("app.gui", "main")), ("with-extra", ("app", "Tool.run"))];
        let found = commands(text);
        let found = found.iter().map(|(name, (module, function))| (*name, (module.as_str(), function.as_str())));
        assert_eq!(found.collect::<BTreeMap<_, _>>(), BTreeMap::from(expected));
    }

    #[test]
    fn what_is_no_command_is_left_out() {
        for line in
            ["../up = a:b", ".hidden = a:b", "x = a", "x = a:", "x = a:b()", "x = a b:c", "# x = a:b", "= a:b", "x"]
        {
            assert_eq!(commands(&format!("[console_scripts]\n{line}\n")), BTreeMap::new(), "{line}");
        }
    }

    #[test]
    fn paths_with_spaces_and_quotes_are_one_word() {
        let script = shell_script(Utf8Path::new("/a b/python"), &["-m".to_owned(), "it's".to_owned()]);
        assert_eq!(script, "#!/bin/sh\nexec '/a b/python' -m 'it'\\''s' \"$@\"\n");
        let script = python_script(Utf8Path::new("/a $b/it's/python"), "pass\n");
        assert_eq!(script, "#!/bin/sh\n'''exec' \"/a \\$b/it's/python\" \"$0\" \"$@\"\n' '''\npass\n");
    }
}
