//! What Linux systems of a glibc's generation have (PEP 513, 571, 599, 600).
//!
//! The linker and the audit ask here: what a system has is not put into an executable, and may be asked of the system.
//!
//! The PEPs name the libraries; the versions are those of auditwheel's `policy/manylinux-policy.json` (6.8), which PEP
//! 600 makes the reference. `tests/reference/manylinux` compares the two.
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::platform::Architecture;
use crate::target::Target;

/// A version of dotted numbers, as `3.4.25`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(Vec<u32>);

impl FromStr for Version {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Version, Self::Err> {
        text.split('.').map(str::parse).collect::<Result<_, _>>().map(Version)
    }
}

impl From<(u32, u32)> for Version {
    fn from((major, minor): (u32, u32)) -> Version {
        Version(vec![major, minor])
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            write!(f, "{}{part}", if index == 0 { "" } else { "." })?;
        }
        Ok(())
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The newest symbol versions that a generation has; those that differ by processor in the order of [`Architecture`].
#[derive(Debug, Clone, Copy)]
pub struct Generation {
    /// Its glibc.
    pub glibc: &'static str,
    /// `GLIBCXX_…` of libstdc++.
    pub glibcxx: [&'static str; 2],
    /// `CXXABI_…` of libstdc++.
    pub cxxabi: [&'static str; 2],
    /// `GCC_…` of libgcc.
    pub gcc: [&'static str; 2],
    /// `LIBATOMIC_…`.
    pub libatomic: [&'static str; 2],
    /// `ZLIB_…`.
    pub zlib: &'static str,
}

/// Every generation, oldest first.
pub const GENERATIONS: &[Generation] = &[
    row("2.5", ["3.4.8"; 2], ["1.3.1"; 2], ["4.2.0"; 2], ["0"; 2], "0"),
    row("2.12", ["3.4.13"; 2], ["1.3.3"; 2], ["4.3.0"; 2], ["0"; 2], "1.2.2.4"),
    row("2.17", ["3.4.19"; 2], ["1.3.7"; 2], ["4.8.0", "4.7.0"], ["0", "1.0"], "1.2.5.2"),
    row("2.24", ["3.4.22"; 2], ["1.3.10"; 2], ["4.8.0", "4.7.0"], ["1.2"; 2], "1.2.5.2"),
    row("2.26", ["3.4.22", "3.4.24"], ["1.3.10", "1.3.11"], ["4.8.0", "7.0.0"], ["1.2"; 2], "1.2.5.2"),
    row("2.27", ["3.4.24"; 2], ["1.3.11"; 2], ["7.0.0"; 2], ["1.2"; 2], "1.2.9"),
    row("2.31", ["3.4.28"; 2], ["1.3.12"; 2], ["7.0.0"; 2], ["1.2"; 2], "1.2.9"),
    row("2.34", ["3.4.29"; 2], ["1.3.13"; 2], ["7.0.0", "11.0"], ["1.2"; 2], "1.2.9"),
    row("2.35", ["3.4.30"; 2], ["1.3.13"; 2], ["12.0.0", "11.0"], ["1.2"; 2], "1.2.9"),
    row("2.37", ["3.4.30"; 2], ["1.3.13"; 2], ["12.0.0", "11.0"], ["1.2"; 2], "1.2.12"),
    row("2.39", ["3.4.33"; 2], ["1.3.15"; 2], ["14.0.0"; 2], ["1.2"; 2], "1.2.12"),
];

const fn row(
    glibc: &'static str,
    glibcxx: [&'static str; 2],
    cxxabi: [&'static str; 2],
    gcc: [&'static str; 2],
    libatomic: [&'static str; 2],
    zlib: &'static str,
) -> Generation {
    Generation { glibc, glibcxx, cxxabi, gcc, libatomic, zlib }
}

/// Libraries that every generation has.
pub const LIBRARIES: &[&str] = &[
    "libGL.so.1",
    "libICE.so.6",
    "libSM.so.6",
    "libX11.so.6",
    "libXext.so.6",
    "libXrender.so.1",
    "libanl.so.1",
    "libatomic.so.1",
    "libc.so.6",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libglib-2.0.so.0",
    "libgobject-2.0.so.0",
    "libgthread-2.0.so.0",
    "libm.so.6",
    "libnsl.so.1",
    "libpthread.so.0",
    "libresolv.so.2",
    "librt.so.1",
    "libstdc++.so.6",
    "libutil.so.1",
    "libz.so.1",
];
/// Libraries that came later, and the glibc of the generation that has them first.
pub const LATER_LIBRARIES: &[(&str, &str)] = &[("libexpat.so.1", "2.12"), ("libmvec.so.1", "2.24")];

/// Returns the newest generation whose glibc is no newer than `glibc`; the oldest one for what is older than it.
pub fn generation(glibc: &Version) -> &'static Generation {
    let has = |generation: &&Generation| generation.glibc.parse::<Version>().is_ok_and(|version| version <= *glibc);
    GENERATIONS.iter().rev().find(has).unwrap_or(&GENERATIONS[0])
}

/// Tells whether systems with a glibc have a library.
pub fn has_library(glibc: &Version, library: &str) -> bool {
    let later =
        |(name, since): &(&str, &str)| *name == library && since.parse::<Version>().is_ok_and(|since| since <= *glibc);
    LIBRARIES.contains(&library) || is_own_loader(library) || LATER_LIBRARIES.iter().any(later)
}

/// Tells whether a name is the dynamic loader of a target; auditwheel does not count it as a library.
fn is_own_loader(library: &str) -> bool {
    let loaders = Target::ALL.into_iter().filter(|target| target.is_linux()).filter_map(Target::loader);
    loaders.filter_map(|path| path.rsplit('/').next()).any(|name| name == library)
}

/// Tells whether a name is that of a dynamic loader of Linux, of whatever processor and libc.
pub fn is_loader(library: &str) -> bool {
    ["ld-linux", "ld64.so", "ld-musl"].iter().any(|beginning| library.starts_with(beginning))
}

/// What a needed symbol version asks of the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    /// glibc of this version.
    Glibc(Version),
    /// A part of the compiler's libraries or zlib, and the newest version of it that the generation has.
    Newest(Version, Version),
    /// Something that the generation has.
    Met,
    /// Something that no policy knows.
    Unknown,
}

/// Reads a symbol version, as `GLIBC_2.28`, for the generation of a policy.
pub fn demand(version: &str, policy: &Version, architecture: Architecture) -> Demand {
    let generation = generation(policy);
    let since = |glibc: &str| if version_of(glibc) <= *policy { Demand::Met } else { Demand::Unknown };
    match version {
        "GLIBC_ABI_DT_RELR" => return Demand::Glibc(version_of("2.36")),
        "CXXABI_TM_1" => return since("2.17"),
        "CXXABI_FLOAT128" if architecture == Architecture::Amd64 => return since("2.24"),
        _ => {}
    }
    let Some((family, number)) = version.split_once('_') else { return Demand::Unknown };
    let Ok(number) = number.parse::<Version>() else { return Demand::Unknown };
    let machine = architecture as usize;
    let newest = match family {
        "GLIBC" => return Demand::Glibc(number),
        "GLIBCXX" => generation.glibcxx[machine],
        "CXXABI" => generation.cxxabi[machine],
        "GCC" => generation.gcc[machine],
        "LIBATOMIC" => generation.libatomic[machine],
        "ZLIB" => generation.zlib,
        _ => return Demand::Unknown,
    };
    Demand::Newest(number, version_of(newest))
}

fn version_of(text: &str) -> Version {
    text.parse().unwrap_or(Version(Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(version_of("2.9") < version_of("2.28"));
        assert!(version_of("2.28") < version_of("2.28.1"));
        assert!("2.x".parse::<Version>().is_err());
        assert_eq!(version_of("3.4.25").to_string(), "3.4.25");
    }

    #[test]
    fn generations() {
        for (glibc, generation_of) in
            [("2.2", "2.5"), ("2.17", "2.17"), ("2.28", "2.27"), ("2.36", "2.35"), ("3", "2.39")]
        {
            assert_eq!(generation(&version_of(glibc)).glibc, generation_of);
        }
        let every = GENERATIONS.iter().flat_map(|row| {
            let pairs = [row.glibcxx, row.cxxabi, row.gcc, row.libatomic].into_iter().flatten();
            pairs.chain([row.glibc, row.zlib])
        });
        every.for_each(|text| assert!(text.parse::<Version>().is_ok(), "{text}"));
        assert!(GENERATIONS.is_sorted_by_key(|row| version_of(row.glibc)));
    }

    #[test]
    fn libraries() {
        for library in ["libz.so.1", "libexpat.so.1", "libmvec.so.1", "ld-linux-aarch64.so.1", "libstdc++.so.6"] {
            assert!(has_library(&version_of("2.28"), library), "{library}");
        }
        assert!(!has_library(&version_of("2.17"), "libmvec.so.1"));
        assert!(!has_library(&version_of("2.28"), "libssl.so.3"));
        assert!(!has_library(&version_of("2.28"), "libcrypt.so.1"));
        // Systems for wheels of glibc have no loader of musl or of another processor.
        for loader in ["ld-musl-x86_64.so.1", "ld-linux.so.2"] {
            assert!(is_loader(loader) && !has_library(&version_of("2.28"), loader), "{loader}");
        }
    }

    #[test]
    fn demands() {
        let policy = version_of("2.28");
        let of = |version| demand(version, &policy, Architecture::Amd64);
        assert_eq!(of("GLIBC_2.36"), Demand::Glibc(version_of("2.36")));
        assert_eq!(of("GLIBC_ABI_DT_RELR"), Demand::Glibc(version_of("2.36")));
        assert_eq!(of("GLIBCXX_3.4.30"), Demand::Newest(version_of("3.4.30"), version_of("3.4.24")));
        assert_eq!(of("CXXABI_TM_1"), Demand::Met);
        assert_eq!(of("CXXABI_FLOAT128"), Demand::Met);
        assert_eq!(demand("CXXABI_FLOAT128", &policy, Architecture::Arm64), Demand::Unknown);
        assert_eq!(of("GLIBC_PRIVATE"), Demand::Unknown);
        assert_eq!(of("OPENSSL_3.0.0"), Demand::Unknown);
    }
}
