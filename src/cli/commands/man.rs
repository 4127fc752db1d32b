//! `permafreeze man`: a man page of the command, and of each subcommand.
use std::io;

use camino::Utf8PathBuf;
use clap::{Args, Command};
use clap_mangen::Man;

use crate::failure::{Failure, Kind, Outcome};
use crate::options::GlobalOptions;
use crate::{files, say};

/// The section of manuals that has commands of users.
const SECTION: &str = "1";

/// Arguments of `permafreeze man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The folder that the pages of the command and of all subcommands are written into, as `man1` of a folder of
    /// MANPATH; default: the command's own page goes to standard output
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    folder: Option<Utf8PathBuf>,
}

/// A man page.
struct Page {
    file: String,
    /// roff, as man(7) takes it.
    text: String,
}

/// Runs `permafreeze man`; `grammar` is the whole command line.
///
/// # Errors
/// Kind `Outside` if a file or stdout cannot be written.
pub fn run(args: &ManArgs, grammar: Command, options: &GlobalOptions) -> Outcome {
    let pages = pages(grammar).map_err(|error| Failure::new(Kind::Bug, error))?;
    let Some(folder) = &args.folder else {
        return pages.first().map_or(Ok(()), |page| say::verbatim(&page.text));
    };
    files::create_folder(folder)?;
    for Page { file, text } in &pages {
        files::write(&folder.join(file), text)?;
    }
    if !options.quiet {
        say::note(&format!("{folder}: wrote {} pages", pages.len()));
    }
    Ok(())
}

/// Returns the pages of a command and those below it, its own first.
fn pages(grammar: Command) -> io::Result<Vec<Page>> {
    // What `help` prints is what the pages say.
    let mut grammar = grammar.disable_help_subcommand(true);
    grammar.build();
    let source = format!("{} {}", grammar.get_name(), grammar.get_version().unwrap_or_default());
    let (mut pages, mut open) = (Vec::new(), vec![&grammar]);
    while let Some(command) = open.pop() {
        let man = Man::new(command.clone()).section(SECTION).source(&source);
        let mut text = Vec::new();
        man.render(&mut text)?;
        pages.push(Page { file: man.get_filename(), text: String::from_utf8_lossy(&text).into_owned() });
        open.extend(command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()));
    }
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;
    use crate::arguments::Cli;

    /// The names of a command and those below it, each with its parents'.
    fn names(command: &Command, parents: &str) -> BTreeSet<String> {
        let name = format!("{parents}{}", command.get_name());
        let below = command.get_subcommands().flat_map(|subcommand| names(subcommand, &format!("{name}-")));
        below.chain([name.clone()]).collect()
    }

    #[test]
    fn every_subcommand_has_a_page_and_help_has_none() {
        let pages = pages(Cli::command()).expect("pages");
        let expected: BTreeSet<String> = names(&Cli::command(), "").iter().map(|name| format!("{name}.1")).collect();
        assert!(expected.contains("permafreeze-toolchain-build.1"), "{expected:?}");
        assert_eq!(pages.iter().map(|page| page.file.clone()).collect::<BTreeSet<_>>(), expected);
        assert_eq!(pages.len(), expected.len(), "none is there twice");
        assert_eq!(pages[0].file, "permafreeze.1");
    }

    #[test]
    fn a_page_says_what_the_help_says_and_neither_time_nor_machine() {
        let pages = pages(Cli::command()).expect("pages");
        let build = pages.iter().find(|page| page.file == "permafreeze-build.1").expect("a page");
        let head = concat!(".TH permafreeze-build 1  \"permafreeze ", env!("CARGO_PKG_VERSION"), "\"");
        assert!(build.text.contains(head), "{}", build.text);
        for words in ["Build the plan\\*(Aqs executables", "\\-\\-locked", "default: `dist`", "PERMAFREEZE_OFFLINE"] {
            assert!(build.text.contains(words), "`{words}` is not in:\n{}", build.text);
        }
    }

    #[test]
    fn pages_are_written_into_a_folder_that_is_made() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = Utf8PathBuf::from_path_buf(folder.path().join("share/man1")).expect("UTF-8");
        let cli = <Cli as clap::Parser>::parse_from(["permafreeze", "man", "--quiet"]);
        run(&ManArgs { folder: Some(folder.clone()) }, Cli::command(), &cli.options).expect("written");
        let written = folder.read_dir_utf8().expect("the folder").count();
        assert_eq!(written, pages(Cli::command()).expect("pages").len());
        assert!(files::read(&folder.join("permafreeze-clean.1")).expect("a page").starts_with(".ie"), "roff");
    }
}
