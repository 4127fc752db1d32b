//! The modules inside Python's library for Windows, read without running it (CPython, `Include/cpython/import.h`).
use object::LittleEndian as LE;
use object::read::pe::{ExportTable, ImageNtHeaders, ImageOptionalHeader, PeFile64};

use super::{Error, Names, Result, malformed};

const TABLE: &str = "PyImport_Inittab";
/// The most modules that are read: CPython 3.13 has 69.
const MOST: usize = 4096;
/// The most sections that are looked through: Windows loads no file with more.
const SECTIONS: usize = 96;
/// Length in bytes of an entry: the address of a name, the address of a function.
const ENTRY: u32 = 16;

/// Returns the names of the modules that are inside a Python library (`python313.dll`), in the order of its exported
/// table `PyImport_Inittab`.
///
/// # Errors
/// [`Error`] if it is no PE file of 64 bits, exports no such table, or not all of the table is in the file.
pub fn inittab(bytes: &[u8]) -> Result<Vec<String>> {
    let file = PeFile64::parse(bytes).map_err(malformed("PE header", 0))?;
    let exports = file.export_table().map_err(malformed("PE exports", 0))?;
    let exports = exports.ok_or_else(|| error(0, "the file exports nothing"))?;
    let image = Image { bytes, sections: file.section_table(), base: file.nt_headers().optional_header().image_base() };
    if image.sections.len() > SECTIONS {
        return Err(error(0, format!("the file has `{}` sections, `{SECTIONS}` are the most", image.sections.len())));
    }
    let mut entry = image.pointer(exported(&exports)?)?.ok_or_else(|| error(0, "it is empty"))?;
    let (mut names, mut modules) = (Names::default(), Vec::new());
    while let Some(name) = image.pointer(entry)? {
        if modules.len() == MOST {
            return Err(error(entry, format!("has more than `{MOST}` modules")));
        }
        modules.push(names.copy(TABLE, image.text(name)?)?);
        entry = entry.checked_add(ENTRY).ok_or_else(|| error(entry, "has no end"))?;
    }
    Ok(modules)
}

fn error(address: u32, problem: impl Into<String>) -> Error {
    Error::new(TABLE, u64::from(address), problem)
}

/// Returns the address of the exported variable. Names are sorted: the loader looks for them by halving, too.
fn exported(table: &ExportTable<'_>) -> Result<u32> {
    let unreadable = malformed("PE exports", 0);
    let (pointers, mut low, mut high) = (table.name_pointers(), 0, table.name_pointers().len());
    while low < high {
        let middle = low + (high - low) / 2;
        let name = table.name_from_pointer(pointers[middle].get(LE)).map_err(&unreadable)?;
        match name.cmp(TABLE.as_bytes()) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => {
                let index = table.name_ordinals().get(middle).map(|index| index.get(LE));
                let index = index.ok_or_else(|| error(0, "its export has no ordinal"))?;
                return table.address_by_index(index).map_err(unreadable);
            }
        }
    }
    Err(error(0, "the file does not export it"))
}

/// The file as it is in memory. Addresses are relative to where it is loaded.
struct Image<'a> {
    bytes: &'a [u8],
    sections: object::read::coff::SectionTable<'a>,
    base: u64,
}

impl<'a> Image<'a> {
    fn at(&self, address: u32) -> Result<&'a [u8]> {
        self.sections.pe_data_at(self.bytes, address).ok_or_else(|| error(address, "the address is in no section"))
    }

    /// Reads an address of 64 bits; `None` is the null pointer.
    fn pointer(&self, address: u32) -> Result<Option<u32>> {
        let field = self.at(address)?.first_chunk().ok_or_else(|| error(address, "a pointer is cut off"))?;
        match u64::from_le_bytes(*field) {
            0 => Ok(None),
            pointer => match pointer.checked_sub(self.base).map(u32::try_from) {
                Some(Ok(relative)) => Ok(Some(relative)),
                _ => Err(error(address, format!("the pointer `{pointer:#x}` leads out of the file"))),
            },
        }
    }

    fn text(&self, address: u32) -> Result<&'a [u8]> {
        let rest = self.at(address)?;
        // Longer than any module's name; the bound keeps reading from being quadratic.
        let rest = &rest[..rest.len().min(256)];
        let end = rest.iter().position(|byte| *byte == 0);
        end.map(|end| &rest[..end]).ok_or_else(|| error(address, "a name has no end"))
    }
}
