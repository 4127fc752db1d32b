//! Native libraries: what of their facts the linker must know.
use std::ops::Range;

use permafreeze_object::format::{Native, NativeFormat};
use permafreeze_object::native::{self, Format, Kind, facts, modules};

use crate::signature::signature;

/// Returns the facts of a native library or program, detected by magic number; `None` for everything else: object files,
/// core dumps, and files that cannot be read as native ones, which are data.
pub fn native(bytes: &[u8]) -> Option<Native> {
    let facts = facts(bytes).ok().flatten()?;
    let format = match facts.format {
        Format::Elf => NativeFormat::Elf,
        Format::MachO => NativeFormat::MachO,
        Format::Pe => NativeFormat::Pe,
    };
    let is_loaded = match facts.kind {
        Kind::Program | Kind::Library => true,
        Kind::Other => format == NativeFormat::MachO,
        Kind::Object => false,
    };
    is_loaded.then(|| Native {
        format,
        machines: facts.machines.iter().map(|machine| nix_name(machine).to_owned()).collect(),
        soname: facts.soname,
        modules: modules(bytes),
        needed: facts.needed,
        weak: facts.weak,
        delayed: facts.delayed,
        rpath: facts.rpath,
        runpath: facts.runpath,
        signature: signature(bytes),
    })
}

/// Returns the parts of a universal Mach-O file: where each lies, and its facts. A file of another kind has none.
pub(crate) fn slices(bytes: &[u8]) -> Vec<(Range<usize>, Native)> {
    let parts = native::slices(bytes).into_iter();
    parts.filter_map(|part| Some((part.clone(), native(&bytes[part])?))).collect()
}

/// Returns a machine as Nix names it.
fn nix_name(machine: &str) -> &str {
    match machine {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        "i386" => "i686",
        "arm" => "armv7l",
        "riscv" => "riscv64",
        "ppc64" => "powerpc64le",
        other => other,
    }
}
