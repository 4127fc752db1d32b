//! PE, as Windows reads it (Microsoft's PE format specification).
use object::read::pe::{DelayLoadImportTable, ExportTable, ImageNtHeaders, ImageOptionalHeader, ImportTable, PeFile};
use object::{LittleEndian as LE, pe};

use super::{Error, Format, Kind, Names, Native, Result, malformed};

const IMPORTS: &str = "PE imports";
const DELAYED: &str = "PE delay imports";
const EXPORTS: &str = "PE exports";

pub(super) fn facts<H: ImageNtHeaders>(bytes: &[u8], names: &mut Names) -> Result<Native> {
    let file = PeFile::<H>::parse(bytes).map_err(malformed("PE header", 0))?;
    let header = file.nt_headers().file_header();
    let library = header.characteristics.get(LE).0 & pe::IMAGE_FILE_DLL.0 != 0;
    let machine: String = match header.machine.get(LE) {
        pe::IMAGE_FILE_MACHINE_AMD64 => "amd64".into(),
        pe::IMAGE_FILE_MACHINE_ARM64 => "arm64".into(),
        pe::IMAGE_FILE_MACHINE_I386 => "i386".into(),
        other => format!("pe-{}", other.0),
    };
    let mut native = Native::new(Format::Pe, if library { Kind::Library } else { Kind::Program }, &machine);
    let security = file.nt_headers().optional_header().dll_characteristics().0;
    native.position_independent = security & pe::IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE.0 != 0;
    native.no_execute = security & pe::IMAGE_DLLCHARACTERISTICS_NX_COMPAT.0 != 0;
    native.guarded_calls = security & pe::IMAGE_DLLCHARACTERISTICS_GUARD_CF.0 != 0;
    // Programs of 64 bits never have one, whatever they say.
    native.executable_stack = machine == "i386" && !native.no_execute;
    if let Some(table) = file.import_table().map_err(malformed(IMPORTS, 0))? {
        imports(&file, &table, names, &mut native)?;
    }
    if let Some(table) = file.delay_load_import_table().map_err(malformed(DELAYED, 0))? {
        delayed(&file, &table, names, &mut native)?;
    }
    if let Some(table) = file.export_table().map_err(malformed(EXPORTS, 0))? {
        forwarded(&table, names, &mut native)?;
    }
    Ok(native)
}

fn imports<H: ImageNtHeaders>(
    file: &PeFile<'_, H>,
    table: &ImportTable,
    names: &mut Names,
    native: &mut Native,
) -> Result<()> {
    let error = malformed(IMPORTS, 0);
    let mut descriptors = table.descriptors().map_err(&error)?;
    while let Some(descriptor) = descriptors.next().map_err(&error)? {
        native.needed.push(names.copy(IMPORTS, name(file, IMPORTS, descriptor.name.get(LE))?)?);
    }
    Ok(())
}

/// Returns the name of a library at an address: delvewheel puts longer ones into a section of its own.
fn name<'a, H: ImageNtHeaders>(file: &PeFile<'a, H>, what: &str, address: u32) -> Result<&'a [u8]> {
    let data = file.section_table().pe_data_at(file.data(), address);
    let name = data.and_then(|data| data.split(|byte| *byte == 0).next());
    name.ok_or_else(|| Error::new(what, 0, format!("the name's address `{address:#x}` is in no section")))
}

fn delayed<H: ImageNtHeaders>(
    file: &PeFile<'_, H>,
    table: &DelayLoadImportTable,
    names: &mut Names,
    native: &mut Native,
) -> Result<()> {
    let error = malformed(DELAYED, 0);
    let mut descriptors = table.descriptors().map_err(&error)?;
    while let Some(descriptor) = descriptors.next().map_err(&error)? {
        native.delayed.push(names.copy(DELAYED, name(file, DELAYED, descriptor.dll_name_rva.get(LE))?)?);
    }
    Ok(())
}

/// Adds the libraries of forwarded exports, as `NTDLL.RtlZeroMemory`: the loader wants them as it wants imports.
fn forwarded(table: &ExportTable, names: &mut Names, native: &mut Native) -> Result<()> {
    for address in table.addresses() {
        let Some(target) = table.forward_string(address.get(LE)).map_err(malformed(EXPORTS, 0))? else { continue };
        let target = names.copy(EXPORTS, target)?;
        let library = format!("{}.dll", target.rsplit_once('.').map_or(target.as_str(), |(library, _)| library));
        if !native.needed.iter().any(|known| known.eq_ignore_ascii_case(&library)) {
            native.needed.push(library);
        }
    }
    Ok(())
}
