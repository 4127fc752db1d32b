//! pip's own default index, read from pip's source: no host of an index stands in ours.
//!
//! pip's `_internal/models/index.py` says `PyPI = PackageIndex("https://…/", …)`, and its default `index-url` is
//! `simple` below that. It is read, not run. Asked are, in this order: pip wheels that the caller knows (the
//! toolchain's, in the store), the pip of a Python on the machine, and the wheels that come with Python (`ensurepip`).
use std::fs::File;
use std::io::Read;
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};
use url::Url;

use crate::error::Error;
use crate::settings::Settings;

/// Where pip says it.
const SOURCE: &str = "pip/_internal/models/index.py";
/// Prints the folders that may hold pip, or a wheel of it. Nothing of pip is imported.
const FIND: &str = "import importlib.util as u, os, sysconfig, sys\n\
    s = u.find_spec('pip')\n\
    print('\\n'.join(os.path.dirname(p) for p in (s.submodule_search_locations or ()) if s) if s else '')\n\
    e = u.find_spec('ensurepip')\n\
    print(os.path.join(os.path.dirname(e.origin), '_bundled') if e else '')\n\
    print(sysconfig.get_config_var('WHEEL_PKG_DIR') or '/usr/share/python-wheels')\n";

/// Whom to ask for pip's default index.
#[derive(Debug, Clone)]
pub struct DefaultIndex {
    /// Wheels of pip that may exist.
    pub pip_wheels: Vec<Utf8PathBuf>,
    /// Python programs, by name or path.
    pub pythons: Vec<String>,
}

impl Default for DefaultIndex {
    fn default() -> DefaultIndex {
        DefaultIndex { pip_wheels: Vec::new(), pythons: vec!["python3".to_owned(), "python".to_owned()] }
    }
}

impl DefaultIndex {
    /// Sets pip's default index, if none is configured and one may be asked.
    ///
    /// # Errors
    /// As [`DefaultIndex::find`].
    pub fn complete(&self, settings: &mut Settings) -> Result<(), Error> {
        if settings.index.is_none() && !settings.no_index {
            settings.index = Some(self.find()?);
        }
        Ok(())
    }

    /// Returns pip's default index.
    ///
    /// # Errors
    /// If there is no pip, or its source does not say the index.
    pub fn find(&self) -> Result<Url, Error> {
        if let Some(wheel) = self.pip_wheels.iter().find(|wheel| wheel.is_file()) {
            return in_wheel(wheel);
        }
        let places = self.pythons.iter().flat_map(|python| places(python));
        for place in places.chain([Utf8PathBuf::from("/usr/share/python-wheels")]) {
            if place.join(SOURCE).is_file() {
                return in_folder(&place);
            }
            if let Some(wheel) = wheel_in(&place) {
                return in_wheel(&wheel);
            }
        }
        Err(Error::NoIndex)
    }
}

/// Returns the folders of a Python that may hold pip.
fn places(python: &str) -> Vec<Utf8PathBuf> {
    // -I: no file of the working directory is taken for a module.
    let mut command = Command::new(python);
    command.args(["-I", "-c", FIND]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let Ok((child, _running)) = permafreeze_process::start(&mut command) else { return Vec::new() };
    let Ok(output) = child.wait_with_output() else { return Vec::new() };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().filter(|line| !line.is_empty()).map(Utf8PathBuf::from).collect()
}

fn wheel_in(folder: &Utf8Path) -> Option<Utf8PathBuf> {
    let entries = folder.read_dir_utf8().ok()?.filter_map(Result::ok);
    let is_pip = |name: &str| name.starts_with("pip-") && name.ends_with(".whl");
    entries.filter(|entry| is_pip(entry.file_name())).map(|entry| entry.into_path()).max()
}

fn in_folder(folder: &Utf8Path) -> Result<Url, Error> {
    let path = folder.join(SOURCE);
    let text = std::fs::read_to_string(&path).map_err(Error::io("read", &path))?;
    default_in(&text, folder)
}

fn in_wheel(wheel: &Utf8Path) -> Result<Url, Error> {
    let none = || Error::NoDefaultInPip { pip: wheel.to_string(), file: SOURCE };
    let file = File::open(wheel).map_err(Error::io("read", wheel))?;
    let mut text = String::new();
    let mut archive = zip::ZipArchive::new(file).map_err(|_| none())?;
    let mut member = archive.by_name(SOURCE).map_err(|_| none())?;
    member.read_to_string(&mut text).map_err(Error::io("read", wheel))?;
    default_in(&text, wheel)
}

/// Reads the first string of `PyPI = PackageIndex("…"`.
fn default_in(source: &str, pip: &Utf8Path) -> Result<Url, Error> {
    let base = || {
        let call = source.split("\nPyPI").nth(1)?.trim_start().strip_prefix('=')?.trim_start();
        let argument = call.strip_prefix("PackageIndex(")?.trim_start();
        let quote = argument.chars().next().filter(|c| ['"', '\''].contains(c))?;
        let text = argument[1..].split(quote).next()?;
        Url::parse(text).ok()?.join("simple").ok()
    };
    base().ok_or_else(|| Error::NoDefaultInPip { pip: pip.to_string(), file: SOURCE })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn the_source_of_pip_is_read() {
        let source = "class PackageIndex:\n    x = 1\n\n\nPyPI = PackageIndex(\n    'https://index.example/', \
                      file_storage_domain=\"f\"\n)\nTestPyPI = PackageIndex(\"https://test.example/\")\n";
        let url = default_in(source, Utf8Path::new("pip")).expect("is there");
        assert_eq!(url.as_str(), "https://index.example/simple");
        let error = default_in("TestPyPI = PackageIndex('https://test.example/')", Utf8Path::new("pip")).unwrap_err();
        assert_eq!(error.to_string(), "no default index in `pip/_internal/models/index.py` of `pip`");
    }

    #[test]
    fn a_wheel_is_read_before_any_python() {
        let folder = tempfile::tempdir().expect("a folder");
        let wheel = Utf8Path::from_path(folder.path()).expect("UTF-8").join("pip-1.0-py3-none-any.whl");
        let mut zip = zip::ZipWriter::new(File::create(&wheel).expect("a file"));
        zip.start_file(SOURCE, zip::write::SimpleFileOptions::default()).expect("a member");
        zip.write_all(b"\nPyPI = PackageIndex(\"https://wheel.example/\")\n").expect("bytes");
        zip.finish().expect("a zip");
        let index = DefaultIndex { pip_wheels: vec!["/none.whl".into(), wheel], ..DefaultIndex::default() };
        assert_eq!(index.find().expect("is there").as_str(), "https://wheel.example/simple");
    }

    #[test]
    fn a_machine_without_pip() {
        let nobody = DefaultIndex { pip_wheels: vec!["/none/pip.whl".into()], pythons: vec!["/none/python".into()] };
        match nobody.find() {
            Err(error) => assert!(matches!(error, Error::NoIndex), "{error}"),
            // Debian's python-pip-whl is installed here.
            Ok(_) => assert!(wheel_in(Utf8Path::new("/usr/share/python-wheels")).is_some()),
        }
    }
}
