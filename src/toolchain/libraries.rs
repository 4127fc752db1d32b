//! The C libraries of the Pythons: which recipe makes one, after which others.
//!
//! How to add one: a line in [`LIBRARIES`] and a recipe, its source in the pins, what it is in
//! `nix/runtime-libraries.json`.
use permafreeze_packaging::python::{PYTHONS, Python};

/// A C library, or what one is made of.
#[derive(Debug)]
pub struct Library {
    /// Its name.
    pub name: &'static str,
    /// Its source's name in the pins.
    pub source: &'static str,
    /// The recipe, in parts.
    pub recipe: &'static [&'static str],
    /// Files that the recipe finds in `STEP/files`.
    pub files: &'static [(&'static str, &'static str)],
    /// The libraries that it is made with.
    pub after: &'static [&'static str],
    /// Whether its recipe runs the host Python.
    pub runs_python: bool,
    /// Whether the host Pythons have it too.
    pub for_hosts: bool,
    /// The first Python whose standard library has a use for it.
    pub since: Python,
}

/// Returns a library as most are: made of the source of its name, by one recipe, for runtimes alone.
const fn plain(name: &'static str, recipe: &'static [&'static str]) -> Library {
    Library {
        name,
        source: name,
        recipe,
        files: &[],
        after: &[],
        runs_python: false,
        for_hosts: false,
        since: PYTHONS[0],
    }
}

macro_rules! recipe {
    ($name:literal) => {
        include_str!(concat!("../../nix/toolchain/", $name))
    };
}

const ANSWERS: &str = recipe!("answers.sh");
const DEB: &str = recipe!("deb.sh");

/// All libraries of the runtimes, those first that take longest; each after those that it is made with.
pub const LIBRARIES: &[Library] = &[
    Library { files: &[("openssl-roots.c", recipe!("openssl-roots.c"))], ..plain("openssl", &[recipe!("openssl.sh")]) },
    plain("sqlite", &[recipe!("sqlite.sh")]),
    Library { for_hosts: true, ..plain("zlib", &[recipe!("zlib.sh")]) },
    Library { after: &["zlib"], ..plain("tcl", &[ANSWERS, recipe!("tcl.sh")]) },
    plain("xorgproto", &[DEB, recipe!("xorgproto.sh")]),
    plain("xcb-proto", &[DEB, recipe!("xcb-proto.sh")]),
    plain("xcbgen", &[DEB, recipe!("xcbgen.sh")]),
    plain("xtrans", &[recipe!("xtrans.sh")]),
    Library { after: &["xorgproto"], ..plain("libxau", &[recipe!("libxau.sh")]) },
    Library {
        after: &["xorgproto", "xcb-proto", "xcbgen", "libxau"],
        runs_python: true,
        ..plain("libxcb", &[recipe!("libxcb.sh")])
    },
    Library { after: &["xorgproto", "xtrans", "libxau", "libxcb"], ..plain("libx11", &[recipe!("libx11.sh")]) },
    plain("freetype", &[recipe!("freetype.sh")]),
    Library { source: "cpython-3.13", ..plain("expat", &[recipe!("expat.sh")]) },
    Library {
        after: &["freetype", "expat"],
        files: &[("fontconfig-objects.h", recipe!("fontconfig-objects.h"))],
        ..plain("fontconfig", &[recipe!("fontconfig.sh")])
    },
    Library { after: &["xorgproto", "libx11"], ..plain("libxrender", &[recipe!("libxrender.sh")]) },
    Library {
        after: &["xorgproto", "libx11", "libxrender", "freetype", "fontconfig"],
        ..plain("libxft", &[recipe!("libxft.sh")])
    },
    Library {
        after: &[
            "tcl",
            "xorgproto",
            "libxau",
            "libxcb",
            "libx11",
            "freetype",
            "expat",
            "fontconfig",
            "libxrender",
            "libxft",
        ],
        ..plain("tk", &[ANSWERS, recipe!("tk.sh")])
    },
    plain("ncurses", &[ANSWERS, recipe!("ncurses.sh")]),
    plain("libffi", &[recipe!("libffi.sh")]),
    Library { for_hosts: true, ..plain("bzip2", &[recipe!("bzip2.sh")]) },
    Library { for_hosts: true, ..plain("xz", &[recipe!("xz.sh")]) },
    Library { since: PYTHONS[1], ..plain("zstd", &[recipe!("zstd.sh")]) },
    Library { after: &["ncurses"], ..plain("libedit", &[recipe!("libedit.sh")]) },
    plain("util-linux", &[recipe!("util-linux.sh")]),
    Library { source: "zlib", files: &[("libz.map", recipe!("libz.map"))], ..plain("libz", &[recipe!("libz.sh")]) },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_library_comes_after_those_it_is_made_with() {
        for (index, library) in LIBRARIES.iter().enumerate() {
            for name in library.after {
                let before = &LIBRARIES[..index];
                let found = before.iter().find(|other| other.name == *name);
                assert!(found.is_some_and(|other| other.since <= library.since), "{} before {name}", library.name);
            }
        }
    }
}
